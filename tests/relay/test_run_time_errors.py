"""What inference can't know is checked when the interpreter runs; every failure has a place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tvm_model_library.errors import EvaluationError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.relay.operator import find_operator

VECTOR = "%x: Tensor[(?), float32]"


def run(text: str, *arrays: Any) -> list[Any]:
    return from_text('#[version = "0.0.5"]\n' + text).reference(*arrays)


def fails(text: str, *arrays: Any, match: str) -> None:
    with pytest.raises(EvaluationError, match=match) as caught:
        run(text, *arrays)
    assert caught.value.span is not None


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


def test_shapes_that_do_not_fit_at_run_time() -> None:
    add = f"def @main({VECTOR}, %y: Tensor[(4), float32]) {{ add(%x, %y) }}"
    fails(add, zeros(5), zeros(4), match=r"add: shapes \(5\) and \(4\) do not broadcast")
    assert run(add, zeros(1), zeros(4))[0].shape == (4,)
    fails(f"def @main({VECTOR}) {{ reshape(%x, newshape=[2, 3]) }}", zeros(5), match="5 elements")
    fails(f"def @main({VECTOR}) {{ split(%x, indices_or_sections=2) }}", zeros(5), match="2 equal sections")


def test_an_operator_as_a_value_is_checked_too() -> None:
    text = f"def @main({VECTOR}, %y: Tensor[(?), float32]) {{ let %f = add; %f(%x, %y) }}"
    assert run(text, zeros(3), zeros(3))[0].shape == (3,)
    fails(text, zeros(3), zeros(2), match="do not broadcast")


def test_declared_shapes_hold_at_run_time() -> None:
    inner = "def @f(%y: Tensor[(3), float32]) { negative(%y) }\n"
    text = inner + f"def @main({VECTOR}) {{ @f(%x) }}"
    assert run(text, zeros(3))[0].shape == (3,)
    fails(text, zeros(5), match=r"%y is Tensor\[\(5\), float32\], but the program says Tensor\[\(3\)")
    fails(f"def @main({VECTOR}) -> Tensor[(3), float32] {{ abs(%x) }}", zeros(5), match="the program says")


def test_results_that_do_not_fit_into_memory() -> None:
    fails('def @main() { zeros(shape=[10000000, 1000000], dtype="float32") }', match="memory")
    text = 'def @main(%n: Tensor[(1), int64]) { dyn.zeros(%n, dtype="float32") }'
    fails(text, np.array([10**14]), match="memory")


def test_exceptions_of_a_meaning_name_the_operator() -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("oops")

    operator = find_operator("abs")
    assert operator is not None
    model = from_text('#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { abs(%x) }')
    meaning = operator.evaluate
    try:
        object.__setattr__(operator, "evaluate", broken)
        with pytest.raises(EvaluationError, match=r"abs has no value.*KeyError") as caught:
            model.reference(zeros(2))
        assert caught.value.span is not None
        object.__setattr__(operator, "evaluate", lambda attrs, x: x[:1])
        with pytest.raises(AssertionError, match="abs"):  # a defect of the package, not of the program
            model.reference(zeros(2))
    finally:
        object.__setattr__(operator, "evaluate", meaning)
