"""The contracts of integer networks: which engine's bits a program has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tvm_model_library.errors import ModelLibraryError


@dataclass(frozen=True)
class Contract:
    """A rule for rounding quantized numbers. ``rounding`` is an attribute of the operators ``tflite.*``;
    ``fully_connected`` that of fully connected layers, which round in their own way in LiteRT. ``checked`` says
    against which release of the engine it was checked.
    """

    name: str
    rounding: str
    fully_connected: str
    says: str
    checked: str


CHECKED_TFLM = "tflite-micro 0.dev20261023182759"
CHECKED_LITERT = "ai-edge-litert 2.3.0"

CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        Contract("tflite-micro", "double", "double", "TensorFlow Lite for Microcontrollers as it is built by default",
                 CHECKED_TFLM),
        Contract("tflite-micro-single", "single", "single",
                 "the same with TFLITE_SINGLE_ROUNDING or CMSIS_NN_USE_SINGLE_ROUNDING", "no release, by definition"),
        Contract("litert", "double", "single", "LiteRT's reference kernels", CHECKED_LITERT),
    )
}  # fmt: skip
"""By name. TFLM's wheel of autumn 2026 computes the multipliers of FULLY_CONNECTED, SUB, LEAKY_RELU, ABS and RSQRT
in float64, its sources of August in float32."""

DEFAULT = "tflite-micro"


def contract_of(name: str | None) -> Contract:
    """The contract of that name, or the default. Raises ``ModelLibraryError``."""
    found = CONTRACTS.get(name or DEFAULT)
    if found is None:
        raise ModelLibraryError(f"unknown contract {name!r}; expected one of: {', '.join(CONTRACTS)}")
    return found
