"""What the wheel's LLVM knows of a target: a wrong name is an error, not another processor."""

from __future__ import annotations

import difflib
import re

from tvm_model_library.compiler.target import Target
from tvm_model_library.errors import ModelLibraryError

# LLVM has more, but takes the process down over some of their options.
_ARCHITECTURES = re.compile(
    r"(arm|thumb)(eb)?(v[0-9].*)?|aarch64(_be)?|arm64|riscv(32|64)|i[3-6]86|x86_64|s390x|powerpc(64)?(le)?"
)
_KNOWN = "arm, thumb (with a version, such as thumbv7em), aarch64, riscv32, riscv64, i686, x86_64, s390x, powerpc64le"
_NARROW = ("avr", "msp430")


def check_llvm_target(target: Target) -> None:
    """Raise ``ModelLibraryError`` for a triple, a processor or a feature that LLVM does not have: LLVM itself would
    only warn, and compile for something else.
    """
    from tvm.target import codegen

    triple = target.mtriple or codegen.llvm_get_system_triple()
    architecture = triple.split("-")[0]
    if architecture in _NARROW:
        raise ModelLibraryError(f"target {target}: kernels need int32, and the int of {architecture} has 16 bits")
    if not _ARCHITECTURES.fullmatch(architecture):
        raise ModelLibraryError(
            f"target {target}: unknown architecture {architecture!r}; expected a triple that begins with one of "
            f"{_KNOWN}, or the target c, which any compiler takes"
        )
    if target.mcpu and not codegen.llvm_is_valid_cpu(target.mcpu, triple):
        known = [str(name) for name in codegen.llvm_get_cpu_archlist(Target("llvm", mtriple=triple).to_tvm())]
        close = difflib.get_close_matches(target.mcpu, known, n=3, cutoff=0.6)
        hint = f"; did you mean {', '.join(close)}?" if close else f"; it knows {', '.join(sorted(known))}"
        raise ModelLibraryError(f"target {target}: LLVM has no processor {target.mcpu!r} for {triple}{hint}")
    for feature in target.mattr:
        _check_feature(target, triple, feature)


def _check_feature(target: Target, triple: str, feature: str) -> None:
    from tvm.target import codegen

    name = feature[1:]
    if feature[0] not in "+-" or not name:
        raise ModelLibraryError(f"target {target}: a feature is +NAME or -NAME, found {feature!r}")
    enabled = Target("llvm", mtriple=triple, mattr=(f"+{name}",))
    if name not in codegen.llvm_get_cpu_features(enabled.to_tvm()):
        raise ModelLibraryError(f"target {target}: LLVM has no feature {name!r} for {triple}")
