"""The AOT executor with the C interface, through a project on this machine, as TVM 0.10's tutorial has it."""

import pathlib
import sys

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay
from tvm_model_library.microtvm.relay.backend import Executor, Runtime

folder = pathlib.Path(sys.argv[1])
data = relay.var("image", relay.TensorType((1, 12, 12, 1), "int8"))
weight = relay.const(np.arange(36).reshape(3, 3, 1, 4) % 7 - 3, "int8")
sums = relay.nn.conv2d(
    data, weight, channels=4, kernel_size=(3, 3), data_layout="NHWC", kernel_layout="HWIO", out_dtype="int32"
)
mod = tvm.IRModule.from_expr(relay.Function([data], relay.nn.max_pool2d(sums, (2, 2), (2, 2), layout="NHWC")))

EXECUTOR = Executor("aot", {"unpacked-api": True, "interface-api": "c", "workspace-byte-alignment": 8})
RUNTIME = Runtime("crt", {"system-lib": True})
TARGET = tvm.micro.testing.get_target("crt")
with tvm.transform.PassContext(opt_level=3, config={"tir.disable_vectorize": True}):
    module = relay.build(mod, target=TARGET, executor=EXECUTOR, runtime=RUNTIME, mod_name="edges")
assert module.executor_codegen_metadata.inputs == ["image"]

template = pathlib.Path(tvm.micro.get_microtvm_template_projects("crt"))
project = tvm.micro.generate_project(template, module, folder / "project", {"verbose": False})
project.build()
project.flash()

sample = np.random.default_rng(2).integers(-128, 128, size=(1, 12, 12, 1), dtype="int8")
with tvm.micro.Session(project.transport()) as session:
    aot_executor = tvm.runtime.executor.aot_executor.AotModule(session.create_aot_executor())
    aot_executor.get_input("image").copyfrom(sample)
    aot_executor.run()
    result = aot_executor.get_output(0).numpy()

reference = relay.create_executor("debug", mod=mod).evaluate()(sample)
np.testing.assert_array_equal(result, reference.numpy())
assert "tvmgen_edges_run" in (project.build_dir / "model.model/archive/codegen/host/include/tvmgen_edges.h").read_text()
print("OK")
