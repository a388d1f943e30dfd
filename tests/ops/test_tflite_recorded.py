"""The meaning of ``tflite`` operators: what TensorFlow Lite for Microcontrollers computed, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
from recorded_operators import recorded


@pytest.mark.parametrize("name", recorded())
def test_recorded(name: str) -> None:
    assert recorded()[name]
    for case in recorded()[name]:
        model, states = case.model, list(case.states)
        for inputs, expected in case.steps:
            output, *states = model.reference(*inputs, *states)
            assert (output.dtype, output.shape) == (expected.dtype, expected.shape)
            if expected.dtype == np.float32:
                np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)
            else:
                np.testing.assert_array_equal(output, expected)
