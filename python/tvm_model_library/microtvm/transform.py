"""``tvm.transform``: the context of a build and its options. Definition: TVM 0.18 python/tvm/ir/transform.py.

An option is honoured, or accepted because the compiler does so anyway, or refused by name: ``CONFIG`` says which.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.module import IRModule


@dataclass(frozen=True)
class Option:
    """An option of a build: the values that it may have (None: any) and why it may, or why no other."""

    values: tuple[Any, ...] | None
    why: str


_NO_TUNING = "there is no tuning: kernels are scheduled for the processor that the target names"
_NO_PARTITIONS = "parts for other compilers are not made: kernels for the processor are generated"
_NO_PASS = "the pass that it is for is not run"
_EITHER = (True, False)

CONFIG: dict[str, Option] = {
    "tir.usmp.enable": Option((True,), "the AOT executor's memory is always planned as a whole"),
    "tir.usmp.algorithm": Option(
        ("greedy_by_size", "greedy_by_conflicts", "hill_climb"), "the planner tries its own algorithms, the best counts"
    ),
    "tir.usmp.use_workspace_io": Option(_EITHER, "honoured: inputs and outputs lie in the arena too"),
    "tir.disable_vectorize": Option(_EITHER, "generated C has no vectors; of LLVM's objects the processor decides"),
    "tir.disable_storage_rewrite": Option(_EITHER, _NO_PASS),
    "tir.disable_cse_tir": Option(_EITHER, _NO_PASS),
    "tir.enable_equiv_terms_in_cse_tir": Option(_EITHER, _NO_PASS),
    "tir.disable_assert": Option(_EITHER, "kernels are proven to stay in their tensors and have no assertions"),
    "tir.noalias": Option(_EITHER, "the planner proves that tensors share memory only where a kernel may overwrite"),
    "tir.instrument_bound_checkers": Option((False,), "kernels are proven to stay in their tensors when compiled"),
    "tir.is_entry_func": Option(_EITHER, _NO_PASS),
    "tir.merge_static_smem": Option((False,), "that is memory of GPUs"),
    "tir.use_async_copy": Option((False,), "that is memory of GPUs"),
    "relay.FuseOps.max_depth": Option((), "operators are fused as far as the compiler can"),
    "relay.FuseOps.link_params": Option(_EITHER, "parameters are constants wherever they are used"),
    "relay.remove_standalone_reshapes.enable": Option((True,), "a reshape never costs a copy"),
    "relay.backend.use_auto_scheduler": Option((False,), _NO_TUNING),
    "relay.backend.use_meta_schedule": Option((False,), _NO_TUNING),
    "relay.backend.use_meta_schedule_dispatch": Option((0,), _NO_TUNING),
    "relay.frontend.fill_span": Option(_EITHER, "expressions always have their place"),
    "relay.ext.cmsisnn.options": Option((), _NO_PARTITIONS),
    "relay.ext.ethos-n.options": Option((), _NO_PARTITIONS),
    "relay.ext.ethos-u.options": Option((), _NO_PARTITIONS),
    "relay.ext.vitis_ai.options": Option((), _NO_PARTITIONS),
    "relay.fallback_device_type": Option((1,), "everything runs on the CPU"),
    "relay.ToMixedPrecision.keep_orig_output_dtype": Option((), _NO_PASS),
    "tir.usmp.custom_algorithm": Option((), "the planner's algorithms are its own"),
    "tir.enable_debug": Option((False,), "generated C names the model's operators and lines as it is"),
    "tir.add_lower_pass": Option(((), []), "lowering is the compiler's own"),
    "tir.UnrollLoop": Option((), "loops are unrolled as the processor's schedules say"),
    "tir.LoopPartition": Option((), _NO_PASS),
}
"""The options of ``PassContext(config={...})``."""

NEVER_RUN = frozenset({"AlterOpLayout", "AutoSchedulerLayoutRewrite", "MetaScheduleLayoutRewrite",
                       "CombineParallelConv2D", "CombineParallelDense", "CombineParallelBatchMatmul",
                       "FastMath", "FoldScaleAxis", "ForwardFoldScaleAxis", "BackwardFoldScaleAxis",
                       "qnn.Legalize"})  # fmt: skip
"""Passes that may be disabled, since the compiler does not have them."""


class PassContext:
    """Options of the builds inside its ``with`` block. Raises ``ModelLibraryError`` for one that can't be honoured."""

    _entered = threading.local()

    def __init__(
        self,
        opt_level: int = 2,
        required_pass: Sequence[str] | None = None,
        disabled_pass: Sequence[str] | None = None,
        instruments: Sequence[Any] | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        if opt_level not in range(5):
            raise ModelLibraryError(f"PassContext: opt_level is a number from 0 to 4, found {opt_level!r}")
        for name in disabled_pass or ():
            if name not in NEVER_RUN:
                raise ModelLibraryError(
                    f"PassContext: the pass {name!r} can't be disabled; those that may are never run: "
                    f"{', '.join(sorted(NEVER_RUN))}"
                )
        if instruments:
            raise ModelLibraryError(
                "PassContext: there are no instruments; a debug executor tells each operator's time"
            )
        self.opt_level = opt_level
        self.required_pass = list(required_pass or ())
        self.disabled_pass = list(disabled_pass or ())
        self.config = dict(config or {})
        for name, value in self.config.items():
            _check(name, value)

    @staticmethod
    def current() -> PassContext:
        """The context whose ``with`` block this is in; outside of any, one with TVM's defaults."""
        stack = getattr(PassContext._entered, "stack", [])
        return stack[-1] if stack else PassContext()

    @staticmethod
    def list_configs() -> dict[str, dict[str, str]]:
        """All options, and what becomes of each."""
        return {name: {"why": option.why} for name, option in CONFIG.items()}

    def __enter__(self) -> PassContext:
        self._entered.stack = [*getattr(PassContext._entered, "stack", []), self]
        return self

    def __exit__(self, *_: object) -> None:
        self._entered.stack = self._entered.stack[:-1]


def _check(name: str, value: Any) -> None:
    option = CONFIG.get(name)
    if option is None:
        close = difflib.get_close_matches(name, CONFIG, n=2)
        hint = f"; did you mean {' or '.join(close)}?" if close else f"; the options are: {', '.join(CONFIG)}"
        raise ModelLibraryError(f"PassContext: unknown option {name!r}{hint}")
    if option.values is not None and value not in option.values:
        allowed = f"it may be {' or '.join(map(repr, option.values))}" if option.values else "leave it out"
        raise ModelLibraryError(f"PassContext: {name!r} can't be {value!r}: {option.why}; {allowed}")


Pass = Callable[[IRModule], IRModule]


class Sequential:
    """Functions from module to module, one after the other."""

    def __init__(self, passes: Sequence[Pass] | None = None, opt_level: int = 0, name: str = "sequential",
                 required: Sequence[str] | None = None) -> None:  # fmt: skip
        self.passes = list(passes or ())
        self.opt_level, self.name = opt_level, name

    def __call__(self, mod: IRModule) -> IRModule:
        for each in self.passes:
            mod = each(mod)
        return mod


__getattr__ = names.missing(__name__)
