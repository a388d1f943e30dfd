"""The ``dyn`` dialect: the static operators' meaning at sizes that come as arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import attributes, check, evaluate, infer, operator, random, refuses, rejects, ty
from tvm_model_library.relay.operator import EvaluationRuleError


def sizes(*values: int) -> Any:
    return np.asarray(values, np.int64)


def scalar(value: float, dtype: str = "float32") -> Any:
    return np.asarray(value, dtype)


CASES: list[tuple[str, tuple[Any, ...], list[int], dict[str, Any], str, dict[str, Any]]] = [
    ("reshape", (random(2, 3, 4), sizes(6, -1)), [1], {}, "reshape", {"newshape": (6, -1)}),
    ("tile", (random(2, 3), sizes(2, 1, 2)), [1], {}, "tile", {"reps": (2, 1, 2)}),
    ("broadcast_to", (random(1, 3), sizes(2, 4, 3)), [1], {}, "broadcast_to", {"shape": (2, 4, 3)}),
    ("zeros", (sizes(2, 3),), [0], {"dtype": "int64"}, "zeros", {"shape": (2, 3), "dtype": "int64"}),
    ("ones", (sizes(2, 3),), [0], {"dtype": "float32"}, "ones", {"shape": (2, 3), "dtype": "float32"}),
    ("full", (scalar(3), sizes(2, 3)), [1], {}, "full", {"shape": (2, 3)}),
    (
        "one_hot",
        (np.asarray([0, 2, 1], np.int32), scalar(1), scalar(0), scalar(4, "int32")),
        [3],
        {"dtype": "float32"},
        "one_hot",
        {"depth": 4, "dtype": "float32"},
    ),
    (
        "strided_slice",
        (random(5, 6, 7), sizes(1, 0), sizes(4, 6), sizes(2, 1)),
        [1, 2, 3],
        {},
        "strided_slice",
        {"begin": (1, 0), "end": (4, 6), "strides": (2, 1)},
    ),
    (
        "sparse_to_dense",
        (np.asarray([0, 3], np.int32), random(2), scalar(0), sizes(6)),
        [3],
        {},
        "sparse_to_dense",
        {"output_shape": (6,)},
    ),
    (
        "expand_dims",
        (random(2, 3), scalar(1, "int64")),
        [1],
        {"num_newaxis": 2},
        "expand_dims",
        {"axis": 1, "num_newaxis": 2},
    ),
    ("squeeze", (random(2, 1, 3), sizes(1)), [1], {}, "squeeze", {"axis": (1,)}),
    ("topk", (random(4, 9), sizes(3)), [1], {"dtype": "int64"}, "topk", {"k": 3, "dtype": "int64"}),
    (
        "nn.pad",
        (random(2, 3), np.asarray([[1, 1], [0, 2]]), scalar(5)),
        [1],
        {},
        "nn.pad",
        {"pad_width": ((1, 1), (0, 2))},
    ),
    (
        "nn.upsampling",
        (random(1, 2, 3, 4), scalar(2), scalar(3)),
        [1, 2],
        {},
        "nn.upsampling",
        {"scale_h": 2.0, "scale_w": 3.0},
    ),
    (
        "nn.upsampling3d",
        (random(1, 2, 3, 4, 2), scalar(2), scalar(1), scalar(2)),
        [1, 2, 3],
        {"method": "trilinear"},
        "nn.upsampling3d",
        {"scale_d": 2.0, "scale_h": 1.0, "scale_w": 2.0, "method": "trilinear"},
    ),
    (
        "image.resize2d",
        (random(1, 2, 3, 4), sizes(6, 7), np.zeros(4, np.float32)),
        [1, 2],
        {},
        "image.resize2d",
        {"size": (6, 7)},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_is_the_static_operator(case: Any) -> None:
    name, arguments, places, attrs, static, static_attrs = case
    result = check(f"dyn.{name}", *arguments, constants=places, **attrs)
    others = [a for i, a in enumerate(arguments) if i not in places]
    expected = evaluate(static, *others, **static_attrs)
    for found, wanted in zip(*(v if isinstance(v, tuple) else (v,) for v in (result, expected)), strict=True):
        np.testing.assert_array_equal(found, wanted)
    refuses(f"dyn.{name}", *arguments, match="known only at run time", **attrs)


def test_sparse_default_of_another_dtype() -> None:
    arguments = (np.asarray([1], np.int32), random(1), scalar(7, "int32"), sizes(3))
    assert check("dyn.sparse_to_dense", *arguments, constants=[3])[0] == 7


def test_types() -> None:
    shape = ty(3, dtype="int64")
    assert infer("dyn.reshape", ty(2, 6), shape) == ty(None, None, None)
    assert infer("dyn.strided_slice", ty(2, 6), *[ty(1, dtype="int64")] * 3) == ty(None, 6)
    assert infer("dyn.topk", ty(2, 6), ty(1, dtype="int64"), ret_type="values", axis=0) == ty(None, 6)
    rejects("dyn.reshape", ty(2, 6), ty(None, dtype="int64"), match="known length", argument=1)
    rejects("dyn.squeeze", ty(2), shape, match="3 axes")
    rejects("dyn.topk", ty(2, 6), shape, match="k must be")
    rejects("dyn.nn.pad", ty(2, 6), ty(3, 2, dtype="int64"), ty(), match="pad_width")
    rejects("dyn.image.resize2d", ty(1, 2, 3, 4), shape, ty(4), match="size must be 2")


def test_sizes_that_do_not_fit() -> None:
    op = operator("dyn.reshape")
    assert op.evaluate is not None
    with pytest.raises(EvaluationRuleError, match="elements"):
        op.evaluate(attributes(op, {}), random(2, 3), sizes(4, 2))
