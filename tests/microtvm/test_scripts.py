"""Scripts in the style of microTVM's tutorials, each as a process of its own, as their users run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tflite_models import Op, Tensor, model
from tvm_model_library.frontends import READERS

pytest.importorskip("tvm")

SCRIPTS = Path(__file__).parent / "scripts"
NEEDED = {"emulated_board": ("arm-none-eabi-gcc", "qemu-system-arm")}
WITH_FILE = ("archive_from_tflite",)


def run(script: str, *arguments: Path) -> None:
    package = str(Path(__file__).resolve().parents[2] / "python")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "default::DeprecationWarning",
        str(SCRIPTS / f"{script}.py"),
        *map(str, arguments),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "OK"


@pytest.mark.parametrize("script", sorted(p.stem for p in SCRIPTS.glob("*.py") if p.stem not in WITH_FILE))
def test_script_runs(script: str, tmp_path: Path) -> None:
    missing = [program for program in NEEDED.get(script, ()) if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    run(script, tmp_path)


@pytest.mark.skipif(".tflite" not in READERS, reason="there is no reader of TensorFlow Lite models")
def test_script_with_a_tflite_model_runs(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = Tensor((1, 8), "INT8", "serving_default_x:0", scale=0.05, zero_point=-3)
    weight = Tensor((4, 8), "INT8", "w", rng.integers(-127, 128, (4, 8), "int8"), scale=0.02)
    bias = Tensor((4,), "INT32", "b", rng.integers(-500, 500, 4, "int32"), scale=0.001)
    y = Tensor((1, 4), "INT8", "StatefulPartitionedCall:0", scale=0.1, zero_point=5)
    path = tmp_path / "model.tflite"
    path.write_bytes(model(Op("FULLY_CONNECTED", [x, weight, bias], [y])))
    run("archive_from_tflite", tmp_path, path)
