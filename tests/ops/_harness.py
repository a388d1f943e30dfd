"""Checks one operator at a time: its type rule, its NumPy meaning, and its lowering against that meaning.

``check("add", a, b)`` infers the result's type, evaluates, compares shape and dtype, lowers into a one-operator Relax
function, builds that for the host with LLVM, runs it and compares. It uses the operator registry and TVM alone, so
that a wrong result points to the operator and not to the parser or the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.relay.lowering import Lowering
from tvm_model_library.relay.operator import REQUIRED, Attrs, Operator, TypeRuleError, find_operator
from tvm_model_library.relay.types import TensorType, TupleType, Type, flatten
from tvm_model_library.tensors import Array

Value = Any


def operator(name: str) -> Operator:
    found = find_operator(name)
    assert found is not None, f"{name} is not registered"
    return found


def attributes(op: Operator, given: dict[str, Any]) -> Attrs:
    """The attributes of a call, defaults filled in."""
    unknown = set(given) - set(op.attributes_by_name)
    assert not unknown, f"{op.name} has no attributes {unknown}"
    values = {a.name: given.get(a.name, a.default) for a in op.attributes}
    missing = [name for name, value in values.items() if value is REQUIRED]
    assert not missing, f"{op.name} needs {missing}"
    return Attrs({name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})


def type_of(value: Value) -> Type:
    """The Relay type of an array or a tuple of arrays."""
    if isinstance(value, tuple):
        return TupleType(tuple(type_of(v) for v in value))
    return TensorType(value.shape, value.dtype.name)


def ty(*shape: int | None, dtype: str = "float32") -> TensorType:
    """A tensor type, short: ``ty(2, None)``."""
    return TensorType(shape, dtype)


def infer(name: str, *types: Type, **attrs: Any) -> Type:
    op = operator(name)
    return op.infer(attributes(op, attrs), *types)


def evaluate(name: str, *args: Value, **attrs: Any) -> Value:
    """The operator's NumPy meaning; asserts that the result has the inferred type."""
    op = operator(name)
    filled = attributes(op, attrs)
    assert op.evaluate is not None
    with np.errstate(all="ignore"):
        result = op.evaluate(filled, *args)
    fits(result, op.infer(filled, *map(type_of, args)))
    return result


def fits(value: Value, type_: Type) -> None:
    """Assert that a value is of a type."""
    if isinstance(type_, TupleType):
        assert isinstance(value, tuple), f"{type(value)} is not a {type_}"
        assert len(value) == len(type_.fields), f"{len(value)} values are not a {type_}"
        for v, t in zip(value, type_.fields, strict=True):
            fits(v, t)
        return
    assert isinstance(type_, TensorType)
    assert isinstance(value, np.ndarray), f"{type(value)} is not an array"
    assert value.dtype.name == type_.dtype, f"{value.dtype} is not {type_}"
    dims = zip(value.shape, type_.shape, strict=False)
    assert value.ndim == type_.rank, f"{value.shape} is not {type_}"
    assert all(t in (None, v) for v, t in dims), f"{value.shape} is not {type_}"


def rejects(name: str, *types: Type, match: str, argument: int | None = None, **attrs: Any) -> None:
    """Assert that the type rule refuses the argument types, with a message and, if given, about an argument."""
    with pytest.raises(TypeRuleError, match=match) as caught:
        infer(name, *types, **attrs)
    if argument is not None:
        assert caught.value.argument == argument


class BlockLowering(Lowering):
    """The lowering context of one call over a ``relax.BlockBuilder``."""

    def __init__(self, builder: Any, name: str, arguments: Sequence[Type], result: Type) -> None:
        self._builder = builder
        self.operator = name
        self.span = None
        self.argument_types = tuple(arguments)
        self.result_type = result

    def emit_te(self, compute: Callable[..., Any], *args: Any, **kwargs: Any) -> Value:
        return self._split(self._builder.emit_te(compute, *args, **kwargs))

    def emit(self, expr: Any) -> Value:
        return self._builder.emit(expr)

    def emit_tir(self, func: Any, args: Sequence[Value], outputs: Sequence[TensorType]) -> Value:
        from tvm import relax

        types = [relax.TensorType(t.static_shape, t.dtype) for t in outputs]
        function = self._builder.add_func(func, "kernel_" + self.operator.replace(".", "_"))
        call = relax.call_tir(function, relax.Tuple(list(args)), types if len(types) > 1 else types[0])
        return self._split(self._builder.emit(call))

    def constant(self, array: Array) -> Value:
        from tvm import relax

        return relax.const(array, array.dtype.name)

    def value_of(self, arg: Value) -> Array | None:
        from tvm.ir.expr import GenericConst

        return np.asarray(arg.value.numpy()) if isinstance(arg, GenericConst) else None

    def _split(self, value: Any) -> Value:
        from tvm import relax

        fields = value.ty.fields if isinstance(value.ty, relax.TupleType) else None
        if fields is None:
            return value
        return tuple(self._builder.emit(relax.TupleGetItem(value, i)) for i in range(len(fields)))


def run_lowering(name: str, *args: Value, constants: Iterable[int] = (), **attrs: Any) -> Value:
    """Lower a call of the operator, build it for the host and run it on ``args``.

    Arguments whose index is in ``constants`` are part of the program.
    """
    import tvm
    from tvm import relax

    op = operator(name)
    filled = attributes(op, attrs)
    types = tuple(map(type_of, args))
    result_type = op.infer(filled, *types)
    builder, params, inputs = relax.BlockBuilder(), [], []
    constant = set(constants)

    def parameter(array: Array) -> Any:
        params.append(relax.Var(f"x{len(params)}", relax.TensorType(array.shape, array.dtype.name)))
        inputs.append(tvm.runtime.tensor(np.ascontiguousarray(array).reshape(array.shape)))
        return params[-1]

    def argument(value: Value, index: int) -> Any:
        if isinstance(value, tuple):
            return tuple(argument(v, index) for v in value)
        return relax.const(value, value.dtype.name) if index in constant else parameter(value)

    lowered_args = [argument(value, index) for index, value in enumerate(args)]
    with builder.function("main", params):
        with builder.dataflow():
            context = BlockLowering(builder, name, types, result_type)
            assert op.lower is not None, f"{name} has no lowering"
            result = op.lower(context, filled, *lowered_args)
            leaves = builder.emit_output(relax.Tuple(list(_leaves(result))))
        builder.emit_func_output(leaves)
    module = builder.get()
    assert "call_packed" not in module.script(), f"{name} calls a packed function"
    machine = relax.VirtualMachine(tvm.compile(module, target="llvm"), tvm.cpu())
    outputs = iter([np.asarray(o.numpy()) for o in machine["main"](*inputs)])
    return _nest(result_type, outputs)


def _leaves(value: Value) -> Iterable[Any]:
    if isinstance(value, tuple | list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _nest(type_: Type, arrays: Any) -> Value:
    if isinstance(type_, TupleType):
        return tuple(_nest(t, arrays) for t in type_.fields)
    return next(arrays)


TOLERANCES = {"float16": (1e-2, 1e-3), "bfloat16": (4e-2, 1e-2), "float32": (1e-4, 1e-5), "float64": (1e-7, 1e-9)}


def same(actual: Value, expected: Value, rtol: float | None = None, atol: float | None = None) -> None:
    """Assert that values agree: integers exactly, floats within the dtype's tolerance."""
    if isinstance(expected, tuple):
        assert isinstance(actual, tuple)
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            same(a, e, rtol, atol)
        return
    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
    if expected.dtype.name in TOLERANCES:
        default_rtol, default_atol = TOLERANCES[expected.dtype.name]
        np.testing.assert_allclose(
            actual.astype(np.float64),
            expected.astype(np.float64),
            rtol=default_rtol if rtol is None else rtol,
            atol=default_atol if atol is None else atol,
        )
    else:
        np.testing.assert_array_equal(actual, expected)


def check(
    name: str,
    *args: Value,
    constants: Iterable[int] = (),
    rtol: float | None = None,
    atol: float | None = None,
    **attrs: Any,
) -> Value:
    """Infer, evaluate, lower, run, compare; gives the interpreted result."""
    expected = evaluate(name, *args, **attrs)
    actual = run_lowering(name, *args, constants=constants, **attrs)
    same(actual, expected, rtol, atol)
    return expected


def refuses(name: str, *args: Value, match: str, constants: Iterable[int] = (), **attrs: Any) -> None:
    """Assert that the lowering refuses the call with :class:`UnsupportedError`."""
    with pytest.raises(UnsupportedError, match=match):
        run_lowering(name, *args, constants=constants, **attrs)


def random(*shape: int, dtype: str = "float32", seed: int = 0, low: float = -3, high: float = 3) -> Array:
    """Reproducible values in [low, high) of any dtype; unsigned types start at 0."""
    generator = np.random.default_rng([seed, *shape])
    if dtype == "bool":
        return np.asarray(generator.integers(0, 2, shape)).astype(np.bool_)
    if dtype.startswith("uint"):
        low = max(low, 0)
    if dtype.startswith(("int", "uint")):
        return np.asarray(generator.integers(int(low), int(high), shape)).astype(dtype)
    values = np.asarray(generator.uniform(low, high, shape))
    return values.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def tensor_types(type_: Type) -> list[TensorType]:
    """The tensors of a type, left to right."""
    return list(flatten(type_))
