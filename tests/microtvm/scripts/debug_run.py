"""A run call by call: the time and the output of each, and what is written to the dump folder."""

import pathlib
import sys

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay
from tvm_model_library.microtvm.contrib.debugger import debug_executor

folder = pathlib.Path(sys.argv[1])
x = relay.var("x", shape=(4, 32))
w0, w1 = (relay.var(f"w{i}", shape=(32, 32)) for i in range(2))
hidden = relay.tanh(relay.nn.dense(x, w0))
mod = tvm.IRModule.from_expr(relay.Function([x, w0, w1], relay.nn.softmax(relay.nn.dense(hidden, w1))))
rng = np.random.default_rng(5)
params = {f"w{i}": rng.normal(scale=0.2, size=(32, 32)).astype("float32") for i in range(2)}
factory = relay.build(mod, "c", params=params)

module = debug_executor.create(factory.get_graph_json(), factory.get_lib(), tvm.cpu(0), dump_root=str(folder / "dump"))
value = rng.normal(size=(4, 32)).astype("float32")
module.set_input("x", value)
module.run()

expected_hidden = np.tanh(value @ params["w0"].T)
tvm.testing.assert_allclose(module.debug_get_output(0).numpy(), expected_hidden, rtol=1e-4, atol=1e-5)
whole = tvm.contrib.graph_executor.GraphModule(factory["default"](tvm.cpu(0)))
whole.run(x=value)
np.testing.assert_array_equal(module.get_output(0).numpy(), whole.get_output(0).numpy())

times = module.run_individual(number=10, repeat=3)
assert len(times) == len(module.nodes)
assert all(len(of_call) == 3 for of_call in times)
report = module.profile(x=value)
assert "tanh" in str(report)
written = folder / "dump" / "_tvmdbg_device_CPU_0"
assert (written / "_tvmdbg_graph_dump.json").read_text() == factory.graph_json
dumped = relay.load_param_dict((written / "output_tensors.params").read_bytes())
np.testing.assert_array_equal(dumped[f"{module.nodes[0].name}____0"].numpy(), module.debug_get_output(0).numpy())
module = factory["debug_create"]("default", tvm.cpu(0))
module.run(x=value)
np.testing.assert_array_equal(module.get_output(0).numpy(), whole.get_output(0).numpy())
print("OK")
