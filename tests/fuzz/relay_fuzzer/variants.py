"""In how many ways a program is compiled: executor, target and memory by machine and compiler."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass

from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.plan.arena import ArenaOptions
from tvm_model_library.plan.packing import Pool

WARNINGS = (
    "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow",
    "-Wmissing-prototypes", "-Wundef", "-Wvla", "-Werror",
)  # fmt: skip
_SANITIZED = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")


@dataclass(frozen=True)
class Toolchain:
    """A C compiler with its flags, and what runs its programs. Of each ``group`` one is drawn for a program. Compilers
    that fuse products and sums (``-ffp-contract``) round differently by right, so none does here.
    """

    name: str
    group: str
    command: str
    flags: tuple[str, ...]
    emulator: tuple[str, ...] = ()
    runs_llvm: bool = False
    is_big_endian: bool = False

    @property
    def is_here(self) -> bool:
        return all(shutil.which(c) for c in (self.command, *self.emulator[:1]))


_S390X = ("-O2", "-static", "-ffp-contract=off", "-fexcess-precision=fast")  # as strict C99, its floats are doubles
_NATIVE = ("-march=native", "-ffp-contract=off")
TOOLCHAINS = (
    Toolchain("gcc-asan", "checked", "gcc", ("-O1", *_SANITIZED)),
    Toolchain("clang-asan", "checked", "clang", ("-O1", *_SANITIZED)),
    Toolchain("clang-msan", "checked", "clang", ("-O1", "-g", "-fsanitize=memory", "-fno-omit-frame-pointer")),
    Toolchain("gcc-O2", "fast", "gcc", ("-O2",), runs_llvm=True),
    Toolchain("gcc-O3-native", "fast", "gcc", ("-O3", *_NATIVE)),
    Toolchain("gcc-O3", "fast", "gcc", ("-O3",)),
    Toolchain("clang-O2", "fast", "clang", ("-O2",), runs_llvm=True),
    Toolchain("clang-O3-native", "fast", "clang", ("-O3", *_NATIVE)),
    Toolchain("gcc-O0", "other", "gcc", ("-O0",), runs_llvm=True),
    Toolchain("gcc-O1", "other", "gcc", ("-O1",), runs_llvm=True),
    Toolchain("gcc-Os", "other", "gcc", ("-Os",), runs_llvm=True),
    Toolchain("gcc-m32", "other", "gcc", ("-O2", "-m32", "-msse2", "-mfpmath=sse")),
    Toolchain("aarch64", "other", "aarch64-linux-gnu-gcc", ("-O2", "-static", "-ffp-contract=off"), ("qemu-aarch64",)),
    Toolchain("s390x", "other", "s390x-linux-gnu-gcc", _S390X, ("qemu-s390x",), is_big_endian=True),
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """One way to compile a program."""

    toolchain: Toolchain
    target: str
    executor: str
    aot: AotOptions | None

    def __str__(self) -> str:
        words = [self.toolchain.name, self.target, self.executor]
        if self.aot is not None:
            arena = self.aot.arena
            pools = "+".join(p.name if p.size is None else f"{p.name}={p.size}" for p in arena.pools)
            words += [f"pools={pools}", f"alignment={arena.alignment}"]
            words += ["io"] * arena.io + ["caller"] * self.aot.caller_pools
        return " ".join(words)


def draw_variants(seed: int, groups: tuple[str, ...] = ("checked", "fast", "other")) -> list[Variant]:
    """For each group a toolchain that is installed here; executor, target and memory by chance."""
    rng = random.Random(f"variants {seed}")
    drawn = []
    for group in groups:
        here = [t for t in TOOLCHAINS if t.group == group and t.is_here]
        if here:
            drawn.append(_variant(rng, rng.choice(here)))
    return drawn


def _variant(rng: random.Random, toolchain: Toolchain) -> Variant:
    target = "llvm" if toolchain.runs_llvm and rng.random() < 0.4 else "c"
    executor = rng.choice(["graph", "aot", "aot"])
    return Variant(toolchain, target, executor, _memory(rng, toolchain) if executor == "aot" else None)


def _memory(rng: random.Random, toolchain: Toolchain) -> AotOptions:
    pools = rng.choice(
        [
            (Pool("arena"),), (Pool("arena"),), (Pool("fast", 64), Pool("slow")), (Pool("fast", 512), Pool("slow")),
            (Pool("a", 16), Pool("b", 256), Pool("c")),
        ]
    )  # fmt: skip
    arena = ArenaOptions(alignment=rng.choice([8, 16, 16, 64]), io=rng.random() < 0.35, pools=pools)
    caller = rng.random() < 0.5 or toolchain.name == "clang-msan"  # MemorySanitizer takes static memory for zeros
    return AotOptions(arena=arena, caller_pools=caller)


def all_variants() -> list[Variant]:
    """Each toolchain with both executors in their plainest form, LLVM's objects, and some ways to use memory."""
    here = [t for t in TOOLCHAINS if t.is_here]
    variants = [Variant(t, "c", executor, None) for t in here for executor in ("graph", "aot")]
    variants += [Variant(t, "llvm", "aot", None) for t in here if t.name == "gcc-O2"]
    return [*variants, *draw_variants(0), *draw_variants(1)]
