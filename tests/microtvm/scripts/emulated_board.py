"""A project for a processor in an emulator: the program is built for it and its outputs are compared there."""

import pathlib
import sys

import numpy as np
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay

folder = pathlib.Path(sys.argv[1])
x = relay.var("x", shape=(1, 10), dtype="int8")
w = relay.const(np.arange(40).reshape(4, 10) - 20, "int8")
mod = tvm.IRModule.from_expr(relay.Function([x], relay.nn.dense(x, w, units=4, out_dtype="int32")))
module = relay.build(mod, tvm.target.target.micro("stm32f746xx"), executor=relay.backend.Executor("aot"))
template = tvm.micro.get_microtvm_template_projects("emulated")
project = tvm.micro.generate_project(template, module, folder / "board", {"board": "cortex-m7"})
project.build()
project.flash()
print("OK")
