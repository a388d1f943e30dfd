"""Targets as microTVM's scripts write them: ``target.micro("host")``, ``Target("llvm -mcpu=...")``.

TVM's own ``tvm.target.Target`` of today does not take that text any more. Definition: TVM 0.18
python/tvm/target/target.py; options of executors in the text: TVM 0.8.
"""

from __future__ import annotations

import difflib
import shlex
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from tvm_model_library.compiler.targets.target import Target as CompilerTarget
from tvm_model_library.errors import ModelLibraryError

# Boards and chips that TVM 0.18 knows, with their cores.
MICRO_SUPPORTED_MODELS = {
    "atsamd51": "cortex-m4",
    "cxd5602gg": "cortex-m4",
    "esp32": "",
    "host": "",
    "imxrt10xx": "cortex-m7",
    "mps2_an521": "cortex-m33",
    "mps3_an547": "cortex-m55",
    "nrf52840": "cortex-m4+nodsp",
    "nrf5340dk": "cortex-m33",
    "rp2040": "cortex-m0",
    "sam3x8e": "cortex-m3",
    "stm32f746xx": "cortex-m7",
    "stm32h7xx": "cortex-m7",
    "stm32l4r5zi": "cortex-m4",
    "stm32u5xx": "cortex-m33",
    "zynq_mp_r5": "cortex-r5",
}

# Options that say nothing about the code: names of the board, of TVM's schedules, and of what every build here has.
_IGNORED = ("keys", "model", "device", "libs", "runtime", "system-lib")
_EXECUTOR = ("executor", "link-params", "interface-api", "unpacked-api", "workspace-byte-alignment",
             "constant-byte-alignment")  # fmt: skip


class Kind(str):
    """``"c"`` or ``"llvm"``; TVM's scripts ask for its ``name``."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The kind itself."""
        return str(self)


class Target:
    """A target in TVM's classic text, which ``str`` gives back unchanged but for surrounding spaces.

    ``target`` is the text, a mapping with ``kind`` and options, or a target; ``host`` may only be the same.
    Raises ``ModelLibraryError`` for a kind other than c and llvm, and for options that nobody knows.
    """

    _entered = threading.local()

    def __init__(self, target: str | Mapping[str, Any] | Target, host: str | Target | None = None) -> None:
        self._text = _text(target)
        words = self._text.split()
        self._options = dict(_option(w) for w in words if w.startswith("-"))
        self._compiler = CompilerTarget.parse(_compiler_text(self._text, words, self._options))
        if host is not None and Target(host).kind != self.kind:
            raise ModelLibraryError(f"the host of target {self._text!r} is itself, found {str(host)!r}")

    @property
    def kind(self) -> Kind:
        """``"c"`` or ``"llvm"``."""
        return Kind(self._compiler.kind)

    @property
    def compiler_target(self) -> CompilerTarget:
        """The same for the compiler, without what does not concern it."""
        return self._compiler

    @property
    def executor_options(self) -> dict[str, str]:
        """Options of TVM 0.8 that say how the model is run, such as ``-executor=aot``."""
        return {name: value for name, value in self._options.items() if name in _EXECUTOR}

    @property
    def attrs(self) -> dict[str, str]:
        """The options by name, without their dashes."""
        return dict(self._options)

    @property
    def mcpu(self) -> str:
        """The processor, or nothing."""
        return self._options.get("mcpu", "")

    @property
    def mtriple(self) -> str:
        """The triple, or nothing."""
        return self._options.get("mtriple", "")

    @property
    def model(self) -> str:
        """The board or chip."""
        return self._options.get("model", "unknown")

    @property
    def keys(self) -> list[str]:
        """What TVM's schedules went by."""
        return [key for key in self._options.get("keys", "cpu").split(",") if key]

    @property
    def host(self) -> Target:
        """Where the code that calls kernels runs: there is one processor."""
        return self

    @staticmethod
    def current(allow_none: bool = True) -> Target | None:
        """The target whose ``with`` block this is in. Raises ``ModelLibraryError`` where there is none and one is
        needed.
        """
        stack = getattr(Target._entered, "stack", [])
        if not stack and not allow_none:
            raise ModelLibraryError("no target is in force here; enter one: with tvm.target.Target('c'): ...")
        return stack[-1] if stack else None

    @staticmethod
    def list_kinds() -> list[str]:
        """The kinds of targets."""
        return ["c", "llvm"]

    def __enter__(self) -> Target:
        self._entered.stack = [*getattr(Target._entered, "stack", []), self]
        return self

    def __exit__(self, *_: object) -> None:
        self._entered.stack = self._entered.stack[:-1]

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Target({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _text(target: str | Mapping[str, Any] | Target) -> str:
    if isinstance(target, Mapping):
        options = {name: value for name, value in target.items() if name != "kind"}
        words = [str(target.get("kind", "")), *(f"-{n}={_value(v)}" for n, v in options.items())]
        return " ".join(words)
    return " ".join(str(target).split())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _option(word: str) -> tuple[str, str]:
    name, equals, value = word.lstrip("-").partition("=")
    return name, value if equals else "1"


def _compiler_text(text: str, words: Sequence[str], options: Mapping[str, str]) -> str:
    if "march" in options and "mcpu" not in options:
        raise ModelLibraryError(f"target {text!r}: -march says nothing without the processor; give -mcpu= too")
    left_out = (*_IGNORED, *_EXECUTOR, "march")
    return " ".join(w for w in words if not (w.startswith("-") and _option(w)[0] in left_out))


def micro(model: str = "host", options: str | Sequence[str] | None = None) -> Target:
    """The C target of a microTVM board or chip, with more options. Raises ``ModelLibraryError`` for an unknown one."""
    if model not in MICRO_SUPPORTED_MODELS:
        close = difflib.get_close_matches(model, MICRO_SUPPORTED_MODELS, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise ModelLibraryError(f"unknown model {model!r}{hint} Known: {', '.join(MICRO_SUPPORTED_MODELS)}")
    core = MICRO_SUPPORTED_MODELS[model]
    added = shlex.split(options) if isinstance(options, str) else list(options or ())
    own = ["c", "-keys=cpu", *([f"-mcpu={core}"] if core else []), f"-model={model}"]
    replaced = {_option(w)[0] for w in added}
    kept = [w for w in own if not (w.startswith("-") and _option(w)[0] in replaced)]
    return Target(" ".join([*kept, *added]))
