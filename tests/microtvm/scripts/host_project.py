"""A project on this machine for the graph executor, driven by a session, as TVM 0.9's tutorial of microTVM does."""

import pathlib

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay
from tvm_model_library.microtvm.contrib import utils

x = relay.var("dense_4_input", shape=(1, 1))
params, layer = {}, x
rng = np.random.default_rng(6)
for number, (inner, units) in enumerate([(1, 16), (16, 16), (16, 1)]):
    weight = relay.var(f"_param_{number}", shape=(units, inner))
    params[f"_param_{number}"] = rng.normal(scale=0.5, size=(units, inner)).astype("float32")
    layer = relay.nn.dense(layer, weight, units=units)
    layer = layer if units == 1 else relay.nn.relu(layer)
mod = tvm.IRModule.from_expr(relay.Function(relay.analysis.free_vars(layer), layer))

TARGET = tvm.target.target.micro("host")
RUNTIME = relay.backend.Runtime("crt", {"system-lib": True})
with tvm.transform.PassContext(opt_level=3, config={"tir.disable_vectorize": True}, disabled_pass=["AlterOpLayout"]):
    module = relay.build(mod, target=TARGET, runtime=RUNTIME, params=params)

folder = utils.tempdir()
template = pathlib.Path(tvm.micro.get_microtvm_template_projects("crt"))
generated = tvm.micro.generate_project(template, module, folder / "generated-project", {"verbose": False})
assert generated.info()["platform_name"] == "crt"
generated.build()
generated.flash()
with tvm.micro.Session(transport_context_manager=generated.transport()) as session:
    graph_mod = tvm.micro.create_local_graph_executor(module.get_graph_json(), session.get_system_lib(), session.device)
    graph_mod.set_input(**module.get_params())
    graph_mod.set_input("dense_4_input", tvm.nd.array(np.array([[0.5]], dtype="float32")))
    graph_mod.run()
    output = graph_mod.get_output(0).numpy()
    debug_mod = tvm.micro.create_local_debug_executor(module.get_graph_json(), session.get_system_lib(), session.device)
    debug_mod.run(dense_4_input=np.array([[0.5]], dtype="float32"))
    np.testing.assert_array_equal(debug_mod.get_output(0).numpy(), output)
expected = np.array([[0.5]], "float32")
for number in range(3):
    expected = expected @ params[f"_param_{number}"].T
    expected = expected if number == 2 else np.maximum(expected, 0)
tvm.testing.assert_allclose(output, expected, rtol=1e-5)

again = tvm.micro.GeneratedProject.from_directory(folder / "generated-project")
again.build()
print("OK")
