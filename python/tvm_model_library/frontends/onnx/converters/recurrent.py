"""LSTM, GRU and RNN: unrolled, a step after the other. Facts: onnx docs/Operators.md (gates in the order i o f c and
z r h, biases of the input before those of the state).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tvm_model_library.frontends.onnx.call import Call
from tvm_model_library.frontends.onnx.registry import converter
from tvm_model_library.relay import ast

_ATTRIBUTES = "activations activation_alpha activation_beta clip direction hidden_size layout"
_LONGEST = 512
"""Steps that are unrolled at most: each is code."""

_State: TypeAlias = "tuple[ast.Expr, ...]"
_Step: TypeAlias = "Callable[[ast.Expr, _State], _State]"
"""From what the input adds to the gates at a step (batch, gates * hidden), and the state, to the next state."""


@dataclass(frozen=True, eq=False)
class _Direction:
    """What one direction computes with: its number, and its weights."""

    call: Call
    number: int
    hidden: int
    gates: int

    def part(self, index: int) -> ast.Expr:
        """This direction's part of an input (directions, ...)."""
        call = self.call
        expr = call.input(index)
        taken = call("strided_slice", expr, begin=(self.number,), end=(self.number + 1,), strides=(1,), axes=(0,))
        return call.reshape(taken, call.shape(index)[1:])

    def bias(self) -> tuple[ast.Expr | None, ast.Expr | None]:
        """The biases of the input and of the state; None where there are none."""
        if not self.call.has(3):
            return None, None
        size, both = self.gates * self.hidden, self.part(3)
        first, second = (_columns(self.call, both, i * size, (i + 1) * size) for i in (0, 1))
        return first, second

    def initial(self, index: int, batch: int) -> ast.Expr:
        """What the state starts with: an input, or zeros."""
        if self.call.has(index):
            return self.part(index)
        return self.call.array(np.zeros((batch, self.hidden)), self.call.dtype())


def _columns(call: Call, expr: ast.Expr, begin: int, end: int) -> ast.Expr:
    """Part of the last dimension."""
    axis = len(call.shape_of(expr)) - 1
    return call("strided_slice", expr, begin=(begin,), end=(end,), strides=(1,), axes=(axis,))


def _added(call: Call, expr: ast.Expr, *bias: ast.Expr | None) -> ast.Expr:
    for one in bias:
        expr = expr if one is None else call("add", expr, one)
    return expr


def _check(call: Call, gates: int, activations: Sequence[str]) -> tuple[int, int]:
    """The number of directions, and of hidden units. Raises ``ModelLibraryError``."""
    direction = call.choice("direction", "forward", "forward", "reverse", "bidirectional")
    count = 2 if direction == "bidirectional" else 1
    if len(call.shape()) != 3 or len(call.shape(1)) != 3 or len(call.shape(2)) != 3:
        call.damaged("data and weights must have 3 dimensions")
    time, batch, size = call.shape()
    hidden = call.shape(2)[2]
    expected = {1: (count, gates * hidden, size), 2: (count, gates * hidden, hidden), 3: (count, 2 * gates * hidden)}
    expected |= {5: (count, batch, hidden)} | ({6: (count, batch, hidden)} if gates == 4 else {})
    for index, shape in expected.items():
        if (call.has(index) or index < 3) and call.shape(index) != shape:
            call.damaged(f"input {index} has the shape {list(call.shape(index))}, expected {list(shape)}")
    if call.integer("hidden_size", hidden) != hidden:
        call.damaged(f"hidden_size is {call.integer('hidden_size', hidden)}, but the weights have {hidden}")
    if call.integer("layout", 0):
        call.refuse("the layout 1 (batch first) is not supported")
    if {"clip", "activation_alpha", "activation_beta"} & set(call.node.attributes):
        call.refuse("clip and the numbers of activations are not supported")
    found = call.node.attributes.get("activations", tuple(activations) * count)
    if not isinstance(found, tuple) or [str(a).lower() for a in found] != [a.lower() for a in activations] * count:
        call.refuse(f"the activations {found} are not supported, only {', '.join(activations)}")
    if call.has(4) and not (call.known(4, "the lengths of the sequences") == time).all():
        call.refuse("sequences shorter than the data are not supported")
    if time > _LONGEST:
        call.refuse(f"{time} steps; at most {_LONGEST} are unrolled")
    return count, hidden


def _run(call: Call, directions: int, run: Callable[[int, bool], list[_State]]) -> list[ast.Expr]:
    """The outputs: the hidden state at each step (time, directions, batch, hidden), and the last states."""
    is_reverse = call.text("direction", "forward") == "reverse"
    sequences, last = [], []
    for number in range(directions):
        backwards = is_reverse or number == 1
        states = run(number, backwards)
        last.append(states[-1])
        steps = [call("expand_dims", s[0], axis=0) for s in (reversed(states) if backwards else states)]
        sequences.append(call("expand_dims", _joined(call, steps, 0), axis=1))
    ends = [_joined(call, [call("expand_dims", s[i], axis=0) for s in last], 0) for i in range(len(last[0]))]
    return [_joined(call, sequences, 1), *ends]


def _joined(call: Call, parts: list[ast.Expr], axis: int) -> ast.Expr:
    return parts[0] if len(parts) == 1 else call("concatenate", call.at.tuple(parts), axis=axis)


def _states(direction: _Direction, backwards: bool, added: ast.Expr | None, start: _State, step: _Step) -> list[_State]:
    """The states after each step, in the order in which they are computed."""
    call = direction.call
    time, batch, size = call.shape()
    flat = call.reshape(call.input(0), (time * batch, size))
    whole = _added(call, call("nn.dense", flat, direction.part(1)), added)
    found, state = [], start
    for t in reversed(range(time)) if backwards else range(time):
        rows = call("strided_slice", whole, begin=(t * batch,), end=((t + 1) * batch,), strides=(1,), axes=(0,))
        state = step(rows, state)
        found.append(state)
    return found


@converter("LSTM", types=("float32",), attributes=f"{_ATTRIBUTES} input_forget")
def lstm(call: Call) -> list[ast.Expr]:
    """Long short-term memory without peepholes."""
    directions, hidden = _check(call, 4, ("Sigmoid", "Tanh", "Tanh"))
    if call.has(7) or call.flag("input_forget", False):
        call.refuse("an LSTM with peepholes, or whose input gate is coupled to its forget gate, is not supported")

    def run(number: int, backwards: bool) -> list[_State]:
        direction = _Direction(call, number, hidden, 4)
        recurrent, biases, batch = direction.part(2), direction.bias(), call.shape()[1]

        def step(rows: ast.Expr, state: _State) -> _State:
            gates = call("add", rows, call("nn.dense", state[0], recurrent))
            i, o, f, c = (_columns(call, gates, g * hidden, (g + 1) * hidden) for g in range(4))
            kept = call("multiply", call("sigmoid", f), state[1])
            cell = call("add", kept, call("multiply", call("sigmoid", i), call("tanh", c)))
            return call("multiply", call("sigmoid", o), call("tanh", cell)), cell

        start = direction.initial(5, batch), direction.initial(6, batch)
        added = None if biases[0] is None or biases[1] is None else call("add", biases[0], biases[1])
        return _states(direction, backwards, added, start, step)

    return _run(call, directions, run)


@converter("RNN", types=("float32",), attributes=_ATTRIBUTES)
def rnn(call: Call) -> list[ast.Expr]:
    """``h = tanh(x W + h R + b)``."""
    directions, hidden = _check(call, 1, ("Tanh",))

    def run(number: int, backwards: bool) -> list[_State]:
        direction = _Direction(call, number, hidden, 1)
        recurrent, biases = direction.part(2), direction.bias()

        def step(rows: ast.Expr, state: _State) -> _State:
            return (call("tanh", call("add", rows, call("nn.dense", state[0], recurrent))),)

        added = None if biases[0] is None or biases[1] is None else call("add", biases[0], biases[1])
        return _states(direction, backwards, added, (direction.initial(5, call.shape()[1]),), step)

    return _run(call, directions, run)


@converter("GRU", types=("float32",), attributes=f"{_ATTRIBUTES} linear_before_reset")
def gru(call: Call) -> list[ast.Expr]:
    """Gated recurrent units; ``linear_before_reset`` tells whether the reset gate works on the state or its product."""
    directions, hidden = _check(call, 3, ("Sigmoid", "Tanh"))
    after = call.flag("linear_before_reset", False)

    def run(number: int, backwards: bool) -> list[_State]:
        direction = _Direction(call, number, hidden, 3)
        recurrent, (of_input, of_state) = direction.part(2), direction.bias()
        rows_zr, rows_h = (
            call("strided_slice", recurrent, begin=(b,), end=(e,), strides=(1,), axes=(0,))
            for b, e in ((0, 2 * hidden), (2 * hidden, 3 * hidden))
        )
        bias_zr = of_state and _columns(call, of_state, 0, 2 * hidden)
        bias_h = of_state and _columns(call, of_state, 2 * hidden, 3 * hidden)

        def step(rows: ast.Expr, state: _State) -> _State:
            h = state[0]
            gates = call(
                "add", _columns(call, rows, 0, 2 * hidden), _added(call, call("nn.dense", h, rows_zr), bias_zr)
            )
            z, r = (call("sigmoid", _columns(call, gates, g * hidden, (g + 1) * hidden)) for g in range(2))
            if after:
                inner = call("multiply", r, _added(call, call("nn.dense", h, rows_h), bias_h))
            else:
                inner = _added(call, call("nn.dense", call("multiply", r, h), rows_h), bias_h)
            new = call("tanh", call("add", _columns(call, rows, 2 * hidden, 3 * hidden), inner))
            # (1 - z) * new + z * h
            return (call("add", new, call("multiply", z, call("subtract", h, new))),)

        return _states(direction, backwards, of_input, (direction.initial(5, call.shape()[1]),), step)

    return _run(call, directions, run)
