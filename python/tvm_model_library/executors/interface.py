"""What firmware sees of a model's inputs and outputs: identifiers, macros, quantization."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from tvm_model_library.c_text.literals import array_definition
from tvm_model_library.c_text.names import member_names
from tvm_model_library.c_text.types import storage_type
from tvm_model_library.plan.plan import Plan
from tvm_model_library.tensors import TensorSpec

_RESERVED = ("workspace", "arena", "storage")  # TVMGEN_<MODEL>_ARENA_SIZE and the like

Quantization = Mapping[str, tuple[float, int]]
"""Scale and zero point of quantized inputs and outputs, by name."""


def macro_prefix(model: str) -> str:
    """``TVMGEN_<MODEL>``."""
    return f"TVMGEN_{model.upper()}"


def tensors(plan: Plan, quantization: Quantization | None = None) -> dict[str, list[dict[str, Any]]]:
    """Template values ``inputs`` and ``outputs``. ``id`` is the C identifier."""
    specs = [plan.buffers[b].spec for b in (*plan.inputs, *plan.outputs)]
    ids = member_names([s.name for s in specs], _RESERVED)
    described = [_describe(plan.name, s, i, (quantization or {}).get(s.name)) for s, i in zip(specs, ids, strict=True)]
    inputs, outputs = described[: len(plan.inputs)], described[len(plan.inputs) :]
    return {
        "inputs": [{**t, "what": "Input", "buffer": b} for t, b in zip(inputs, plan.inputs, strict=True)],
        "outputs": [{**t, "what": "Output", "buffer": b} for t, b in zip(outputs, plan.outputs, strict=True)],
    }


def _describe(model: str, spec: TensorSpec, id_: str, quantized: tuple[float, int] | None) -> dict[str, Any]:
    return {
        "name": spec.name,
        "id": id_,
        "macro": f"{macro_prefix(model)}_{id_.upper()}",
        "dtype": spec.dtype,
        "dims": list(spec.shape),
        "size": spec.nbytes,
        "elements": prod(spec.shape),
        "ndim": len(spec.shape),
        "shape": shape_initializer(spec.shape),
        "c_type": storage_type(spec.dtype),
        "scale": f"{np.float32(quantized[0])!s}f" if quantized else None,
        "zero_point": quantized[1] if quantized else None,
    }


def states(plan: Plan, address: Callable[[int], str]) -> list[dict[str, Any]]:
    """Template values of the state: where each tensor lies and what it starts with, ``value`` where all of its bytes
    are equal, else the array ``start``.
    """
    described = []
    for index, buffer in enumerate(plan.states):
        spec, start = plan.buffers[buffer].spec, plan.starts[buffer]
        bytes_ = set(start.tobytes())
        if not bytes_:
            continue
        name = f"state_start{index}"
        same = bytes_.pop() if len(bytes_) == 1 else None
        described.append(
            {
                "name": spec.name,
                "address": address(buffer),
                "size": spec.nbytes,
                "value": same,
                "start": name,
                "definition": None if same is not None else array_definition(name, start),
            }
        )
    return described


def shape_initializer(shape: Sequence[int]) -> str:
    """A C initializer of a shape; a scalar's has one element that is not used, as C99 has no empty arrays."""
    return "{" + ", ".join(map(str, shape or (1,))) + "}"
