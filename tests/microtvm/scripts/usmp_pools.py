"""Memory pools of the AOT executor: a small fast one and a large slow one, with the planner of TVM 0.9 asked for."""

import pathlib
import sys
import tarfile

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import WorkspaceMemoryPools, WorkspacePoolInfo, relay
from tvm_model_library.microtvm.ir.memory_pools import PoolInfoProperties

folder = pathlib.Path(sys.argv[1])
target = tvm.target.Target("c -keys=arm_cpu,cpu -mcpu=cortex-m4")
x = layer = relay.var("x", shape=(1, 16, 16, 8))
rng = np.random.default_rng(3)
for channels in (8, 4):
    kernel = relay.const(rng.normal(size=(3, 3, 8, channels)).astype("float32"))
    layer = relay.nn.conv2d(
        layer, kernel, padding=1, channels=channels, kernel_size=3, data_layout="NHWC", kernel_layout="HWIO"
    )
    layer = relay.nn.relu(layer)
mod = tvm.IRModule.from_expr(layer)

pools = WorkspaceMemoryPools(
    [
        WorkspacePoolInfo("dtcm", [target], PoolInfoProperties(size_hint_bytes=9000)),
        WorkspacePoolInfo("sram", [target]),
    ]
)
config = {"tir.usmp.enable": True, "tir.usmp.algorithm": "hill_climb", "tir.disable_storage_rewrite": True}
with tvm.transform.PassContext(opt_level=3, config=config):
    factory = relay.build(
        mod,
        target,
        executor=relay.backend.Executor("aot", {"unpacked-api": 1, "interface-api": "c"}),
        workspace_memory_pools=pools,
        mod_name="two",
    )
used = factory.executor_codegen_metadata.pool_inputs
assert 0 < used["dtcm"] <= 9000, used

tvm.micro.export_model_library_format(factory, folder / "two.tar")
with tarfile.open(folder / "two.tar") as archive:
    header = archive.extractfile("./codegen/host/include/tvmgen_two.h").read().decode()
assert "struct tvmgen_two_workspace_pools" in header
assert "dtcm" in header
assert "sram" in header

run = tvm.runtime.executor.AotModule(factory["default"](tvm.cpu()))
value = rng.normal(size=(1, 16, 16, 8)).astype("float32")
run.set_input("x", value)
run.run()
expected = relay.create_executor("debug", mod=mod).evaluate()(value)
tvm.testing.assert_allclose(run.get_output(0).numpy(), expected.numpy(), rtol=1e-4, atol=1e-4)
print("OK")
