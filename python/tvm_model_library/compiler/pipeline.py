"""Model to Plan: Relax passes, then one kernel for each fused function, called in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from tvm_model_library.c_text.names import cleaned
from tvm_model_library.compiler.kernels import Build, KernelTable
from tvm_model_library.compiler.relax.emitter import is_constant
from tvm_model_library.compiler.relax.from_relay import to_relax
from tvm_model_library.compiler.relax.origins import operations_of, origin_of, unique
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.model import Model, State, is_state
from tvm_model_library.plan.plan import COPY, NOP, Buffer, KernelCall, Operation, Plan, Role, root_of
from tvm_model_library.tensors import Array, TensorSpec

_FUSE_LEVEL = 2
_MAX_FUSED_OPERATORS = 64


def build_plan(model: Model, *, name: str, target: Target) -> Plan:
    """Compile a model: its kernels, their calls in order, buffers and constants. Memory is not planned yet.

    Raises ``UnsupportedError`` for what has no static form.
    """
    module = to_relax(model.program, model.params)
    main = model.program.module.functions["main"]
    kept = [is_state(v) for v in main.params if v.name not in model.params]
    return plan_module(
        module, name=name, target=target, inputs=model.inputs, outputs=model.outputs, states=model.states, kept=kept
    )


def plan_module(
    module: Any,
    *,
    name: str,
    target: Target,
    inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec],
    states: Sequence[State] = (),
    kept: Sequence[bool] = (),
) -> Plan:
    """The plan of a ``tvm.IRModule`` with a straight-line Relax function ``main`` over call_tir.

    ``states`` are those of its parameters that ``kept`` marks; its last results are what they become.
    """
    operations = operations_of(module)
    module = _fuse(module)
    groups = {g.name_hint: _group_operations(module, f, operations) for g, f in module.functions_items()}
    module = _to_loops(module)
    return _PlanBuilder(module, groups, name, target).build(inputs, outputs, states, kept)


def _fuse(module: Any) -> Any:
    import tvm
    from tvm import relax

    passes = [
        relax.transform.CanonicalizeBindings(),
        relax.transform.DeadCodeElimination(["main"]),
        relax.transform.RewriteDataflowReshape(),
        relax.transform.AnnotateTIROpPattern(),
        relax.transform.FuseOps(_FUSE_LEVEL),
    ]
    config = {"relax.FuseOps.max_depth": _MAX_FUSED_OPERATORS}
    with tvm.transform.PassContext(opt_level=3, config=config):
        for step in passes:
            module = step(module)
    return module


def _to_loops(module: Any) -> Any:
    from tvm import relax

    module = relax.transform.FuseTIR()(module)
    return relax.transform.DeadCodeElimination(["main"])(module)


def _group_operations(module: Any, func: Any, operations: list[Operation]) -> tuple[Operation, ...]:
    """The operations behind one function of the fused module, in order."""
    from tvm import relax, tirx

    if isinstance(func, tirx.PrimFunc):
        origin = origin_of(func)
        return (operations[origin],) if origin is not None else ()
    found: list[Operation] = []
    for block in func.body.blocks:
        for binding in block.bindings:
            call = binding.value
            if isinstance(call, relax.Call) and call.args and isinstance(call.args[0], relax.GlobalVar):
                found.extend(_group_operations(module, module[call.args[0]], operations))
    return unique(found)


class _PlanBuilder:
    def __init__(self, module: Any, groups: dict[str, tuple[Operation, ...]], name: str, target: Target) -> None:
        self._module = module
        self._groups = groups
        self._name = name
        self._buffers: list[Buffer] = []
        self._constants: dict[int, Array] = {}
        self._constant_ids: dict[Any, int] = {}
        self._packed_ids: dict[tuple[tuple[int, ...], str, bytes], int] = {}
        self._calls: list[KernelCall] = []
        self._call_names: dict[str, int] = {}
        self._values: dict[Any, Any] = {}
        self._kernels = KernelTable(name, Build.of(target))

    def build(
        self,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        states: Sequence[State],
        kept: Sequence[bool],
    ) -> Plan:
        main = self._module["main"]
        flags = kept or [False] * len(inputs)
        given = [v for v, is_kept in zip(main.params, flags, strict=True) if not is_kept]
        found = [v for v, is_kept in zip(main.params, flags, strict=True) if is_kept]
        for var, spec in zip(given, inputs, strict=True):
            self._values[var] = self._buffer(spec, Role.INPUT)
        for var, state in zip(found, states, strict=True):
            self._values[var] = self._buffer(state.spec, Role.STATE)
        input_ids, state_ids = tuple(self._values[v] for v in given), tuple(self._values[v] for v in found)
        for block in main.body.blocks:
            for binding in block.bindings:
                self._values[binding.var] = self._value(binding.value, binding.var)
        results = _flatten(self._value(main.body.body, None))
        output_ids = self._outputs(results[: len(outputs)])
        self._keep(results[len(outputs) :], state_ids)
        return Plan(
            name=self._name,
            inputs=input_ids,
            outputs=output_ids,
            buffers=tuple(self._buffers),
            constants=self._constants,
            kernels=self._kernels.kernels,
            calls=tuple(self._calls),
            states=state_ids,
            starts=dict(zip(state_ids, (s.initial for s in states), strict=True)),
        )

    def _keep(self, results: Sequence[int], states: tuple[int, ...]) -> None:
        """Copy each state's next value into it, at the end; values that lie in another state are saved before."""
        changes = [(r, s) for r, s in zip(results, states, strict=True) if root_of(self._buffers, r) != s]
        for index, (result, state) in enumerate(changes):
            if self._buffers[root_of(self._buffers, result)].role is Role.STATE:
                saved = self._buffer(replace(self._buffers[result].spec, name=""), Role.INTERMEDIATE)
                self._add_call("copy", COPY, (result, saved))
                changes[index] = (saved, state)
        for result, state in changes:
            self._add_call("keep", COPY, (result, state))

    def _buffer(self, spec: TensorSpec, role: Role, view_of: int | None = None) -> int:
        self._buffers.append(Buffer(len(self._buffers), spec, role, None, view_of))
        return len(self._buffers) - 1

    def _value(self, expr: Any, var: Any) -> Any:
        """The buffer id of an expression, or a tuple of them."""
        from tvm import relax

        if isinstance(expr, relax.Var):
            return self._values[expr]
        if isinstance(expr, relax.Tuple):
            return tuple(self._value(f, None) for f in expr.fields)
        if isinstance(expr, relax.TupleGetItem):
            return self._value(expr.tuple_value, None)[expr.index]
        if is_constant(expr):
            return self._constant(expr)
        if isinstance(expr, relax.Call):
            return self._call(expr, var)
        return _refuse(expr)

    def _constant(self, expr: Any) -> int:
        if expr not in self._constant_ids:
            self._constant_ids[expr] = self._add_constant(np.array(expr.value.numpy()))
        return self._constant_ids[expr]

    def _packed(self, array: Array) -> int:
        """The buffer of a constant that is made for a kernel: one for all equal ones."""
        key = (array.shape, array.dtype.name, array.tobytes())
        if key not in self._packed_ids:
            self._packed_ids[key] = self._add_constant(array)
        return self._packed_ids[key]

    def _add_constant(self, array: Array) -> int:
        spec = TensorSpec(f"p{len(self._constants)}", tuple(array.shape), array.dtype.name)
        id_ = self._buffer(spec, Role.CONSTANT)
        self._constants[id_] = array
        return id_

    def _call(self, call: Any, var: Any) -> Any:
        import tvm

        if isinstance(call.op, tvm.ir.Op) and call.op.name == "relax.reshape":
            source = self._value(call.args[0], None)
            output = self._buffer(_spec_of(var), Role.INTERMEDIATE, source)
            self._add_call("reshape_nop", NOP, (source, output))
            return output
        if not (isinstance(call.op, tvm.ir.Op) and call.op.name == "relax.call_tir"):
            _refuse(call)
        function = call.args[0]
        arguments = list(call.args[1].fields)
        operations = self._groups.get(function.name_hint, ())
        kernel = self._kernels.kernel_of(self._module[function], operations, arguments)
        specs = _specs_of(call.ty_args[0])
        ids = [self._value(arguments[i], None) if isinstance(i, int) else self._packed(i) for i in kernel.used]
        outputs = tuple(self._buffer(s, Role.INTERMEDIATE) for s in specs)
        self._add_call(kernel.symbol, kernel.symbol, (*ids, *outputs), operations)
        return outputs if _is_tuple(call.ty_args[0]) else outputs[0]

    def _add_call(
        self, base: str, kernel: str, arguments: tuple[int, ...], operations: tuple[Operation, ...] = ()
    ) -> None:
        count = self._call_names.get(base, 0)
        name = f"{base}_{count}" if count else base
        while name in self._call_names:
            count += 1
            name = f"{base}_{count}"
        self._call_names[base] = count
        self._call_names.setdefault(name, 0)
        self._calls.append(KernelCall(name, kernel, arguments, operations=operations))

    def _outputs(self, results: list[int]) -> tuple[int, ...]:
        """Each output its own buffer: copies stand in for inputs, constants, views of them, and repetitions."""
        chosen: list[int] = []
        roots: set[int] = set()
        for result in results:
            root = root_of(self._buffers, result)
            if self._buffers[root].role is not Role.INTERMEDIATE or root in roots:
                copy = self._buffer(replace(self._buffers[result].spec, name=""), Role.INTERMEDIATE)
                self._add_call("copy", COPY, (result, copy))
                result = root = copy
            roots.add(root)
            chosen.append(result)
        for index, id_ in enumerate(chosen):
            name = "output" if len(chosen) == 1 else f"output{index}"
            buffer = self._buffers[id_]
            self._buffers[id_] = replace(buffer, role=Role.OUTPUT, spec=replace(buffer.spec, name=name))
        return tuple(chosen)


def _specs_of(type_: Any) -> list[TensorSpec]:
    fields = list(type_.fields) if _is_tuple(type_) else [type_]
    return [TensorSpec("", tuple(int(d) for d in f.shape.values), str(f.dtype)) for f in fields]


def _spec_of(var: Any) -> TensorSpec:
    name = cleaned(str(getattr(var, "name_hint", var.name)))
    return replace(_specs_of(var.ty)[0], name=name)


def _is_tuple(type_: Any) -> bool:
    from tvm import relax

    return isinstance(type_, relax.TupleType)


def _flatten(value: Any) -> list[int]:
    if isinstance(value, tuple):
        return [id_ for item in value for id_ in _flatten(item)]
    return [value]


def _refuse(expr: Any) -> NoReturn:
    raise UnsupportedError(f"the executors run kernels only; what is left of the program after lowering is {expr}")
