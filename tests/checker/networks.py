"""Networks whose generated C is mutated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tvm_model_library as tml
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import Library
from tvm_model_library.plan.arena import ArenaOptions
from tvm_model_library.plan.packing import Pool
from tvm_model_library.runs.recorded import read_recorded
from tvm_model_library.runs.vectors import Vectors, vectors_of

MODELS = Path(__file__).resolve().parents[2] / "examples" / "models"

Network = tuple[Library, Vectors]


def anomaly_detection() -> Network:
    """The autoencoder of MLPerf Tiny in int8, ahead of time, in an arena of its own."""
    model, vectors = _example("ad01_int8")
    return tml.compile(model, executor="aot", name="anomaly"), vectors


def image_classification() -> Network:
    """ResNet-8 of MLPerf Tiny in float32, ahead of time, in two pools of the caller's."""
    model, vectors = _example("pretrainedResnet")
    options = AotOptions(ArenaOptions(pools=(Pool("fast", 100000), Pool("slow"))), caller_pools=True)
    return tml.compile(model, executor="aot", name="resnet", aot=options), vectors


def _example(name: str) -> tuple[tml.Model, Vectors]:
    model = tml.load(MODELS / f"{name}.relay", MODELS / f"{name}.params")
    return model, vectors_of(model, read_recorded(model, MODELS / f"{name}.npz"))


RESIDUAL = """#[version = "0.0.5"]
def @main(%x: Tensor[(1, 12, 10, 3), int8], %w1: Tensor[(3, 3, 3, 8), int8], %b1: Tensor[(8), int32],
          %w2: Tensor[(3, 3, 8, 1), int8], %b2: Tensor[(8), int32], %w3: Tensor[(1, 1, 8, 8), int8],
          %b3: Tensor[(8), int32], %w4: Tensor[(7, 240), int8], %b4: Tensor[(7), int32]) {
  %0 = qnn.conv2d(%x, %w1, 5, 0, 0.5f, 0.02f, strides=[2, 2], padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3],
                  data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32");
  %1 = nn.bias_add(%0, %b1, axis=3);
  %2 = qnn.requantize(%1, 0.01f, 0, 6.0f, -3, axis=3, out_dtype="int8");
  %3 = qnn.conv2d(%2, %w2, -3, 0, 6.0f, 0.005f, padding=[1, 1, 1, 1], groups=8, channels=8, kernel_size=[3, 3],
                  data_layout="NHWC", kernel_layout="HWOI", out_dtype="int32");
  %4 = nn.bias_add(%3, %b2, axis=3);
  %5 = qnn.requantize(%4, 0.03f, 0, 6.5f, -20, axis=3, out_dtype="int8");
  %6 = qnn.conv2d(%5, %w3, -20, 0, 6.5f, 0.004f, padding=[0, 0, 0, 0], channels=8, kernel_size=[1, 1],
                  data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32");
  %7 = nn.bias_add(%6, %b3, axis=3);
  %8 = qnn.requantize(%7, 0.026f, 0, 5.5f, 11, axis=3, out_dtype="int8");
  %9 = qnn.add(%2, %8, 6.0f, -3, 5.5f, 11, 8.0f, -7);
  %10 = nn.max_pool2d(%9, pool_size=[2, 2], strides=[1, 1], padding=[0, 0, 0, 0], layout="NHWC");
  %11 = qnn.dense(reshape(%9, newshape=[1, 240]), %w4, -7, 0, 8.0f, 0.05f, units=7, out_dtype="int32");
  %12 = qnn.requantize(nn.bias_add(%11, %b4), 0.4f, 0, 320.0f, 4, out_dtype="int8");
  (%10, %12)
}
"""


def residual() -> Network:
    """A small int8 network with a residual sum and two outputs, by the graph executor."""
    generator = np.random.default_rng(5)
    shapes = {"w1": (3, 3, 3, 8), "w2": (3, 3, 8, 1), "w3": (1, 1, 8, 8), "w4": (7, 240)}
    params: dict[str, Any] = {n: generator.integers(-127, 128, s, dtype=np.int8) for n, s in shapes.items()}
    params |= {f"b{i}": generator.integers(-900, 900, n, dtype=np.int32) for i, n in enumerate((8, 8, 8, 7), 1)}
    model = from_text(RESIDUAL, params, "residual.relay")
    return tml.compile(model, executor="graph", name="residual"), vectors_of(model)
