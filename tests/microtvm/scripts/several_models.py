"""Several models in one archive, as TVM 0.9 and later write it, one for each executor."""

import json
import pathlib
import sys
import tarfile

import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay
from tvm_model_library.microtvm.relay.backend import Executor

folder = pathlib.Path(sys.argv[1])
target = tvm.target.target.micro("host")


def scaled(factor: float) -> tvm.IRModule:
    x = relay.var("x", shape=(1, 8), dtype="float32")
    return tvm.IRModule.from_expr(relay.Function([x], x * relay.const(factor, "float32")))


executor = Executor("aot", {"unpacked-api": True, "interface-api": "c"})
first = relay.build(scaled(2.0), target, executor=executor, mod_name="mod1")
second = relay.build(scaled(3.0), target, executor=Executor("graph", {"link-params": False}), mod_name="mod2")
path = tvm.micro.export_model_library_format([first, second], folder / "both.tar")
with tarfile.open(path) as archive:
    names = archive.getnames()
    metadata = json.loads(archive.extractfile("./metadata.json").read())
assert metadata["version"] == 7
assert metadata["modules"]["mod1"]["executors"] == ["aot"]
assert metadata["modules"]["mod2"]["executors"] == ["graph"]
for name in ("src/mod1.relay", "src/mod2.relay", "executor-config/graph/mod2.graph", "codegen/host/src/mod1_lib1.c"):
    assert f"./{name}" in names, name
assert "./executor-config/graph/mod1.graph" not in names
print("OK")
