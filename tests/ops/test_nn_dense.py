"""Matrix products: type rules, and lowerings against the NumPy meaning."""

from __future__ import annotations

import numpy as np
import pytest
from _harness import check, evaluate, infer, operator, random, rejects, ty
from tvm_model_library.relay.operator import Attrs


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 5), (5,)])
def test_dense(shape: tuple[int, ...]) -> None:
    check("nn.dense", random(*shape), random(4, 5), units=4)


@pytest.mark.parametrize("out_dtype", ["int32", None, "int64"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_dense_of_integers(dtype: str, out_dtype: str | None) -> None:
    x, w = random(3, 50, dtype=dtype, low=-128, high=127), random(4, 50, dtype=dtype, low=-128, high=127)
    check("nn.dense", x, w, out_dtype=out_dtype)


def test_sums_of_int32_wrap_around() -> None:
    big = np.full((1, 2), 2**30, np.int32)
    assert check("nn.dense", big, np.full((1, 2), 3, np.int32)).tolist() == [[(6 * 2**30) % 2**32 - 2**32]]


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
def test_matmul(transpose_a: bool, transpose_b: bool) -> None:
    a = random(*((5, 3) if transpose_a else (3, 5)))
    b = random(*((4, 5) if transpose_b else (5, 4)))
    check("nn.matmul", a, b, transpose_a=transpose_a, transpose_b=transpose_b)


@pytest.mark.parametrize(
    ("batches", "transpose_a", "transpose_b"),
    [((2, 2), False, False), ((2, 2), True, True), ((1, 2), False, True), ((2, 1), True, False)],
)
def test_batch_matmul(batches: tuple[int, int], transpose_a: bool, transpose_b: bool) -> None:
    a = random(batches[0], *((5, 3) if transpose_a else (3, 5)))
    b = random(batches[1], *((4, 5) if transpose_b else (5, 4)))
    check("nn.batch_matmul", a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def test_batch_matmul_widens() -> None:
    a, b = random(2, 3, 5, dtype="int8", low=-128, high=127), random(2, 5, 4, dtype="int8", low=-128, high=127)
    expected = a.astype(np.int32) @ b.astype(np.int32)
    np.testing.assert_array_equal(check("nn.batch_matmul", a, b, out_dtype="int32"), expected)


def test_half() -> None:
    check("nn.dense", random(3, 5, dtype="float16"), random(4, 5, dtype="float16"), atol=2e-2)


def test_dense_pack_is_dense_of_the_unpacked_weight() -> None:
    x, w = random(3, 5), random(8, 5)
    packed = np.ascontiguousarray(w.reshape(2, 4, 5).transpose(0, 2, 1))
    for layout in ("NC", "NC4n"):
        result = check("nn.contrib_dense_pack", x, packed, weight_layout=layout)
        np.testing.assert_allclose(result, evaluate("nn.dense", x, w), rtol=1e-5)


def test_type_rule() -> None:
    assert infer("nn.dense", ty(None, 5), ty(4, 5)) == ty(None, 4)
    rejects("nn.dense", ty(3, 5), ty(4, 6), match="inner dimensions differ", argument=1)
    rejects("nn.dense", ty(3, 5), ty(4, 5), match="units is 7", units=7)
    rejects("nn.dense", ty(3, 5), ty(4, 5, 1), match="2 dimensions", argument=1)
    rejects("nn.batch_matmul", ty(3, 5), ty(4, 5, 1), match="3 dimensions", argument=0)
    rejects("nn.batch_matmul", ty(3, 2, 5), ty(4, 5, 1), match="batches of 3 and 4")
    rejects("nn.matmul", ty(3, 5), ty(4, 5), match="inner dimensions")


def test_untyped_weight() -> None:
    op = operator("nn.dense")
    attrs = Attrs({a.name: a.default for a in op.attributes} | {"units": 4})
    assert op.constrain is not None
    assert op.constrain(attrs, ty(3, 5), None)[1] == ty(4, 5)
