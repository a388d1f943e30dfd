"""What a target's processor can do, by LLVM's own tables."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import Any

from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import ModelLibraryError

# Where a processor is looked for that comes without a triple, in this order.
_ARCHITECTURES = {
    "arm": "arm-unknown-none-eabi",
    "riscv32": "riscv32-unknown-none-elf",
    "riscv64": "riscv64-unknown-none-elf",
    "aarch64": "aarch64-unknown-linux-gnu",
    "x86_64": "x86_64-unknown-linux-gnu",
}


@dataclass(frozen=True)
class Features:
    """An architecture (``"arm"``, ``"riscv32"``, ...; empty where it is not known) and the names that LLVM has for what
    its processor has beyond the base: ``"dsp"``, ``"mve"``, ``"zbb"``, ``"avx2"``.
    """

    architecture: str = ""
    names: frozenset[str] = frozenset()

    def with_changes(self, changes: tuple[str, ...]) -> Features:
        """With ``+name`` added and ``-name`` taken away, in order."""
        names = set(self.names)
        for change in changes:
            (names.add if change.startswith("+") else names.discard)(change[1:])
        return Features(self.architecture, frozenset(names))


def features_of(target: Target) -> Features:
    """The features of a target's processor; none for C without one.

    A processor may have endings as compilers take them (``cortex-m33+nodsp``). Raises ``ModelLibraryError`` for an
    unknown one.
    """
    if target.kind == "llvm":
        from tvm.target import codegen

        triple = target.mtriple or str(codegen.llvm_get_system_triple())
        architecture = _architecture(triple)
        return Features(architecture, _names(triple, target.mcpu)).with_changes(target.mattr)
    name, *endings = target.mcpu.split("+")
    changes = tuple(f"-{e.removeprefix('no')}" if e.startswith("no") else f"+{e}" for e in endings)
    if not name:
        return Features(_architecture(target.mtriple)).with_changes(target.mattr)
    architecture = _architecture_of(name, target)
    triple = _ARCHITECTURES[architecture]
    return Features(architecture, _names(triple, name)).with_changes((*changes, *target.mattr))


def _architecture(triple: str) -> str:
    first = triple.split("-")[0].replace("arm64", "aarch64")
    return "arm" if first.startswith(("arm", "thumb")) else first


def _architecture_of(processor: str, target: Target) -> str:
    known: list[str] = []
    for architecture, triple in _ARCHITECTURES.items():
        names = _processors(triple)
        if processor in names:
            return architecture
        known += names
    close = difflib.get_close_matches(processor, known, n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(close)}?" if close else "for example cortex-m4, cortex-m55, sifive-e31, znver4"
    raise ModelLibraryError(f"target {target}: unknown processor {processor!r}; {hint}")


@cache
def _processors(triple: str) -> list[str]:
    from tvm.target import codegen

    return [str(name) for name in codegen.llvm_get_cpu_archlist(_device(triple, ""))]


@cache
def _names(triple: str, processor: str) -> frozenset[str]:
    from tvm.target import codegen

    return frozenset(str(name) for name in codegen.llvm_get_cpu_features(_device(triple, processor)))


def _device(triple: str, processor: str) -> Any:
    return Target("llvm", mtriple=triple, mcpu=processor).to_tvm()
