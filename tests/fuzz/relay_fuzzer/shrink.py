"""Making a failing program small: fewer operators, smaller shapes, plainer attributes, as long as it fails alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.relay import ast
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.relay.printer import print_module
from tvm_model_library.relay.types import TensorType
from tvm_model_library.relay.visit import post_order
from tvm_model_library.tensors import Array, numpy_dtype

from relay_fuzzer.builder import HERE
from relay_fuzzer.evaluation import Program

Fails = Callable[[str, Sequence[Array]], bool]
"""Whether a program with these inputs fails as the one to shrink does."""


@dataclass(frozen=True)
class Small:
    """A program as its parameters with their values, and its body, free of ``let``."""

    params: tuple[tuple[ast.Var, Array], ...]
    body: ast.Expr

    def text(self) -> str:
        return print_module(ast.Module({"main": _function(self)}))

    def inputs(self) -> list[Array]:
        return [a for _, a in self.params]

    def size(self) -> tuple[int, int, int]:
        """Calls, elements, characters: what shrinking lowers."""
        calls = sum(isinstance(e, ast.Call) for e in post_order(self.body))
        constants = [e.value for e in post_order(self.body) if isinstance(e, ast.Constant)]
        return calls, sum(a.size for a in (*self.inputs(), *constants)), len(self.text().split("#[metadata]")[0])


def shrink(text: str, inputs: Sequence[Array], fails: Fails, seconds: float = 60) -> tuple[str, list[Array]]:
    """The smallest program found in that time, and its inputs."""
    deadline = time.monotonic() + seconds
    best = _without_lets(text, inputs)
    if not fails(best.text(), best.inputs()):
        return text, list(inputs)
    progress = True
    while progress and time.monotonic() < deadline:
        progress = False
        for step in (_bodies, _parameters, _arguments, _plain_attributes, _sizes, _plain_types, _plain_values):
            while time.monotonic() < deadline:
                better = _first(step(best), best, fails, deadline)
                if better is None:
                    break
                best, progress = better, True
    return best.text(), best.inputs()


def _first(candidates: Iterator[Small], best: Small, fails: Fails, deadline: float) -> Small | None:
    for candidate in candidates:
        if time.monotonic() > deadline:
            return None
        try:
            candidate = _used(candidate)
            if candidate.size() < best.size() and fails(candidate.text(), candidate.inputs()):
                return candidate
        except (ModelLibraryError, ValueError, IndexError, TypeError):
            continue  # not a program
    return None


def _without_lets(text: str, inputs: Sequence[Array]) -> Small:
    main = parse_module(text).functions["main"]
    lets = {id(e.var): e.value for e in post_order(main.body) if isinstance(e, ast.Let)}
    body = _rewrite(main.body, {}, lets)
    return Small(tuple(zip(main.params, inputs, strict=True)), body)


def _rewrite(root: ast.Expr, replaced: Mapping[int, ast.Expr], lets: Mapping[int, ast.Expr] | None = None) -> ast.Expr:
    """The expression with others in the places of some of its parts; what is shared stays shared."""
    made: dict[int, ast.Expr] = {}
    for expr in post_order(root):
        if id(expr) in replaced:
            made[id(expr)] = replaced[id(expr)]
        elif isinstance(expr, ast.Call):
            made[id(expr)] = _same_or(expr, args=tuple(made[id(a)] for a in expr.args))
        elif isinstance(expr, ast.Tuple):
            made[id(expr)] = _same_or(expr, fields=tuple(made[id(f)] for f in expr.fields))
        elif isinstance(expr, ast.TupleGetItem):
            value = made[id(expr.value)]
            made[id(expr)] = value.fields[expr.index] if isinstance(value, ast.Tuple) else _same_or(expr, value=value)
        elif isinstance(expr, ast.Let):
            made[id(expr)] = made[id(expr.body)]
        elif isinstance(expr, ast.Var) and lets and id(expr) in lets:
            made[id(expr)] = made[id(lets[id(expr)])]
        else:
            made[id(expr)] = expr
    return made[id(root)]


def _same_or(expr: Any, **fields: Any) -> Any:
    changed = any(
        value is not getattr(expr, name)
        if not isinstance(value, tuple)
        else any(a is not b for a, b in zip(value, getattr(expr, name), strict=True))
        for name, value in fields.items()
    )
    return replace(expr, **fields) if changed else expr


def _used(program: Small) -> Small:
    """Without parameters that nothing reads."""
    seen = {id(e) for e in post_order(program.body)}
    return Small(tuple((v, a) for v, a in program.params if id(v) in seen), program.body)


def _calls(program: Small) -> list[ast.Call]:
    return [e for e in post_order(program.body) if isinstance(e, ast.Call)]


def _bodies(program: Small) -> Iterator[Small]:
    """One output of several, fewer outputs, or a value on the way as the output."""
    body = program.body
    if isinstance(body, ast.Tuple):
        for field in body.fields:
            yield replace(program, body=field)
        for i in range(len(body.fields)):
            yield replace(program, body=ast.Tuple(HERE, body.fields[:i] + body.fields[i + 1 :]))
    typed = _typed(program)
    for call in _calls(program):
        if call is not body and isinstance(typed.types.get(id(call)), TensorType):
            yield replace(program, body=call)


def _parameters(program: Small) -> Iterator[Small]:
    """Instead of a call an input with its value."""
    typed = _typed(program)
    values = _values(program)
    projected = {id(e.value) for e in post_order(program.body) if isinstance(e, ast.TupleGetItem)}
    names = {v.name for v, _ in program.params}
    name = next(f"p{i}" for i in range(10_000) if f"p{i}" not in names)
    for expr in reversed([e for e in post_order(program.body) if isinstance(e, ast.Call | ast.TupleGetItem)]):
        type_ = typed.types.get(id(expr))
        if expr is program.body or id(expr) in projected or not isinstance(type_, TensorType):
            continue
        var = ast.Var(HERE, name, type_)
        params = (*program.params, (var, values[id(expr)]))
        yield Small(params, _rewrite(program.body, {id(expr): var}))


def _arguments(program: Small) -> Iterator[Small]:
    """Instead of a call one of its arguments of the same type; of a tuple's fields fewer."""
    typed = _typed(program)
    for call in reversed(_calls(program)):
        for arg in (f for a in call.args for f in (a.fields if isinstance(a, ast.Tuple) else (a,))):
            if typed.types.get(id(arg)) == typed.types.get(id(call)):
                yield replace(program, body=_rewrite(program.body, {id(call): arg}))
        for i, arg in enumerate(call.args):
            if isinstance(arg, ast.Tuple) and len(arg.fields) > 1:
                for j in range(len(arg.fields)):
                    fewer = ast.Tuple(HERE, arg.fields[:j] + arg.fields[j + 1 :])
                    changed = replace(call, args=(*call.args[:i], fewer, *call.args[i + 1 :]))
                    yield replace(program, body=_rewrite(program.body, {id(call): changed}))


def _plain_attributes(program: Small) -> Iterator[Small]:
    """Attributes left out, numbers in them lowered."""
    for call in _calls(program):
        for name, value in call.attrs.items():
            without = {k: v for k, v in call.attrs.items() if k != name}
            yield replace(program, body=_rewrite(program.body, {id(call): replace(call, attrs=without)}))
            for simpler in _simpler(value):
                changed = replace(call, attrs={**call.attrs, name: simpler})
                yield replace(program, body=_rewrite(program.body, {id(call): changed}))


def _simpler(value: Any) -> Iterator[Any]:
    if isinstance(value, bool) or value is None or isinstance(value, str | float):
        return
    if isinstance(value, int):
        yield from (n for n in (0, 1, value // 2, value - 1) if 0 <= n < value)
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            for simpler in _simpler(item):
                yield (*value[:i], simpler, *value[i + 1 :])


def _sizes(program: Small) -> Iterator[Small]:
    """A dimension of one size made smaller: everywhere, or in one tensor and the attributes that name it."""
    constants = [e for e in post_order(program.body) if isinstance(e, ast.Constant)]
    sizes = sorted(
        {d for a in (*program.inputs(), *(c.value for c in constants)) for d in a.shape if d > 1}, reverse=True
    )
    for size in sizes:
        for smaller in dict.fromkeys((1, size // 2, size - 1)):
            for attributes in (True, False):
                yield _resized(program, size, smaller, attributes, None)
            for only in [*(v for v, _ in program.params), *constants]:
                for axis in range(8):
                    yield _resized(program, size, smaller, True, (id(only), axis))
                    yield _resized(program, size, smaller, False, (id(only), axis))


def _resized(program: Small, size: int, smaller: int, attributes: bool, only: tuple[int, int] | None) -> Small:
    def cut(key: int, array: Array) -> Array:
        index = tuple(
            slice(0, smaller) if d == size and only in (None, (key, axis)) else slice(None)
            for axis, d in enumerate(array.shape)
        )
        return np.ascontiguousarray(array[index]).reshape(array[index].shape)

    replaced: dict[int, ast.Expr] = {}
    params = []
    for var, array in program.params:
        new = cut(id(var), array)
        fresh = replace(var, annotation=TensorType(new.shape, array.dtype.name))
        replaced[id(var)] = fresh
        params.append((fresh, new))
    for expr in post_order(program.body):
        if isinstance(expr, ast.Constant) and expr.value.ndim:
            replaced[id(expr)] = replace(expr, value=cut(id(expr), expr.value))
    body = _rewrite(program.body, replaced)
    if attributes:
        body = _with_attributes(body, lambda n: smaller if n == size else n)
    return Small(tuple(params), body)


def _with_attributes(body: ast.Expr, change: Callable[[int], int]) -> ast.Expr:
    def changed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(changed, value))
        return change(value) if isinstance(value, int) and not isinstance(value, bool) else value

    while True:
        calls = [e for e in post_order(body) if isinstance(e, ast.Call)]
        call = next((c for c in calls if {k: changed(v) for k, v in c.attrs.items()} != c.attrs), None)
        if call is None:
            return body
        fresh = replace(call, attrs={k: changed(v) for k, v in call.attrs.items()})
        body = _rewrite(body, {id(call): fresh})


def _plain_types(program: Small) -> Iterator[Small]:
    """Everything of one dtype as float32 or int32."""
    dtypes = sorted({a.dtype.name for a in program.inputs()})
    for dtype in dtypes:
        target = "float32" if "float" in dtype else "int32"
        if dtype in (target, "bool"):
            continue
        text = program.text().replace(f", {dtype}]", f", {target}]").replace(f'"{dtype}"', f'"{target}"')
        text = text.replace(f": {dtype}", f": {target}")
        main = parse_module(text).functions["main"]
        arrays = [a.astype(numpy_dtype(target)) if a.dtype.name == dtype else a for a in program.inputs()]
        yield Small(tuple(zip(main.params, arrays, strict=True)), main.body)


def _plain_values(program: Small) -> Iterator[Small]:
    """Constants as zeros or ones, which print shorter."""
    for expr in post_order(program.body):
        if isinstance(expr, ast.Constant) and expr.value.size > 1:
            for plain in (np.zeros_like(expr.value), np.ones_like(expr.value)):
                if not np.array_equal(plain, expr.value):
                    scalar = ast.Constant(HERE, plain.reshape(-1)[0].reshape(()))
                    yield replace(program, body=_rewrite(program.body, {id(expr): scalar}))


def _function(program: Small) -> ast.Function:
    return ast.Function(HERE, tuple(v for v, _ in program.params), program.body)


def _typed(program: Small) -> ast.TypedModule:
    return infer(ast.Module({"main": _function(program)}))


def _values(program: Small) -> dict[int, Any]:
    """What each expression of the program is."""
    return Program(_function(program)).run(program.inputs())
