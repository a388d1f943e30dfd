"""``relay.build`` and ``relay.create_executor``. Definition: TVM 0.18 python/tvm/relay/build_module.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tvm_model_library.errors import ModelLibraryError, ParameterError
from tvm_model_library.executors import graph
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.frontends.relay import from_module, from_text
from tvm_model_library.library import Library, compile
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.ir.memory_pools import WorkspaceMemoryPools
from tvm_model_library.microtvm.relay.backend.executor import Executor
from tvm_model_library.microtvm.relay.backend.executor_factory import (
    AOTExecutorFactoryModule,
    ExecutorFactoryModule,
    GraphExecutorFactoryModule,
)
from tvm_model_library.microtvm.relay.backend.runtime import Runtime
from tvm_model_library.microtvm.relay.programs import ProgramExecutor
from tvm_model_library.microtvm.runtime.module import Module
from tvm_model_library.microtvm.target.target import Target
from tvm_model_library.microtvm.transform import PassContext
from tvm_model_library.model import Model
from tvm_model_library.plan.arena import ArenaOptions
from tvm_model_library.plan.packing import Pool
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.control import Function, Let
from tvm_model_library.relay.script.expr import Constant
from tvm_model_library.relay.script.module import IRModule
from tvm_model_library.relay.script.nd import as_array
from tvm_model_library.tensors import Array

_ORDERS = (
    ("params", "mod_name", "executor", "runtime", "workspace_memory_pools", "constant_memory_pools"),
    ("executor", "runtime", "workspace_memory_pools", "constant_memory_pools", "params", "mod_name"),
)
"""Arguments after ``target_host``: up to TVM 0.8, and since."""


def build(
    ir_mod: IRModule | Expr | str, target: Any = None, target_host: Any = None, *rest: Any, **named: Any
) -> ExecutorFactoryModule:
    """Compile a Relay program.

    ``ir_mod``: a module, a function, or Relay text. ``target``: a :class:`Target`, its text, or a mapping or list with
    one such value; without it, ``target_host`` or the target whose ``with`` block this is in. Then, by name or in the
    order of TVM 0.8 or of later releases: ``params`` (arrays by the names of ``@main``'s parameters), ``mod_name``
    (``"default"``), ``executor`` (the graph executor), ``runtime``, ``workspace_memory_pools`` (the AOT executor's,
    handed over at each run) and ``constant_memory_pools`` (refused). The options of the surrounding ``PassContext``
    count.

    Raises ``ModelLibraryError``.
    """
    options = _arguments(rest, named)
    chosen = _target(target, target_host)
    executor = _executor(options.get("executor"), chosen)
    runtime = options.get("runtime") or Runtime("crt")
    if not isinstance(runtime, Runtime):
        raise ModelLibraryError(f"runtime is for example Runtime('crt'), found {runtime!r}")
    aot = _aot_options(executor, options)
    model = model_of_program(ir_mod, options.get("params"))
    name = options.get("mod_name") or "default"
    library = compile(model, target=chosen.compiler_target, executor=executor.name, name=name, aot=aot)
    shown = ir_mod if isinstance(ir_mod, IRModule) else IRModule.from_text(model.text)
    return _factory(shown, chosen, executor, runtime, library)


def model_of_program(program: Any, params: Mapping[str, Any] | None = None) -> Model:
    """A module, a function, or whatever has Relay text as its ``str``, as a model with its parameters bound."""
    arrays = _arrays(params or {})
    if isinstance(program, Expr):
        program = IRModule.from_expr(program)
    if isinstance(program, IRModule):
        return from_module(program, arrays)
    return from_text(str(program), arrays, "from_string")


def _arguments(rest: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    # TVM 0.9 put the executor where parameters were.
    order = _ORDERS[bool(rest) and not (rest[0] is None or isinstance(rest[0], Mapping))]
    if len(rest) > len(order):
        raise ModelLibraryError(f"relay.build takes {len(order) + 3} arguments, found {len(rest) + 3}")
    given = dict(zip(order, rest, strict=False))
    for name, value in named.items():
        if name not in order:
            raise ModelLibraryError(f"relay.build has no argument {name!r}; it takes {', '.join(order)}")
        if given.get(name) is not None:
            raise ModelLibraryError(f"relay.build: {name} is given twice")
        given[name] = value
    return given


def _target(target: Any, host: Any) -> Target:
    value = target if target is not None else host if host is not None else Target.current()
    if isinstance(value, Mapping) and "kind" not in value:
        value = list(value.values())
    if isinstance(value, list | tuple):
        if len(value) != 1:
            raise ModelLibraryError(f"expected one target, found {len(value)}: a model runs on one device")
        (value,) = value
    if value is None:
        raise ModelLibraryError("no target given; expected for example target.micro('host')")
    return value if isinstance(value, Target) else Target(value if isinstance(value, Mapping) else str(value))


def _executor(given: Any, target: Target) -> Executor:
    options = target.executor_options
    in_target = options.pop("executor", None)
    if given is None:
        return _executor_of_text(in_target or "graph", options)
    if not isinstance(given, Executor):
        raise ModelLibraryError(f"executor is for example Executor('aot'), found {given!r}")
    if in_target is not None and in_target != given.name:
        raise ModelLibraryError(f"the target says -executor={in_target}, but executor is {given.name!r}")
    return given


def _executor_of_text(name: str, options: Mapping[str, str]) -> Executor:
    """The executor that a target's text asks for, as in TVM 0.8."""
    known = Executor.known.get(name, {})
    values: dict[str, Any] = {}
    for option, text in options.items():
        kind = known.get(option)
        if kind is None:
            continue  # an option of the other executor: TVM 0.8 took it and did nothing
        values[option] = text if kind is str else int(text) if text.isdigit() else text
    return Executor(name, values)


def _aot_options(executor: Executor, options: Mapping[str, Any]) -> AotOptions | None:
    if options.get("constant_memory_pools") is not None:
        raise ModelLibraryError(
            "constant_memory_pools: the constants of the code lie in one linker section, whose name the macro "
            "TVMGEN_<MODEL>_CONSTANT_SECTION chooses when the code is compiled"
        )
    pools, config = options.get("workspace_memory_pools"), PassContext.current().config
    with_io = bool(config.get("tir.usmp.use_workspace_io"))
    if executor.name != "aot":
        if pools is not None or with_io:
            what = "workspace_memory_pools" if pools is not None else "tir.usmp.use_workspace_io"
            raise ModelLibraryError(f"{what}: only the AOT executor plans its memory so; give executor=Executor('aot')")
        return None
    alignments = [executor.get("workspace-byte-alignment"), executor.get("constant-byte-alignment")]
    arena = replace(ArenaOptions(), io=with_io)
    if any(a is not None for a in alignments):
        arena = replace(arena, alignment=max(a for a in alignments if a is not None))
    if pools is None:
        return AotOptions(arena)
    return AotOptions(replace(arena, pools=_pools(pools)), caller_pools=True)


def _pools(pools: Any) -> tuple[Pool, ...]:
    if not isinstance(pools, WorkspaceMemoryPools):
        raise ModelLibraryError(f"workspace_memory_pools is a WorkspaceMemoryPools, found {type(pools).__name__}")
    sizes = [(p.pool_name, p.size_hint_bytes) for p in pools.pools]
    return tuple(Pool(name, None if size < 0 else size) for name, size in sizes)


def _arrays(params: Mapping[str, Any]) -> dict[str, Array]:
    arrays = {}
    for name, value in params.items():
        try:
            arrays[str(name)] = as_array(value)
        except ModelLibraryError:
            found = type(value).__name__
            raise ParameterError(f"parameter {name!r} must be an array, found {found}") from None
    return arrays


def _factory(
    ir_mod: IRModule, target: Target, executor: Executor, runtime: Runtime, library: Library
) -> ExecutorFactoryModule:
    tree = _modules(library)
    if library.graph_json is None:
        # The constants are in the code; their names are those of the plan.
        return AOTExecutorFactoryModule(
            ir_mod, None, target, executor, runtime, tree, library.name, {}, library=library
        )
    constants = graph.parameters(library.plan)
    return GraphExecutorFactoryModule(
        ir_mod, target, executor, library.graph_json, tree, library.name, constants, runtime=runtime, library=library
    )


def _modules(library: Library) -> Module:
    """The registry or entry point, with the other modules as imports. Headers are not modules."""
    code = library.code
    root, *rest = (Module("llvm" if f.folder == "lib" else "c", f.data) for f in code if f.folder != "include")
    root.imports.extend(rest)
    root.library = library
    return root


def bind_params_by_name(func: Function, params: Mapping[str, Any]) -> Function:
    """A function with some of its parameters given: they stand at its beginning as constants of their names."""
    arrays = _arrays(params)
    unknown = arrays.keys() - {p.name_hint for p in func.params}
    if unknown:
        known = ", ".join(p.name_hint for p in func.params) or "none"
        raise ParameterError(f"the function has no parameter {sorted(unknown)[0]!r}; its parameters: {known}")
    body = func.body
    for parameter in reversed(func.params):
        if parameter.name_hint in arrays:
            body = Let(parameter, Constant(arrays[parameter.name_hint]), body)
    free = [p for p in func.params if p.name_hint not in arrays]
    return Function(free, body, None, None, func.attrs)


def create_executor(
    kind: str = "debug", mod: IRModule | None = None, device: Any = None, target: Any = "c",
    params: Mapping[str, Any] | None = None,
) -> ProgramExecutor:  # fmt: skip
    """Something that runs programs: ``create_executor("graph", mod).evaluate()(*arrays)``.

    ``kind``: ``debug`` (the reference interpreter), ``graph`` or ``aot`` (the compiled model, on this machine).
    """
    return ProgramExecutor(kind, IRModule() if mod is None else mod, _target(target, None), params, model_of_program)


__getattr__ = names.missing(__name__)
