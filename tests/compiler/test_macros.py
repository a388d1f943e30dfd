"""The target's class by the macros that a C compiler predefines."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tvm_model_library.compiler.targets.features import features_of
from tvm_model_library.compiler.targets.macros import told_by
from tvm_model_library.compiler.targets.target import Target

COMPILERS = [
    ("arm-none-eabi-gcc -mcpu=cortex-m4", "arm", {"mclass", "dsp"}, {"mve"}),
    ("arm-none-eabi-gcc -mcpu=cortex-m55 -mfloat-abi=hard", "arm", {"mclass", "dsp", "mve", "mve.fp"}, set()),
    ("arm-none-eabi-gcc -mcpu=cortex-m55+nomve.fp -mfloat-abi=hard", "arm", {"mclass", "dsp", "mve"}, {"mve.fp"}),
    ("arm-none-eabi-gcc -mcpu=cortex-m33+nodsp", "arm", {"mclass"}, {"dsp"}),
    ("arm-none-eabi-gcc -mcpu=cortex-m0plus", "arm", {"mclass"}, {"dsp", "mve"}),
    ("arm-none-eabi-gcc -mcpu=cortex-a7 -mfpu=neon -mfloat-abi=hard", "arm", {"neon"}, {"mclass", "mve"}),
    ("riscv64-unknown-elf-gcc -march=rv32imc -mabi=ilp32", "riscv32", {"m", "c"}, {"v", "f"}),
    ("riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d", "riscv64", {"m", "a", "f", "c"}, {"v"}),
    ("aarch64-linux-gnu-gcc -march=armv8.2-a+dotprod", "aarch64", {"dotprod"}, {"i8mm"}),
    ("clang --target=x86_64-linux-gnu -mavx2 -mfma", "x86_64", {"avx2", "fma"}, {"avx512f", "avxvnni"}),
    ("clang --target=x86_64-linux-gnu -march=icelake-server", "x86_64", {"avx512f", "avx512vnni"}, set()),
]


@pytest.mark.parametrize(("command", "architecture", "has", "lacks"), COMPILERS)
def test_compilers_tell_of_their_processors(
    command: str, architecture: str, has: set[str], lacks: set[str], tmp_path: Path
) -> None:
    words = command.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    (tmp_path / "empty.c").write_text("")
    text = subprocess.run([*words, "-dM", "-E", "empty.c"], cwd=tmp_path, capture_output=True, text=True, check=True)
    defined = (line.split(" ", 2)[1:] for line in text.stdout.splitlines() if line.startswith("#define "))
    macros = dict(d for d in defined if len(d) == 2)
    features = features_of(told_by(macros))
    assert features.architecture == architecture
    assert has <= features.names
    assert not lacks & features.names


def test_macros_of_other_processors_tell_nothing() -> None:
    assert told_by({"__s390x__": "1"}) == Target("c")
    assert told_by({"__riscv": "1", "__riscv_xlen": "128"}) == Target("c")
