"""What a C compiler says of the processor that it compiles for: its predefined macros (``cc -dM -E``).

Definitions: Arm's C Language Extensions (``__ARM_FEATURE_...``), the RISC-V C API, and GCC's and
Clang's macros for x86.
"""

from __future__ import annotations

from collections.abc import Mapping

from tvm_model_library.compiler.targets.classes import GENERIC, class_of
from tvm_model_library.compiler.targets.target import Target

_TRIPLES = {
    "__aarch64__": "aarch64-unknown-linux-gnu",
    "__arm__": "arm-unknown-none-eabi",
    "__x86_64__": "x86_64-unknown-linux-gnu",
}
# By macro that is there and is not 0: LLVM's name of the feature.
_FEATURES = {
    "aarch64": {
        "__ARM_FEATURE_DOTPROD": "dotprod",
        "__ARM_FEATURE_MATMUL_INT8": "i8mm",
        "__ARM_FEATURE_FP16_VECTOR_ARITHMETIC": "fullfp16",
        "__ARM_FEATURE_SVE": "sve",
    },
    "arm": {"__ARM_FEATURE_DSP": "dsp", "__ARM_NEON": "neon", "__ARM_FEATURE_DOTPROD": "dotprod"},
    "riscv": {
        "__riscv_mul": "m",
        "__riscv_atomic": "a",
        "__riscv_flen": "f",
        "__riscv_compressed": "c",
        "__riscv_zba": "zba",
        "__riscv_zbb": "zbb",
        "__riscv_vector": "v",
    },
    "x86_64": {
        "__SSSE3__": "ssse3",
        "__SSE4_1__": "sse4.1",
        "__SSE4_2__": "sse4.2",
        "__AVX__": "avx",
        "__F16C__": "f16c",
        "__FMA__": "fma",
        "__AVX2__": "avx2",
        "__AVXVNNI__": "avxvnni",
        "__AVX512F__": "avx512f",
        "__AVX512BW__": "avx512bw",
        "__AVX512DQ__": "avx512dq",
        "__AVX512VL__": "avx512vl",
        "__AVX512VNNI__": "avx512vnni",
    },
}


def with_macros(target: Target, macros: Mapping[str, str]) -> Target:
    """The target for C with the architecture and the features that a compiler's macros, by name, tell of.

    A target that names its processor itself, and one for LLVM, stays as it is; so does one whose features make no
    difference, because it is of the class ``generic`` with or without them.
    """
    if target != Target("c"):
        return target
    told = told_by(macros)
    return target if class_of(told) == GENERIC else told


def told_by(macros: Mapping[str, str]) -> Target:
    """The target for C with all that the macros tell of; plain C where they are of no architecture known here."""
    triple = _triple(macros)
    if not triple:
        return Target("c")
    return Target("c", mtriple=triple, mattr=tuple(f"+{name}" for name in sorted(_features(triple, macros))))


def _triple(macros: Mapping[str, str]) -> str:
    if "__riscv" in macros:
        bits = _number(macros.get("__riscv_xlen", ""))
        return f"riscv{bits}-unknown-none-elf" if bits in (32, 64) else ""
    return next((triple for name, triple in _TRIPLES.items() if name in macros), "")


def _features(triple: str, macros: Mapping[str, str]) -> set[str]:
    architecture = triple.split("-")[0]
    table = _FEATURES["riscv" if architecture.startswith("riscv") else architecture]
    found = {feature for name, feature in table.items() if macros.get(name, "0") != "0"}
    if architecture == "arm":
        if macros.get("__ARM_ARCH_PROFILE", "") in ("77", "'M'"):
            found.add("mclass")
        mve = _number(macros.get("__ARM_FEATURE_MVE", ""))
        found |= {name for bit, name in ((1, "mve"), (2, "mve.fp")) if mve & bit}
    return found


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        return 0
