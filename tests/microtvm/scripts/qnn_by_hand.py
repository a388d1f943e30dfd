"""A quantized layer written with relay.qnn by hand, and the same in the interpreter and compiled for both executors."""

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay

data = relay.var("data", shape=(1, 8, 8, 4), dtype="int8")
rng = np.random.default_rng(4)
weight = relay.const(rng.integers(-127, 128, size=(3, 3, 4, 6)), "int8")
bias = relay.const(rng.integers(-500, 500, size=(6,)), "int32")
scales = np.linspace(0.01, 0.03, 6, dtype="float32")

conv = relay.qnn.op.conv2d(
    data, weight,
    input_zero_point=relay.const(-3, "int32"), kernel_zero_point=relay.const(0, "int32"),
    input_scale=relay.const(0.05, "float32"), kernel_scale=relay.const(scales),
    kernel_size=(3, 3), channels=6, padding=(1, 1), data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32",
)  # fmt: skip
conv = relay.nn.bias_add(conv, bias, axis=3)
conv = relay.qnn.op.requantize(
    conv, relay.const(scales * np.float32(0.05)), relay.const(0, "int32"), relay.const(0.4, "float32"),
    relay.const(5, "int32"), axis=3, out_dtype="int8",
)  # fmt: skip
result = relay.clip(conv, a_min=5, a_max=127)
mod = relay.transform.InferType()(tvm.IRModule.from_expr(relay.Function([data], result)))
assert mod["main"].body.checked_type == relay.TensorType((1, 8, 8, 6), "int8")
assert "qnn.requantize" in mod.astext(show_meta_data=False)

sample = rng.integers(-128, 128, size=(1, 8, 8, 4), dtype="int8")
expected = relay.create_executor("debug", mod=mod).evaluate()(sample).numpy()
assert len(np.unique(expected)) > 10
for kind in ("graph", "aot"):
    got = relay.create_executor(kind, mod=mod, target=tvm.target.Target("c")).evaluate()(sample)
    np.testing.assert_array_equal(got.numpy(), expected)
print("OK")
