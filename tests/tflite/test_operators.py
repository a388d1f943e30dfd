"""One-operator models against what TensorFlow Lite for Microcontrollers made of them, by the interpreter and in C.

Recorded with tflite-micro 0.dev20261023182759: integers are equal bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tflite_operators import MAKERS, case, cases
from tvm_model_library.frontends.options import LoadOptions
from tvm_model_library.frontends.tflite.load import model_of_file
from tvm_model_library.frontends.tflite.reader import read_bytes
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model


@cache
def recorded() -> dict[str, Any]:
    return dict(json.loads((Path(__file__).parent / "operators.json").read_text()))


def loaded(data: bytes) -> Model:
    return model_of_file(read_bytes(data, "model.tflite"), LoadOptions())


def check(got: Sequence[np.ndarray[Any, Any]], expected: Sequence[list[Any]]) -> None:
    for a, b in zip(got, expected, strict=True):
        if a.dtype.kind == "f":
            np.testing.assert_allclose(a.reshape(-1), b, rtol=1e-4, atol=1e-5)
        else:
            np.testing.assert_array_equal(a.reshape(-1), b)


@pytest.mark.parametrize("name", MAKERS)
def test_the_interpreter(name: str) -> None:
    """All types and seeds of an operator, as far as TFLite Micro runs them."""
    compared = 0
    for given in (c for c in cases() if c[0] == name):
        expected = recorded().get(" ".join(map(str, given)))
        if expected is None:
            continue
        data, steps = case(*given)
        session = loaded(data).session()
        for arrays, outputs in zip(steps, expected, strict=True):
            check(session.run(*arrays)[: len(outputs)], outputs)
        compared += 1
    assert compared


@pytest.mark.parametrize(("name", "dtype"), [(n, d) for n, (_, dtypes) in MAKERS.items() for d in dtypes])
def test_the_code(name: str, dtype: str) -> None:
    """One model of each operator and type, compiled with either executor."""
    seed, expected = next((s, e) for s in range(9) if (e := recorded().get(f"{name} {dtype} {s}")) is not None)
    data, steps = case(name, dtype, seed)
    executor = "aot" if len(name + dtype) % 2 else "graph"
    session = compile_model(loaded(data), executor=executor).session()
    for arrays, outputs in zip(steps, expected, strict=True):
        check(session.run(*arrays)[: len(outputs)], outputs)
