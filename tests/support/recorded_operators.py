"""One-operator networks, and what TensorFlow Lite for Microcontrollers made of random inputs and extremes.

``tflite_micro.json`` was recorded with the version of PyPI's ``tflite-micro`` that it names: by operator and type some
networks as Relay text, with parameters, the first values of states, and the inputs and the output of each step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.model import Model
from tvm_model_library.tensors import Array

HEADER = '#[version = "0.0.5"]\n'


@dataclass(frozen=True)
class Case:
    """A network, whose parameters after the inputs of a step are its states; results are the output and new states."""

    parameters: str
    body: tuple[str, ...]
    result: str
    arrays: dict[str, Array]
    states: tuple[Array, ...]
    steps: tuple[tuple[tuple[Array, ...], Array], ...]

    @property
    def model(self) -> Model:
        return joined([self])


def _array(data: dict[str, Any]) -> Array:
    return np.asarray(data["values"], data["dtype"]).reshape(data["shape"])


def _case(data: dict[str, Any]) -> Case:
    head, *body, result, _ = data["relay"]
    found = re.fullmatch(r"def @main\((.*)\) \{", head)
    assert found is not None
    steps = tuple((tuple(map(_array, step["inputs"])), _array(step["output"])) for step in data["steps"])
    arrays = {name: _array(value) for name, value in data["parameters"].items()}
    return Case(found[1], tuple(body), result.strip(), arrays, tuple(map(_array, data["states"])), steps)


@cache
def recorded() -> dict[str, tuple[Case, ...]]:
    """The cases by operator and type."""
    data = json.loads(Path(__file__).with_name("tflite_micro.json").read_text())
    return {name: tuple(map(_case, cases)) for name, cases in data["cases"].items()}


def joined(cases: Sequence[Case]) -> Model:
    """One model of several networks, side by side: a tuple of all their results."""
    parameters, lines, results, arrays = [], [], [], {}
    for number, case in enumerate(cases):
        first = len(lines)

        def renamed(text: str, number: int = number, first: int = first) -> str:
            counted = re.sub(r"%(\d+)", lambda m: f"%{int(m[1]) + first}", text)
            return re.sub(r"%([a-z]\w*)", rf"%n{number}_\1", counted)

        parameters.append(renamed(case.parameters))
        lines += map(renamed, case.body)
        results.append(renamed(case.result).strip("()"))
        arrays |= {f"n{number}_{name}": array for name, array in case.arrays.items()}
    inside = ", ".join(results)
    result = f"({inside})" if "," in inside else inside
    text = f"def @main({', '.join(parameters)}) {{\n{chr(10).join(lines)}\n{result}\n}}\n"
    return from_text(HEADER + text, arrays, "recorded.relay")
