"""An archive of a TensorFlow Lite model, as every tutorial of microTVM began."""

import pathlib
import sys
import types

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay

folder = pathlib.Path(sys.argv[1])
model = pathlib.Path(sys.argv[2]).read_bytes()
mod, params = relay.frontend.from_tflite(model)
(data,) = [p for p in mod["main"].params if p.name_hint not in params]
shape, dtype = data.type_annotation.concrete_shape, data.type_annotation.dtype
again, _ = relay.frontend.from_tflite(model, shape_dict={data.name_hint: shape}, dtype_dict={data.name_hint: dtype})
assert tvm.ir.structural_equal(mod, again)
flatbuffer = types.SimpleNamespace(_tab=types.SimpleNamespace(Bytes=model, Pos=0))  # as of the library tflite
assert tvm.ir.structural_equal(mod, relay.frontend.from_tflite(flatbuffer)[0])
messages = []
for wrong in ({"shape_dict": {data.name_hint: (7, 7)}}, {"dtype_dict": {data.name_hint: "float64"}}):
    try:
        relay.frontend.from_tflite(model, **wrong)
    except tvm.TVMError as error:
        messages.append(str(error))
assert len(messages) == 2
assert all(data.name_hint in message for message in messages)

factory = relay.build(mod, tvm.target.target.micro("host"), params=params, mod_name="converted")
tvm.micro.export_model_library_format(factory, folder / "converted.tar")
sample = np.random.default_rng(7).integers(-100, 100, size=shape).astype(dtype)
module = tvm.contrib.graph_executor.GraphModule(factory["default"](tvm.cpu(0)))
module.run(**{data.name_hint: sample})
expected = relay.create_executor("debug", mod=mod, params=params).evaluate()(sample)
np.testing.assert_allclose(module.get_output(0).numpy(), expected.numpy(), rtol=1e-5, atol=1e-5)
print("OK")
