"""The lowering context over a ``relax.BlockBuilder``, with constants folded as they appear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.c_text.names import cleaned
from tvm_model_library.compiler.relax.folding import run_prim_func, worth_folding
from tvm_model_library.compiler.relax.identities import write_identities
from tvm_model_library.compiler.relax.origins import ORIGIN
from tvm_model_library.compiler.relax.widening import is_widening_cast, read_narrow
from tvm_model_library.errors import Place
from tvm_model_library.plan.plan import Operation
from tvm_model_library.relay.lowering import Lowering, Value
from tvm_model_library.relay.operator import Attrs
from tvm_model_library.relay.ops._constants import wrap
from tvm_model_library.relay.types import TensorType, TupleType, Type, flatten
from tvm_model_library.tensors import Array, TensorSpec

INDEX_LIMIT = 2**31


@dataclass
class Emitter:
    """What the lowerings of one module share: the builder, the operations met, what is computed from constants
    only, and by variable the narrower values of which it is the widening cast, and the sums of a value and constants.
    ``loops`` holds the functions made from TE, by all that they were made from: equal layers share them.
    """

    builder: Any
    operations: list[Operation] = field(default_factory=list)
    known: dict[Any, _Output] = field(default_factory=dict)
    widened: dict[Any, Value] = field(default_factory=dict)
    channel_sums: dict[Any, _ChannelSum] = field(default_factory=dict)
    loops: dict[Any, tuple[Any, list[TensorSpec]]] = field(default_factory=dict)

    def context(
        self, operator: str, attrs: Attrs, span: Place | None, arguments: tuple[Type, ...], result: Type
    ) -> RelaxLowering:
        """The context for lowering one call."""
        self.operations.append(Operation(operator, span))
        return RelaxLowering(self, len(self.operations) - 1, attrs, arguments, result)

    def value_of(self, arg: Value) -> Array | None:
        """The array that a value is, where it is a constant or computed from constants."""
        if is_constant(arg):
            return np.asarray(arg.value.numpy())
        output = self.known.get(arg) if not isinstance(arg, tuple) else None
        return None if output is None else self.results_of(output.call)[output.index]

    def values_of(self, args: Sequence[Value]) -> list[Array]:
        """The arrays of values that are all known."""
        arrays = []
        for arg in args:
            array = self.value_of(arg)
            assert array is not None
            arrays.append(array)
        return arrays

    def results_of(self, call: _Deferred) -> list[Array]:
        """The results of a call on known values. The calls before it run first, without recursion."""
        pending = [call]
        while pending:
            current = pending[-1]
            before = [self.known[a].call for a in current.arguments if a in self.known]
            waiting = [c for c in before if c.results is None]
            if waiting:
                pending.extend(waiting)
                continue
            if current.results is None:
                current.results = run_prim_func(current.func, self.values_of(current.arguments), current.outputs)
            pending.pop()
        assert call.results is not None
        return call.results


@dataclass
class _Deferred:
    """A call of a PrimFunc on known values, not run yet (its result is too large to fold unasked)."""

    func: Any
    arguments: list[Value]
    outputs: list[TensorSpec]
    results: list[Array] | None = None


@dataclass(frozen=True)
class _Output:
    call: _Deferred
    index: int


@dataclass(frozen=True)
class _ChannelSum:
    """``value`` plus a constant for each index of ``axis``."""

    value: Value
    constants: Array
    axis: int


class RelaxLowering(Lowering):
    """Lowering of one operator call; see the base class."""

    def __init__(self, emitter: Emitter, origin: int, attrs: Attrs, arguments: tuple[Type, ...], result: Type) -> None:
        self._emitter = emitter
        self._origin = origin
        operation = emitter.operations[origin]
        self.operator = operation.name
        self.span = operation.span
        self.argument_types = arguments
        self.result_type = result
        # What the next function made from TE depends on, beside its arguments' types; None: on what can't be told.
        self._made_from: list[Any] | None = [operation.name, repr(dict(attrs)), arguments, result]

    def emit_te(self, compute: Callable[..., Any], *args: Any, **kwargs: Any) -> Value:
        key = self._key_of(args)
        if key is None or key not in self._emitter.loops:
            func, arguments, specs = _loops_of(compute, args, kwargs)
            if key is not None and _same(arguments, _tensors(args)):
                self._emitter.loops[key] = func, specs
        else:
            arguments = _tensors(args)
            func, specs = self._emitter.loops[key]
        return self._emit_call(func, arguments, specs, len(specs) != 1)

    def _key_of(self, args: Sequence[Any]) -> Any:
        """Equal for TE functions that are equal; None where that can't be told. The order of functions counts."""
        if self._made_from is None:
            return None
        self._made_from.append(tuple((tensor_type(a).shape, tensor_type(a).dtype) for a in _tensors(args)))
        return tuple(self._made_from)

    def emit_tir(self, func: Any, args: Sequence[Value], outputs: Sequence[TensorType]) -> Value:
        specs = [TensorSpec("", t.static_shape, t.dtype) for t in outputs]
        return self._emit_call(func, list(args), specs, len(specs) != 1)

    def emit(self, expr: Any) -> Value:
        import tvm
        from tvm import relax

        if isinstance(expr, relax.Call) and isinstance(expr.op, tvm.ir.Op) and expr.op.has_attr("FLegalize"):
            return self._emit_legalized(expr)
        if isinstance(expr, relax.Tuple):
            return tuple(self.emit(item) for item in expr.fields)
        if isinstance(expr, relax.Var) or is_constant(expr):
            return expr
        return self.refuse(f"its lowering uses {expr}, which has no legalization to loops")

    def constant(self, array: Array) -> Value:
        return constant(array)

    def add_channel_constants(self, value: Value, constants: Array, axis: int) -> Value:
        """Additions that follow each other become one: a convolution's zero point and its bias share a table."""
        constants = wrap(constants, self.result_type)
        before = self._emitter.channel_sums.get(value)
        self._made_from = None
        if before is not None and before.axis == axis:
            value, constants = before.value, before.constants + constants
        result = super().add_channel_constants(value, constants, axis)
        if result is not value:
            self._emitter.channel_sums[result] = _ChannelSum(value, constants, axis)
        return result

    def value_of(self, arg: Value) -> Array | None:
        array = self._emitter.value_of(arg)
        if self._made_from is not None:
            self._made_from.append(None if array is None else _digest(array))
        return array

    @property
    def _hint(self) -> str:
        return cleaned(self.operator)

    def _emit_legalized(self, call: Any) -> Value:
        """Emit the loops that TVM's legalization makes of a ``relax.op`` call, under our name and origin."""
        from tvm import relax

        inner: dict[Any, Any] = {}

        def parameter(value: Any) -> Any:
            if isinstance(value, relax.Tuple):
                return relax.Tuple([parameter(f) for f in value.fields])
            if not isinstance(value, relax.Var):
                return value
            if value not in inner:
                inner[value] = relax.Var(f"x{len(inner)}", value.ty)
            return inner[value]

        call = relax.Call(call.op, [parameter(a) for a in call.args], call.attrs, call.ty_args)
        builder = relax.BlockBuilder()
        with builder.function("main", list(inner.values())):
            with builder.dataflow():
                output = builder.emit_output(call)
            builder.emit_func_output(output)
        module = relax.transform.LegalizeOps()(builder.finalize())
        values: dict[Any, Value] = {fresh: value for value, fresh in inner.items()}
        for block in module["main"].body.blocks:
            for binding in block.bindings:
                values[binding.var] = self._replay(module, binding.value, values)
        return values[module["main"].body.body]

    def _replay(self, module: Any, expr: Any, values: dict[Any, Value]) -> Value:
        """Emit one binding of a legalized function."""
        import tvm
        from tvm import relax

        if isinstance(expr, relax.Var):
            return values[expr]
        if isinstance(expr, relax.Tuple):
            return tuple(self._replay(module, f, values) for f in expr.fields)
        if isinstance(expr, relax.TupleGetItem):
            return self._replay(module, expr.tuple_value, values)[expr.index]
        if is_constant(expr):
            return expr
        if isinstance(expr, relax.Call) and expr.op == tvm.ir.Op.get("relax.call_tir"):
            arguments = [self._replay(module, a, values) for a in expr.args[1].fields]
            out = expr.ty_args[0]
            is_tuple = isinstance(out, relax.TupleType)
            specs = _specs(list(out.fields) if is_tuple else out)
            return self._emit_call(module[expr.args[0]], arguments, specs, is_tuple)
        return self.refuse(f"its lowering uses {expr}, which has no legalization to loops")

    def _known_call(self, func: Any, arguments: list[Value], outputs: list[TensorSpec]) -> _Deferred | None:
        if all(is_constant(a) or a in self._emitter.known for a in arguments):
            return _Deferred(func, arguments, outputs)
        return None

    def _split(self, value: Any) -> Value:
        """A tuple of variables for a variable of tuple type."""
        from tvm import relax

        if not isinstance(value.ty, relax.TupleType):
            return value
        builder = self._emitter.builder
        return tuple(
            builder.emit(relax.TupleGetItem(value, i), name_hint=self._hint) for i in range(len(value.ty.fields))
        )

    def _emit_call(self, func: Any, arguments: list[Value], outputs: list[TensorSpec], is_tuple: bool) -> Value:
        from tvm import relax

        for spec in outputs:
            if prod(spec.shape) >= INDEX_LIMIT:
                self.refuse(f"a tensor of {spec.shape} elements is too large for 32-bit indices")
        if any(0 in t.shape for type_ in self.argument_types for t in flatten(type_)):
            func = write_identities(func)
        func, arguments = self._narrowed(func, arguments)
        known = self._known_call(func, arguments, outputs)
        if known is not None and worth_folding(self._emitter.values_of(arguments), outputs):
            folded = tuple(constant(r) for r in self._emitter.results_of(known))
            return folded if is_tuple else folded[0]
        builder = self._emitter.builder
        function = builder.add_func(func.without_attr("global_symbol").with_attr(ORIGIN, self._origin), self._hint)
        types = [relax.TensorType(o.shape, o.dtype) for o in outputs]
        call = relax.call_tir(function, relax.Tuple(arguments), types if is_tuple else types[0])
        value = self._split(builder.emit(call, name_hint=self._hint))
        if known is not None:
            for index, item in enumerate(value if is_tuple else [value]):
                self._emitter.known[item] = _Output(known, index)
        if not is_tuple and is_widening_cast(func):
            self._emitter.widened[value] = arguments[0]
        return value

    def _narrowed(self, func: Any, arguments: list[Value]) -> tuple[Any, list[Value]]:
        """The call with widening casts of its arguments inside the function."""
        arguments = list(arguments)
        for position, argument in enumerate(arguments):
            source = self._emitter.widened.get(argument)
            narrow = None if source is None else read_narrow(func, position, tensor_type(source).dtype)
            if narrow is not None:
                func, arguments[position] = narrow, source
        return func, arguments


def constant(array: Array) -> Value:
    """A relax constant of exactly the array's dtype."""
    from tvm import relax

    return relax.const(array, np.asarray(array).dtype.name)


def tensor_type(value: Any) -> TensorType:
    """The Relay type of a relax tensor expression."""
    spec = _specs(value.ty)[0]
    return TensorType(spec.shape, spec.dtype)


def relay_type(value: Value) -> Type:
    """The Relay type of a lowered value."""
    if isinstance(value, tuple):
        return TupleType(tuple(relay_type(v) for v in value))
    return tensor_type(value)


def _specs(types: Any) -> list[TensorSpec]:
    items = types if isinstance(types, list) else [types]
    return [TensorSpec("", tuple(int(d) for d in t.shape.values), str(t.dtype)) for t in items]


def _as_lists(args: Any) -> Any:
    """Tuples of values as lists: the form that TVM's TE bridge looks into."""
    if isinstance(args, tuple | list):
        return [_as_lists(a) if isinstance(a, tuple | list) else a for a in args]
    return args


def _loops_of(
    compute: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Any, list[Any], list[TensorSpec]]:
    """The PrimFunc of a TE function, the arguments of its call, and its results."""
    from tvm.relax.utils import gen_call_tir_inputs

    func, arguments, out_type = gen_call_tir_inputs(compute, *_as_lists(args), **kwargs)
    return func, list(arguments), _specs(out_type)


def _tensors(args: Any) -> list[Value]:
    """The relax expressions among arguments, also in lists, in their order."""
    from tvm import relax

    if isinstance(args, tuple | list):
        return [t for a in args for t in _tensors(a)]
    return [args] if isinstance(args, relax.Expr) else []


def _same(values: Sequence[Value], others: Sequence[Value]) -> bool:
    return len(values) == len(others) and all(a.same_as(b) for a, b in zip(values, others, strict=True))


def _digest(array: Array) -> tuple[Any, ...]:
    return array.shape, array.dtype.name, sha256(array.tobytes()).digest()


def is_constant(expr: Any) -> bool:
    """Whether a lowered value is a tensor constant."""
    import tvm

    return isinstance(expr, tvm.ir.GenericConst)
