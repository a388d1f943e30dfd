"""transpose, concatenate, stack, split."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, infer, random, rejects, ty
from tvm_model_library.relay.types import TupleType


@pytest.mark.parametrize("axes", [None, (1, -1, 0), (0, 1, 2)])
def test_transpose(axes: tuple[int, ...] | None) -> None:
    check("transpose", random(2, 3, 4), axes=axes)


def test_transpose_types() -> None:
    assert infer("transpose", ty(2, None, 4), axes=(2, 0, 1)) == ty(4, 2, None)
    rejects("transpose", ty(2, 3), axes=(0,), match="all 2 dimensions")
    rejects("transpose", ty(2, 3), axes=(0, 0), match="twice")
    rejects("transpose", ty(2, 3), axes=(0, 2), match=r"\[-2, 2\)")


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool"])
def test_concatenate(dtype: str) -> None:
    parts = tuple(random(2, n, dtype=dtype, seed=n) for n in (3, 1, 0, 2))
    check("concatenate", parts, axis=-1)
    check("concatenate", parts[:1])


def test_concatenate_types() -> None:
    assert infer("concatenate", TupleType((ty(2, None), ty(3, 4)))) == ty(5, None)
    assert infer("concatenate", TupleType((ty(None, None), ty(3, 4)))) == ty(None, 4)
    rejects("concatenate", TupleType(()), match="at least one", argument=0)
    rejects("concatenate", TupleType((ty(2), ty(2, 1))), match="one rank", argument=0)
    rejects("concatenate", TupleType((ty(2), ty(2, dtype="int8"))), match="one dtype", argument=0)
    rejects("concatenate", TupleType((ty(2, 3), ty(2, 4))), match="equal sizes in dimension 1", argument=0)
    rejects("concatenate", ty(2), match="tuple of tensors", argument=0)


@pytest.mark.parametrize("axis", [0, -1, 1])
def test_stack(axis: int) -> None:
    check("stack", tuple(random(2, 3, seed=i) for i in range(3)), axis=axis)


def test_stack_of_scalars() -> None:
    check("stack", (random(), random(seed=3)))
    rejects("stack", TupleType((ty(2), ty(3))), match="equal sizes", argument=0)


@pytest.mark.parametrize(("parts", "axis"), [(3, 1), (1, 0), ((1, 2), -2), ((1,), 1)])
def test_split(parts: int | tuple[int, ...], axis: int) -> None:
    check("split", random(4, 6), indices_or_sections=parts, axis=axis)


def test_split_types() -> None:
    assert infer("split", ty(None, 2), indices_or_sections=2) == TupleType((ty(None, 2),) * 2)
    rejects("split", ty(5), indices_or_sections=2, match="can't be split", argument=0)
    rejects("split", ty(5), indices_or_sections=(3, 2), match="ascend")
    rejects("split", ty(5), indices_or_sections=(3, 5), match="ascend")


def test_results_do_not_depend_on_the_order_in_memory() -> None:
    fortran = np.asfortranarray(random(2, 3))
    check("concatenate", (fortran, fortran))
