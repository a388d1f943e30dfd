"""An archive of Relay text with parameters, as scripts of TVM 0.8 made it."""

import json
import pathlib
import sys
import tarfile

import numpy as np
import tvm_model_library.microtvm as tvm
import tvm_model_library.microtvm.micro as micro
from tvm_model_library.microtvm import relay

folder = pathlib.Path(sys.argv[1])
program = tvm.parser.fromtext(
    """#[version = "0.0.5"]
def @main(%data : Tensor[(1, 16), float32], %weight : Tensor[(8, 16), float32], %bias : Tensor[(8), float32]) {
  %0 = nn.dense(%data, %weight, units=8);
  nn.relu(nn.bias_add(%0, %bias))
}
"""
)
rng = np.random.default_rng(1)
weights = {
    "weight": rng.normal(size=(8, 16)).astype("float32"),
    "bias": rng.normal(size=(8,)).astype("float32"),
}
target = tvm.target.target.micro("host")
with tvm.transform.PassContext(opt_level=3, config={"tir.disable_vectorize": True}, disabled_pass=["AlterOpLayout"]):
    factory = relay.build(program, target=target, target_host=target, params=weights, mod_name="dense")

path = micro.export_model_library_format(factory, folder / "dense.tar")
with tarfile.open(path) as archive:
    archive.extractall(folder / "dense")

metadata = json.loads((folder / "dense" / "metadata.json").read_text())
assert metadata["model_name"] == "dense"
assert metadata["target"] == {"1": str(target)}
assert [entry.get("input_binding") for entry in metadata["memory"]][:3] == ["data", "p0", "p1"]
stored = relay.load_param_dict((folder / "dense" / "parameters" / "dense.params").read_bytes())
assert sorted(stored) == ["p0", "p1"]

graph, lib, params = factory
assert json.loads(graph) == json.loads(factory.get_graph_json())
module = tvm.contrib.graph_executor.create(graph, lib, tvm.cpu(0))
module.set_input(**params)
data = rng.normal(size=(1, 16)).astype("float32")
module.set_input("data", tvm.nd.array(data))
module.run()
expected = np.maximum(data @ weights["weight"].T + weights["bias"], 0)
tvm.testing.assert_allclose(module.get_output(0).numpy(), expected, rtol=1e-5, atol=1e-6)
print("OK")
