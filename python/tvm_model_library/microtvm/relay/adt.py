"""``tvm.relay.adt``: algebraic data types."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.control import (
    Clause,
    Constructor,
    Match,
    Pattern,
    PatternConstructor,
    PatternTuple,
    PatternVar,
    PatternWildcard,
    TypeData,
)

__all__ = [
    "Clause",
    "Constructor",
    "Match",
    "Pattern",
    "PatternConstructor",
    "PatternTuple",
    "PatternVar",
    "PatternWildcard",
    "TypeData",
]

__getattr__ = names.missing(__name__)
