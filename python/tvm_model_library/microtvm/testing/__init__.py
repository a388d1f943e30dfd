"""``tvm.testing``: what tests of microTVM's users call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.nd import NDArray

__all__ = ["assert_allclose", "main", "requires_llvm", "requires_micro"]

_F = TypeVar("_F", bound=Callable[..., Any])


def assert_allclose(actual: Any, desired: Any, rtol: float = 1e-7, atol: float = 1e-7) -> None:
    """Raises ``AssertionError`` unless two arrays have one shape and equal values, within tolerances."""
    got, expected = (np.asarray(v.numpy() if isinstance(v, NDArray) else v) for v in (actual, desired))
    np.testing.assert_allclose(got.shape, expected.shape)
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, verbose=True)


def requires_micro(function: _F) -> _F:
    """The test itself: microTVM's part is always there."""
    return function


requires_llvm = requires_micro


def main() -> None:
    """Run the tests of the script that calls it, and end with pytest's status."""
    import pytest

    sys.exit(pytest.main([sys.argv[0], *sys.argv[1:]]))


__getattr__ = names.missing(__name__)
