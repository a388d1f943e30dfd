"""What ``relay.create_executor`` gives: programs that are run from a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.library import compile
from tvm_model_library.microtvm.target.target import Target
from tvm_model_library.model import Model
from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.control import Function
from tvm_model_library.relay.script.expr import GlobalVar
from tvm_model_library.relay.script.module import IRModule
from tvm_model_library.relay.script.nd import NDArray, as_array
from tvm_model_library.relay.types import TupleType
from tvm_model_library.tensors import Array

Result = NDArray | list[NDArray]
KINDS = ("debug", "graph", "aot")


class ProgramExecutor:
    """Runs programs: ``debug`` in the reference interpreter, ``graph`` and ``aot`` compiled, on this machine."""

    def __init__(
        self,
        kind: str,
        mod: IRModule,
        target: Target,
        params: Mapping[str, Any] | None,
        model_of: Callable[[Any, Mapping[str, Any] | None], Model],
    ) -> None:
        if kind not in KINDS:
            hint = "; programs with control flow run in 'debug'" if kind == "vm" else ""
            raise ModelLibraryError(f"unknown executor {kind!r}{hint}; expected one of: {', '.join(KINDS)}")
        self.kind, self.mod, self.target = kind, mod, target
        self._params, self._model_of = dict(params or {}), model_of

    def evaluate(self, expr: Expr | None = None, binds: Mapping[Any, Any] | None = None) -> Any:
        """A Python function of the module's ``main``, or of ``expr``, from arrays to an array or a list of them. An
        expression that is not a function is computed at once; ``binds`` has values of its free variables.
        """
        module, called = self._module(expr)
        bound = {getattr(var, "name_hint", var): value for var, value in (binds or {}).items()}
        model = self._model_of(module, {**(self._params if expr is None else {}), **bound})
        run = self._runner(model)

        def function(*args: Any, **kwargs: Any) -> Result:
            outputs = run(_arguments(model, args, kwargs))
            arrays = [NDArray(a) for a in outputs]
            result = model.program.functions["main"].result
            return arrays if isinstance(result, TupleType) else arrays[0]

        return function if called else function()

    def _module(self, expr: Expr | None) -> tuple[IRModule, bool]:
        """A module whose main is to be computed, and whether the result is a function."""
        if expr is None:
            return self.mod, True
        others: dict[GlobalVar | str, Expr] = {v: f for v, f in self.mod.functions.items() if v.name_hint != "main"}
        if isinstance(expr, GlobalVar):
            return IRModule({**others, "main": self.mod[expr]}), True
        return IRModule.from_expr(expr, others), isinstance(expr, Function)

    def _runner(self, model: Model) -> Callable[[list[Array]], list[Array]]:
        if self.kind == "debug":
            return lambda arrays: model.reference(*arrays)
        library = compile(model, target=self.target.compiler_target, executor=self.kind)
        return lambda arrays: library.run(*arrays)


def _arguments(model: Model, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Array]:
    """The arrays of a call in the order of the inputs; numbers take an input's dtype."""
    names = [s.name for s in model.inputs]
    if len(args) > len(names):
        raise ModelLibraryError(f"the program takes {len(names)} arguments ({', '.join(names)}), found {len(args)}")
    given = dict(zip(names, args, strict=False))
    for name, value in kwargs.items():
        if name not in names or name in given:
            problem = "is given twice" if name in given else f"is not one of {', '.join(names) or 'none'}"
            raise ModelLibraryError(f"argument {name!r} {problem}")
        given[name] = value
    missing = [n for n in names if n not in given]
    if missing:
        raise ModelLibraryError(f"argument {missing[0]!r} is missing; the program takes {', '.join(names)}")
    return [_array(given[s.name], s.dtype) for s in model.inputs]


def _array(value: Any, dtype: str) -> Array:
    return np.asarray(value, dtype) if isinstance(value, bool | int | float) else as_array(value)
