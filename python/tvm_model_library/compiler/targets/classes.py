"""Classes of targets: processors that want their loops alike."""

from __future__ import annotations

from dataclasses import dataclass

from tvm_model_library.compiler.targets.features import Features, features_of
from tvm_model_library.compiler.targets.target import Target


@dataclass(frozen=True)
class TargetClass:
    """How the processors of a class want their kernels.

    ``local_bytes``: scratch up to this size lives on the stack (mostly: in registers); anything larger is planned
    memory. ``tiles``: how many accumulators a loop may keep, the best first; the largest is the most for a loop that
    needs no split. ``unrolled``: the most iterations of a loop over accumulators that are spelled out. ``forms``: the
    names of the forms that are tried before schedules (:mod:`tvm_model_library.compiler.forms`), the best first.
    """

    name: str
    local_bytes: int = 256
    tiles: tuple[int, ...] = (16, 12, 8, 14, 10, 15, 9, 7, 6, 5, 4)
    unrolled: int = 16
    forms: tuple[str, ...] = ()

    def tile(self, size: int) -> int | None:
        """How many of ``size`` elements a loop takes at a time; None where no tile divides them."""
        if size <= max(self.tiles):
            return size
        return next((t for t in self.tiles if size % t == 0), None)


GENERIC = TargetClass("generic")
"""Any processor with a C compiler."""

CORTEX_M_DSP = TargetClass("cortex-m-dsp", forms=("dsp",))
"""Armv7E-M, and Armv8-M with the DSP extension: products of halfwords in pairs."""


def class_of(target: Target) -> TargetClass:
    """The class of a target's processor. Raises ``ModelLibraryError`` for a processor that is not known."""
    return _chosen(features_of(target))


def _chosen(features: Features) -> TargetClass:
    if features.architecture == "arm" and {"mclass", "dsp"} <= features.names:
        return CORTEX_M_DSP
    return GENERIC
