"""Scale and zero point of a program's inputs and outputs, read off its ``qnn`` operators.

An input takes those of the operators that read it, an output those of the operator that made it, both also through
operators that keep the values (reshape, clip, ...). Positions of arguments: TVM 0.18 python/tvm/relay/qnn/op/qnn.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from tvm_model_library.relay import ast
from tvm_model_library.relay.visit import post_order
from tvm_model_library.tensors import Array

Parameters: TypeAlias = tuple[float, int]

_PRODUCTS = ("qnn.conv2d", "qnn.conv2d_transpose", "qnn.dense", "qnn.batch_matmul", "qnn.contrib_dense_pack")
_BINARY = ("qnn.add", "qnn.subtract", "qnn.mul")
_KEEPS_VALUES = frozenset({
    "annotation.stop_fusion", "clip", "copy", "expand_dims", "layout_transform", "nn.batch_flatten",
    "nn.depth_to_space", "nn.max_pool2d", "nn.relu", "nn.space_to_depth", "reshape", "reverse", "squeeze",
    "strided_slice", "transpose",
})  # fmt: skip
"""Operators whose results are values of their first argument, with the same scale and zero point."""

_FAR = 1e6
"""A limit beyond it says nothing of the values that come."""


def quantization(
    main: ast.Function, bound: Mapping[str, Array], inputs: Sequence[str], outputs: Sequence[str]
) -> dict[str, Parameters]:
    """Scale and zero point by name, for those of ``inputs`` and ``outputs`` that have one of each.

    ``bound`` are parameters with a value. An input whose readers disagree, and what is quantized by channel, has none.
    """
    reader = _Reader(main, bound)
    found: dict[str, Parameters | None] = {}
    for expr in post_order(main.body):
        for argument, parameters in reader.read(expr):
            source = reader.source(argument)
            if isinstance(source, ast.Var) and source.name in inputs:
                found[source.name] = parameters if found.get(source.name, parameters) == parameters else None
    for name, result in zip(outputs, reader.results(main.body, len(outputs)), strict=False):
        found[name] = reader.made(reader.source(result))
    return {name: parameters for name, parameters in found.items() if parameters is not None}


def real_ranges(
    main: ast.Function, bound: Mapping[str, Array], inputs: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """The smallest and largest value of those float ``inputs`` that are quantized or clipped, all readers together:
    what is not cut off, and an eighth more on either side, so that the cut shows.
    """
    reader = _Reader(main, bound)
    found: dict[str, tuple[float, float]] = {}
    for expr in post_order(main.body):
        if isinstance(expr, ast.Call) and (limits := reader.limits(expr)):
            source = reader.source(expr.args[0])
            if isinstance(source, ast.Var) and source.name in inputs:
                low, high = found.get(source.name, limits)
                found[source.name] = min(low, limits[0]), max(high, limits[1])
    return {n: (low - (high - low) / 8, high + (high - low) / 8) for n, (low, high) in found.items()}


class _Reader:
    def __init__(self, main: ast.Function, bound: Mapping[str, Array]) -> None:
        self.lets = {id(e.var): e.value for e in post_order(main.body) if isinstance(e, ast.Let)}
        self.bound = bound

    def resolve(self, expr: ast.Expr) -> ast.Expr:
        """What a ``let`` or its variable stands for."""
        while True:
            if isinstance(expr, ast.Let):
                expr = expr.body
            elif id(expr) in self.lets:
                expr = self.lets[id(expr)]
            else:
                return expr

    def source(self, expr: ast.Expr) -> ast.Expr:
        """Where the values of ``expr`` come from, past operators that keep them."""
        expr = self.resolve(expr)
        while isinstance(expr, ast.Call) and expr.args and _name(expr) in _KEEPS_VALUES | _casts_to_itself(expr):
            expr = self.resolve(expr.args[0])
        return expr

    def results(self, body: ast.Expr, count: int) -> Sequence[ast.Expr]:
        """The outputs' expressions; nothing where the body hides them."""
        body = self.resolve(body)
        if isinstance(body, ast.Tuple):
            return body.fields if len(body.fields) == count else ()
        return (body,) if count == 1 else ()

    def read(self, expr: ast.Expr) -> list[tuple[ast.Expr, Parameters | None]]:
        """The quantized arguments of a call with their scales and zero points."""
        if not isinstance(expr, ast.Call):
            return []
        name = _name(expr)
        if name in _PRODUCTS:
            places = [(0, 4, 2), (1, 5, 3)]
        elif name in _BINARY:
            places = [(0, 2, 3), (1, 4, 5)]
        elif name.startswith("qnn.") and name not in ("qnn.quantize", "qnn.concatenate") and "simulated" not in name:
            places = [(0, 1, 2)]
        else:
            return []
        return [(expr.args[a], self.pair(expr, s, z)) for a, s, z in places if max(a, s, z) < len(expr.args)]

    def made(self, expr: ast.Expr) -> Parameters | None:
        """Scale and zero point of the tensor that a call makes."""
        if not isinstance(expr, ast.Call):
            return None
        name = _name(expr)
        if name == "qnn.quantize":
            return self.pair(expr, 1, 2)
        if not name.startswith("qnn.") or name in (*_PRODUCTS, "qnn.dequantize") or "simulated" in name:
            return None
        first = 6 if name in _BINARY else 3
        return self.pair(expr, first, first + 1)

    def limits(self, call: ast.Call) -> tuple[float, float] | None:
        """What a call that cuts off leaves of its first argument; None where that is nearly all."""
        if _name(call) == "clip":
            limits = _number(call.attrs.get("a_min")), _number(call.attrs.get("a_max"))
        elif _name(call) == "qnn.quantize" and (pair := self.pair(call, 1, 2)):
            info = np.iinfo(str(call.attrs.get("out_dtype", "int8")))
            limits = (int(info.min) - pair[1]) * pair[0], (int(info.max) - pair[1]) * pair[0]
        else:
            return None
        return limits if -_FAR <= limits[0] <= limits[1] <= _FAR else None

    def pair(self, call: ast.Call, scale: int, zero_point: int) -> Parameters | None:
        """The two arguments' values where both are single numbers."""
        if max(scale, zero_point) >= len(call.args):
            return None
        values = [self.value(call.args[i]) for i in (scale, zero_point)]
        if values[0] is None or values[1] is None:
            return None
        return float(values[0]), int(values[1])

    def value(self, expr: ast.Expr) -> float | None:
        expr = self.resolve(expr)
        array = self.bound.get(expr.name) if isinstance(expr, ast.Var) else getattr(expr, "value", None)
        if not isinstance(array, np.ndarray | np.generic) or array.size != 1:
            return None
        return float(np.asarray(array).reshape(()))


def _name(call: ast.Call) -> str:
    return call.func.name if isinstance(call.func, ast.OpRef) else ""


def _number(attribute: object) -> float:
    return float(attribute) if isinstance(attribute, int | float) else math.nan


def _casts_to_itself(call: ast.Call) -> frozenset[str]:
    """``cast`` after ``clip`` is how quantized graphs write a saturating narrowing: the values stay."""
    return frozenset({"cast"}) if str(call.attrs.get("dtype", "")).lstrip("u").startswith("int") else frozenset()
