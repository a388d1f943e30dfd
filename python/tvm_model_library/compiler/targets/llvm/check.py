"""What the wheel's LLVM knows of a target: a wrong name is an error, not another processor."""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
from functools import cache

from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import ModelLibraryError, ToolchainError

# LLVM takes an Arm version that it does not know for the oldest one. Cores of the M profile count as versions.
_ARM_VERSIONS = (
    r"v(4t?|5(t|te|tej|e)?|6(j|k|hl|kz|z|zk|t2|m|sm)?|7(a|ve|hl|l|r|m|em|k|s)?"
    r"|8(a|l|r|m\.base|m\.main|\.[1-9]a|\.1m\.main)?|9(a|\.[1-7]a)?)"
)
# LLVM has more, but takes the process down over some of their options.
_ARCHITECTURES = re.compile(
    rf"(arm|thumb)(eb)?({_ARM_VERSIONS})?"
    r"|aarch64(_be)?|arm64|riscv(32|64)|i[3-6]86|x86_64|s390x|powerpc(64)?(le)?"
)
_KNOWN = "arm, thumb (with a version, such as thumbv7em), aarch64, riscv32, riscv64, i686, x86_64, s390x, powerpc64le"
_NARROW = ("avr", "msp430")
# The names that make a difference, or name what is done anyway, where LLVM ignores all others and does not say so.
_ABIS = {"arm64": ("aapcs",), "arm": ("aapcs", "aapcs-linux", "aapcs16", "apcs-gnu"), "aarch64": ("aapcs",)}
_ABIS |= {"thumb": _ABIS["arm"], "powerpc64": ("elfv1", "elfv2")}
_CHECKED_BY_LLVM = "riscv"
_COMPLAINT = re.compile(r"(?:LLVM ERROR|error): (?P<error>.+)|(?P<warning>.+) \(ignoring [a-z-]+\)")


def check_llvm_target(target: Target) -> None:
    """Raise ``ModelLibraryError`` for a triple, a processor, a feature or an ABI that LLVM does not have, or which do
    not go together: LLVM itself would only warn, and compile for something else, or end the process.
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
        if feature[0] not in "+-" or not feature[1:]:
            raise ModelLibraryError(f"target {target}: a feature is +NAME or -NAME, found {feature!r}")
    _check_abi(target, architecture)
    if target.mcpu or target.mattr or target.mabi:
        complaint = _complaint(target)
        if complaint:
            raise ModelLibraryError(f"target {target}: LLVM does not take it: {complaint}")


def check_runs_here(target: Target) -> None:
    """Raise ``ToolchainError`` for objects of another kind of processor than this machine's."""
    if target.kind != "llvm" or not target.mtriple:
        return
    from tvm.target import codegen

    here = codegen.llvm_get_system_triple()
    if _family(target.mtriple) != _family(here):
        raise ToolchainError(
            f"the target {target} is not for this machine ({here}), so that its code cannot run here; a CMake build "
            "with a toolchain file runs it in an emulator"
        )


def _family(triple: str) -> str:
    """Of processors: what an architecture is called without its version."""
    architecture = re.sub(r"^thumb", "arm", triple.split("-")[0].replace("arm64", "aarch64"))
    return re.sub(r"^arm.*", "arm", re.sub(r"^i[3-6]86", "i386", architecture))


def _check_abi(target: Target, architecture: str) -> None:
    if not target.mabi or architecture.startswith(_CHECKED_BY_LLVM):
        return
    known = next((names for prefix, names in _ABIS.items() if architecture.startswith(prefix)), ())
    if target.mabi not in known:
        expected = f"expected one of {', '.join(known)}" if known else "it has one only: leave -mabi out"
        floats = "; -mfloat-abi says how floating-point arguments are passed" if "apcs-gnu" in known else ""
        raise ModelLibraryError(
            f"target {target}: LLVM has no ABI {target.mabi!r} for {architecture}; {expected}{floats}"
        )


@cache
def _complaint(target: Target) -> str:
    """What LLVM says against a target, or an empty string.

    LLVM knows best what goes together, but says so on standard error or by ending the process: so another one compiles
    an empty function. That takes about a second.
    """
    code = "import sys; from tvm_model_library.compiler.targets.llvm import check as t; t.compile_nothing(sys.argv[1])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONSAFEPATH": "1"}
    result = subprocess.run(
        [sys.executable, "-c", code, str(target)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    lines = result.stderr.strip().splitlines()
    for match in filter(None, map(_COMPLAINT.fullmatch, lines)):
        return match["error"] or match["warning"]
    if result.returncode:
        return lines[-1] if lines else f"the compiler ended with status {result.returncode}"
    return ""


def compile_nothing(text: str) -> None:
    """Compile an empty function for the target that ``text`` names."""
    from tvm import tirx

    from tvm_model_library.compiler.targets.llvm.objects import kernels_object
    from tvm_model_library.plan.plan import Kernel, Plan

    kernel = Kernel("nothing", (), 0, body=tirx.PrimFunc([], tirx.Evaluate(0)))
    kernels_object(Plan("nothing", (), (), (), {}, {"nothing": kernel}, ()), Target.parse(text))
