"""Names of TVM that are not here: what to use instead, for scripts that ask for them.

Modules of this package have ``__getattr__ = missing(__name__)``: a name that is gone raises ``AttributeError`` with its
reason, and importing it ``ModuleNotFoundError``. docs/microtvm.md lists them all.
"""

from __future__ import annotations

import difflib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

PACKAGE = __name__.rpartition(".")[0]

_OTHER_TVM = "it is not part of microTVM's scripts: today's apache-tvm has it"
_TUNING = "there is no tuning: kernels are scheduled for the processor that the target names; leave it out"
_ACCELERATORS = "partitions for other compilers are not made: kernels are generated for the CPU; leave it out"
_PASS = "the compiler does what it has to by itself; leave it out"
_CONVERT = "convert the model to TFLite or ONNX with the framework's own exporter, and read that"
_RPC = "models run as programs on this machine or in an emulator: use project.transport() with micro.Session"

GONE: dict[str, str] = {
    "arith": _OTHER_TVM,
    "auto_scheduler": _TUNING,
    "autotvm": _TUNING,
    "build": "kernels come from Relay: build a function of operators with relay.build",
    "compute": _OTHER_TVM,
    "contrib.cc": "generated code is C: compile it with CMake, or run it with micro.generate_project",
    "contrib.download": "fetch files with urllib.request",
    "contrib.graph_runtime": "its name is contrib.graph_executor",
    "contrib.hexagon": _ACCELERATORS,
    "contrib.micro": _TUNING,
    "contrib.tvmjs": "it is not part of microTVM's scripts",
    "create_schedule": _OTHER_TVM,
    "cuda": "models run on the CPU: use cpu()",
    "dlight": _OTHER_TVM,
    "driver": "the command line is tvm-mlf: see docs/cli.md",
    "get_global_func": "there are no packed functions: models run through executors",
    "gpu": "models run on the CPU: use cpu()",
    "hexagon": "models run on the CPU: use cpu()",
    "ir.make_node": "nodes are made by the classes of relay",
    "instrument": "there are no instruments: contrib.debugger.debug_executor tells each call's time",
    "lower": _OTHER_TVM,
    "meta_schedule": _TUNING,
    "micro.AutoTvmModuleLoader": _TUNING,
    "micro.TransportLogger": "project.build() and project.flash() print what they run with the option verbose",
    "micro.autotvm_build_func": _TUNING,
    "micro.DefaultCompiler": "CMake compiles: micro.generate_project, then project.build()",
    "micro.Workspace": "contrib.utils.tempdir()",
    "micro.build_static_runtime": "CMake compiles: micro.generate_project, then project.build()",
    "micro.contrib": "use the CMake package in an STM32 project: see docs/cmake.md",
    "micro.copy_crt_config_header": "the runtime brings its crt_config.h; define its macros in CMake instead",
    "micro.create_micro_mod": "micro.generate_project, then project.build()",
    "micro.debugger": "use a debugger of the board: generated C has the model's names and lines",
    "micro.project_api": "a project is made of a CMake template: see docs/microtvm.md",
    "micro.testing.aot_test_utils": "tvm_add_model_library makes the test that these runners made: see docs/cmake.md",
    "micro.testing.check_tune_log": _TUNING,
    "micro.testing.pytest_plugin": "use fixtures of your own around micro.generate_project",
    "micro.testing.tune_model": _TUNING,
    "micro.transport": _RPC,
    "nd.Device": "use tvm.cpu(0)",
    "parser.SpanCheck": "every expression has its place: expr.span",
    "placeholder": _OTHER_TVM,
    "register_func": "there are no packed functions: models run through executors",
    "relax": _OTHER_TVM,
    "relay.ExprFunctor": "walk with relay.analysis.post_order_visit, or over the syntax tree with relay.visit",
    "relay.ExprMutator": "build the changed expression with the functions of relay",
    "relay.ExprVisitor": "walk with relay.analysis.post_order_visit",
    "relay.Prelude": "define the data types that the program uses: relay.TypeData",
    "relay.ShapeVar": "a dimension that is not known is relay.Any()",
    "relay.TypeConstraint": "type rules are in the operator registry",
    "relay.TypeFunctor": "types are plain values: read their fields",
    "relay.TypeKind": "a type variable stands for a type: relay.TypeVar(name)",
    "relay.TypeMutator": "types are plain values: make a new one",
    "relay.TypeRelation": "type rules are in the operator registry",
    "relay.TypeVisitor": "types are plain values: read their fields",
    "relay.backend.aot": "relay.build(..., executor=Executor('aot'))",
    "relay.backend.contrib": _ACCELERATORS,
    "relay.backend.graph_executor_codegen": "relay.build(...).graph_json",
    "relay.backend.interpreter": "relay.create_executor('debug', mod).evaluate()",
    "relay.backend.te_compiler": "relay.build",
    "relay.backend.vm": "programs with control flow run in relay.create_executor('debug')",
    "relay.build_config": "tvm.transform.PassContext",
    "relay.collage": _ACCELERATORS,
    "relay.data_dep_optimization": "sparse weights are not made from dense ones",
    "relay.dataflow_pattern": "walk with relay.analysis.post_order_visit",
    "relay.expr_functor": "walk with relay.analysis.post_order_visit",
    "relay.frontend.from_caffe": _CONVERT,
    "relay.frontend.from_caffe2": _CONVERT,
    "relay.frontend.from_coreml": _CONVERT,
    "relay.frontend.from_darknet": _CONVERT,
    "relay.frontend.from_keras": _CONVERT,
    "relay.frontend.from_mxnet": _CONVERT,
    "relay.frontend.from_oneflow": _CONVERT,
    "relay.frontend.from_paddle": _CONVERT,
    "relay.frontend.from_tensorflow": _CONVERT,
    "relay.frontend.quantize_conv_bias_mkldnn_from_var": _CONVERT,
    "relay.loops": "write the recursive function with relay.Function and relay.Let",
    "relay.op.annotation.function_on_device": "everything runs on the CPU; leave it out",
    "relay.op.annotation.on_device": "everything runs on the CPU; leave it out",
    "relay.annotation.function_on_device": "everything runs on the CPU; leave it out",
    "relay.annotation.on_device": "everything runs on the CPU; leave it out",
    "relay.op.contrib": _ACCELERATORS,
    "relay.op.strategy": "kernels are scheduled for the processor that the target names",
    "relay.optimize": "relay.build: what is optimized is seen in the generated C",
    "relay.prelude": "define the data types that the program uses: relay.TypeData",
    "relay.qnn.op.current_requantize_config": "give rounding= and compute_dtype= to relay.qnn.op.requantize",
    "relay.qnn.op.requantize_config": "give rounding= and compute_dtype= to relay.qnn.op.requantize",
    "relay.qnn.transform": _PASS,
    "relay.quantize": "quantize before the model is read: with TFLite's converter, or onnxruntime's",
    "relay.testing": "write the network with the functions of relay, or read a model's file",
    "relay.transform.*": _PASS,
    "relay.type_functor": "types are plain values: read their fields",
    "rpc": _RPC,
    "runtime.load_module": "there are no shared libraries of models: export an archive, and compile it with CMake",
    "runtime.load_static_library": "there are no shared libraries of models: export an archive",
    "runtime.system_lib": "session.get_system_lib()",
    "runtime.vm": "programs with control flow run in relay.create_executor('debug')",
    "script": _OTHER_TVM,
    "target.arm_cpu": "Target('llvm -mtriple=...'), or target.micro(model)",
    "target.cuda": "models run on the CPU",
    "target.hexagon": "models run on the CPU",
    "target.riscv_cpu": "Target('llvm -mtriple=riscv64-unknown-elf ...')",
    "te": _OTHER_TVM,
    "testing.requires_cuda": "models run on the CPU",
    "tir": _OTHER_TVM,
    "topi": _OTHER_TVM,
    "transform.module_pass": _PASS,
    "_ffi": "errors are tvm.TVMError; there is no foreign function interface",
}
"""By the name below ``tvm``. What is below such a name is gone for the same reason."""


_CMAKE = "compile the C in an exported archive with CMake, or run the model with micro.generate_project"

ATTRIBUTES: dict[str, dict[str, str]] = {
    "runtime.Module": {
        "entry_func": _CMAKE,
        "export_library": "write an archive with micro.export_model_library_format: there are no shared libraries",
        "handle": "modules are objects of Python: compare them with ==",
        "implements_function": _CMAKE,
        "is_device_module": "there are no modules of devices: everything runs on the CPU",
        "is_dso_exportable": "ask for its kind: 'c' and 'llvm' can be exported",
        "time_evaluator": "graph_executor.GraphModule(factory['default'](tvm.cpu())).benchmark(tvm.cpu())",
    },
    "relay.build's factory": {
        "export_library": "write an archive with micro.export_model_library_format: there are no shared libraries",
        "lowered_ir_mods": "what the compiler makes of a program is seen in the generated C: factory.lib",
        "module": "factory['default'](device) runs the model",
        "runtime_mod": "factory['default'](device) runs the model",
        "get_irmod": "factory.ir_mod",
    },
    "an executor": {
        "debug_get_output": "contrib.debugger.debug_executor.create gives the outputs of every call",
        "module": "the executor itself",
        "set_input_zero_copy": "set_input: values are copied into the program",
        "set_output_zero_copy": "get_output: values are copied out of the program",
        "share_params": "constants are part of the program; leave it out",
    },
    "micro.Session": {
        "timeout": "runs are programs that end by themselves",
        "_rpc": "there is no RPC server: runs are programs",
        "create_micro_mod": "micro.generate_project, then project.build()",
    },
}
"""Attributes of objects that TVM had, and what to use instead."""


def absent(what: str) -> Callable[[Any, str], Any]:
    """``__getattr__`` of a class whose objects are ``what``."""

    def getattribute(self: Any, name: str) -> Any:
        why = ATTRIBUTES[what].get(name)
        close = difflib.get_close_matches(name, [n for n in dir(type(self)) if not n.startswith("_")], n=2, cutoff=0.8)
        hint = f": {why} (docs/microtvm.md)" if why else f"; did you mean {' or '.join(close)}?" if close else ""
        raise AttributeError(f"{what} has no attribute {name!r}{hint}", name=name, obj=self)

    return getattribute


def reason(name: str) -> str | None:
    """Why a name below ``tvm`` is gone, and what to use; None for others."""
    parts = name.split(".")
    above = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    found = next((GONE[p] for p in (name, *(w for a in above[1:] for w in (f"{a}.*", a))) if p in GONE), None)
    # TVM has relay.qnn beside relay.op, and both here.
    return reason(name.replace("relay.op.", "relay.", 1)) if found is None and "relay.op." in name else found


def message(name: str) -> str | None:
    """The text of the error for a name that is gone."""
    why = reason(name)
    return None if why is None else f"tvm.{name} is not here: {why} (docs/microtvm.md)"


def missing(module: str) -> Callable[[str], Any]:
    """``__getattr__`` of a module of this package."""
    where = module.removeprefix(PACKAGE).lstrip(".")
    found = sys.modules[module]
    if not hasattr(found, "__path__"):
        found.__path__ = []  # `from module import name` then asks the finder below, which knows the reason

    def getattribute(name: str) -> Any:
        path = f"{where}.{name}".lstrip(".")
        public = [n for n in dir(found) if not n.startswith("_")]
        close = [] if path in GONE else difflib.get_close_matches(name, public, n=2, cutoff=0.8)
        if name.startswith("__"):
            text: str | None = name
        elif close:
            text = f"tvm.{path} is not here; did you mean {' or '.join(close)}?"
        else:
            text = message(path) or f"tvm.{path} is not here; docs/microtvm.md lists what there is"
        raise AttributeError(text, name=name, obj=found)

    return getattribute


def share(space: ModuleType, path: str) -> None:
    """Modules below ``path`` with the functions of those below ``space``, for scripts that import them."""
    for name, part in list(vars(space).items()):
        if isinstance(part, ModuleType) and part.__name__ == f"{space.__name__}.{name}":
            made = ModuleType(f"{path}.{name}", part.__doc__)
            made.__dict__.update({n: v for n, v in vars(part).items() if not n.startswith("_")})
            sys.modules[made.__name__] = made
            setattr(sys.modules[path], name, made)
            share(part, made.__name__)
            made.__dict__["__getattr__"] = missing(made.__name__)


class _Finder(importlib.abc.MetaPathFinder):
    """Says why a module that is gone can't be imported. It is asked when nobody else has found the module."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        text = message(fullname.removeprefix(f"{PACKAGE}.")) if fullname.startswith(f"{PACKAGE}.") else None
        if text is not None:
            raise ModuleNotFoundError(text)
        return None


if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
    sys.meta_path.append(_Finder())
