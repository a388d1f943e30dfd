"""How far an output may be from what is expected of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tvm_model_library.errors import ModelLibraryError

MOST_STEPS = 2**31 - 1


@dataclass(frozen=True)
class Tolerance:
    """Floats may differ by ``atol + rtol * |expected|``, integers by ``steps``; booleans are exact."""

    rtol: float = 1e-4
    atol: float = 1e-5
    steps: int = 0

    def check(self) -> Tolerance:
        """Itself. Raises ``ModelLibraryError`` for one that can't be."""
        for name, value in (("relative", self.rtol), ("absolute", self.atol)):
            if not (math.isfinite(value) and value >= 0):
                raise ModelLibraryError(f"the {name} tolerance is {value}; expected a finite number of 0 or more")
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or not 0 <= self.steps <= MOST_STEPS:
            raise ModelLibraryError(
                f"the integer tolerance is {self.steps}; expected a whole number of steps from 0 to {MOST_STEPS}"
            )
        return self


EXACT = Tolerance(0.0, 0.0)
