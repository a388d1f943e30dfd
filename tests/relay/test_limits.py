"""Programs that never end: the interpreter and the compiler stop, say where, and how to allow more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tvm_model_library as tml
from click.testing import CliRunner
from tvm_model_library.cli.main import main
from tvm_model_library.errors import EvaluationError, UnsupportedError
from tvm_model_library.frontends.relay import from_text

HEADER = '#[version = "0.0.5"]\n'
ENDLESS = HEADER + "def @f(%x: int32) -> int32 { @f(%x) }\ndef @main(%x: int32) { @f(%x) }\n"
COUNTING = (
    HEADER
    + "def @f(%x: int32) -> int32 { if (less(%x, 1)) { %x } else { @f(subtract(%x, 1)) } }\n"
    + "def @main(%x: int32) { @f(%x) }\n"
)
HOARDING = (
    HEADER
    + "def @f(%x: Tensor[(1000000), float32]) -> Tensor[(1000000), float32] { add(@f(negative(%x)), %x) }\n"
    + "def @main(%x: Tensor[(1000000), float32]) { @f(%x) }\n"
)
DOUBLING = HEADER + "def @f0(%x: int32) { add(%x, 1) }\n" + "".join(
    f"def @f{i}(%x: int32) {{ @f{i - 1}(@f{i - 1}(%x)) }}\n" for i in range(1, 60)
) + "def @main(%x: int32) { @f59(%x) }\n"  # fmt: skip


@pytest.mark.parametrize("text", [ENDLESS, DOUBLING])
def test_steps(text: str) -> None:
    model = from_text(text)
    with pytest.raises(EvaluationError, match=r"stopped after 5000 steps .*--max-steps") as caught:
        model.reference(np.int32(1), limits=tml.Limits(steps=5000))
    assert caught.value.span is not None


def test_more_steps_can_be_allowed() -> None:
    model = from_text(COUNTING)
    assert model.reference(np.int32(1000)) == [0]
    with pytest.raises(EvaluationError, match="stopped after 100 steps"):
        model.reference(np.int32(1000), limits=tml.Limits(steps=100))
    assert model.reference(np.int32(1000), limits=tml.Limits(steps=3100)) == [0]
    assert model.reference(np.int32(10), limits=tml.Limits(steps=100)) == [0]  # each run counts anew


def test_memory() -> None:
    with pytest.raises(EvaluationError, match=r"which took \d+ MiB of memory.* more than 300 MiB with --max-memory"):
        from_text(HOARDING).reference(np.zeros(1000000, np.float32), limits=tml.Limits(memory=300 << 20))


def test_options(tmp_path: Path) -> None:
    (tmp_path / "m.relay").write_text(COUNTING, encoding="utf-8")
    np.savez(tmp_path / "in.npz", in0=np.int32(1000))
    command = ["interpret", str(tmp_path / "m.relay"), "--inputs", str(tmp_path / "in.npz"), "-o"]
    command.append(str(tmp_path / "out.npz"))
    assert CliRunner().invoke(main, command).exit_code == 0
    (tmp_path / "out.npz").unlink()
    result = CliRunner().invoke(main, [*command, "--max-steps", "100", "--max-memory", "1G"])
    assert result.exit_code == 1
    assert "m.relay:2:" in result.output
    assert "--max-steps" in result.output
    assert not (tmp_path / "out.npz").exists()


def test_the_compiler_stops_too() -> None:
    with pytest.raises(UnsupportedError, match="recursive function"):
        tml.compile(from_text(ENDLESS))
    with pytest.raises(UnsupportedError, match="more than 200000 calls are left"):
        tml.compile(from_text(DOUBLING))
