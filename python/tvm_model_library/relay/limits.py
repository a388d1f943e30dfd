"""What a run of the interpreter may take: a program can recurse for ever, and the system would end the process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tvm_model_library.errors import EvaluationError, Place

_STATUS = Path("/proc/self/statm")
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_STEPS_BETWEEN_LOOKS = 256
_BYTES_BETWEEN_LOOKS = 64 << 20


@dataclass(frozen=True)
class Limits:
    """``steps``: calls of functions and operators. ``memory``: bytes by which the process may grow, half of the
    machine's memory unless given; where the system does not tell what the process takes, it is not limited.
    """

    steps: int = 1_000_000
    memory: int | None = None


DEFAULT_LIMITS = Limits()


class Meter:
    """Counts what one run takes. Raises :class:`EvaluationError` at the step that goes beyond the limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._memory = machine_memory() // 2 if limits.memory is None else limits.memory
        self._start = _resident()
        self._steps = 0
        self._last_look = 0
        self._bytes = 0

    def step(self, span: Place) -> None:
        """One more call, at ``span``."""
        self._steps += 1
        if self._steps > self._limits.steps:
            raise EvaluationError(
                f"stopped after {self._limits.steps} steps (calls of functions and operators); if the program does "
                "end, allow more with --max-steps, or Limits(steps=...) in Python",
                span,
            )
        if self._steps - self._last_look >= _STEPS_BETWEEN_LOOKS:
            self._look(span)

    def computed(self, size: int, span: Place) -> None:
        """A value of ``size`` bytes was made."""
        self._bytes += size
        if self._bytes >= _BYTES_BETWEEN_LOOKS:
            self._look(span)

    def _look(self, span: Place) -> None:
        self._last_look, self._bytes = self._steps, 0
        grown = _resident() - self._start
        if grown > self._memory:
            raise EvaluationError(
                f"stopped after {self._steps} steps, which took {grown >> 20} MiB of memory; if the program does end, "
                f"allow more than {self._memory >> 20} MiB with --max-memory, or Limits(memory=...) in Python",
                span,
            )


def machine_memory() -> int:
    """Bytes of memory that there are for this process: those of the machine, or of its container."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(physical, int(_CGROUP_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no such limit, or "max"
        return physical


def _resident() -> int:
    """Bytes of memory that this process takes; 0 where the system does not say."""
    try:
        return int(_STATUS.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
