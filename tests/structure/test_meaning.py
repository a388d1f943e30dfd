"""What an operator's meaning (the interpreter's) and its lowering both reach is facts and geometry, or is listed here
with the tests that hold it against values from elsewhere: what they shared beyond that, both could have wrong alike.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tvm_model_library.relay.operator import operators

OPS = "tvm_model_library.relay.ops."
TESTS = Path(__file__).resolve().parents[1]

FACTS = {"_broadcast", "_dtypes", "_layout", "_shapes", "_scalars", "_windows", "_conv", "_delegate", "_dynamic"}
"""Modules of dtypes, shapes, layouts and windows: no arithmetic on data."""

GEOMETRY = {
    # which axes, sizes and layouts attributes name
    "_pool.Pool", "_pool.pool", "_pool.pool_layout", "_pool._truncated", "_qnn.channel_axis", "_qnn.scale_problem",
    "_requantize.Mode", "_resize.Resampling", "_resize.whole_factor", "_tflite.Quantization", "_tflite.quantization",
    "dyn_spatial._resize_attrs", "dyn_tensor._SparseToDense", "image_misc._crop_layout", "image_misc._dilation_layouts",
    "image_resize._layout", "image_resize._roi", "indexing._one_hot_axis", "indexing._take_dims", "layout._blocks",
    "layout._layouts", "layout._sized_axes", "layout._sized_layouts", "nn_adaptive_pool._problem",
    "nn_conv_grad._layouts", "nn_dense._packed_layout", "nn_dense._transposes", "nn_norm._groups", "nn_norm._l2_axes",
    "nn_norm._reduced", "nn_pad._mirror_problem", "nn_pad._source", "nn_upsampling._as_resize", "nn_upsampling._size",
    "qnn_binary._axis", "qnn_dense._packed_layout", "qnn_quantize._out_dtype", "qnn_requantize._mode",
    "reduction._too_many", "reduction.reduced_axes", "reduction._register.<locals>.refused", "slicing.Span",
    "slicing._Slice", "slicing._slices", "slicing._spans", "slicing.canonical_span", "tflite_pool._geometry",
    "binary._arithmetic", "binary._integer", "binary._whole", "binary.<lambda>", "vision_proposal._kept_before",
}  # fmt: skip

JUDGED = {
    # carries meaning: the test whose values were made by hand, or recorded from another implementation
    "_pool.least": "ops/test_nn_pool.py",
    "reduction._variance_count": "ops/test_reduction.py",
    "vision_proposal._anchors": "ops/test_vision_proposal.py",
    "image_grid": "ops/test_image.py",
    "_fixed_point": "ops/test_fixed_point.py",
    "_fixed_point_math": "ops/test_tflite_recorded.py",
    "_contracts": "ops/test_tflite_recorded.py",
    "_lstm": "ops/test_tflite_recorded.py",
    "_tflite": "ops/test_tflite_recorded.py",
    "_tflite_tables": "ops/test_tflite_recorded.py",
    "tflite_div": "ops/test_tflite_recorded.py",
    "tflite_resize": "ops/test_tflite_recorded.py",
    "tflite_softmax": "ops/test_tflite_recorded.py",
    "tflite_svdf": "ops/test_tflite_recorded.py",
    "qnn_unary._erf": "ops/test_qnn_elementwise.py",
    "qnn_unary._hardswish": "ops/test_qnn_elementwise.py",
    "qnn_unary.<lambda>": "ops/test_qnn_elementwise.py",
}


def _reached(start: Any) -> set[str]:
    """The functions and classes in ``relay.ops`` that a function may call: by the names in its code."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        item = inspect.unwrap(waiting.pop())
        if id(item) in seen:
            continue
        seen.add(id(item))
        if getattr(item, "__module__", "").startswith(OPS) and hasattr(item, "__qualname__"):
            found.add(f"{item.__module__.removeprefix(OPS)}.{item.__qualname__}")
        waiting += [c for c in _named(item) if callable(c)]
    return found


def _named(item: Any) -> Iterator[Any]:
    if isinstance(item, functools.partial):
        yield from (item.func, *item.args, *item.keywords.values())
    elif isinstance(item, types.MethodType):
        yield item.__func__
    elif isinstance(item, type) and item.__module__.startswith(OPS):
        for member in vars(item).values():
            yield member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    elif isinstance(item, types.FunctionType) and item.__module__.startswith(OPS):
        yield from (cell.cell_contents for cell in item.__closure__ or ())
        codes = [item.__code__]
        while codes:
            code = codes.pop()
            codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
            for value in (item.__globals__.get(name) for name in code.co_names):
                yield value
                if isinstance(value, dict | tuple | list):
                    yield from value.values() if isinstance(value, dict) else value


def _is_listed(name: str) -> bool:
    module, _, function = name.partition(".")
    holder = f"{module}.{function.split('.')[0]}"
    return module in FACTS or module in JUDGED or not {name, holder}.isdisjoint(GEOMETRY | JUDGED.keys())


def _shared() -> set[str]:
    names: set[str] = set()
    for operator in operators():
        if operator.evaluate is not None and operator.lower is not None:
            names |= _reached(operator.evaluate) & _reached(operator.lower)
    return {n for n in names if not n.endswith(("__create_fn__.<locals>.__repr__", "_show"))}


def test_meaning_and_lowering_share_facts_and_geometry_only() -> None:
    unlisted = sorted(n for n in _shared() if not _is_listed(n))
    assert not unlisted, "both an operator's meaning and its lowering reach these; write them twice: " + ", ".join(
        unlisted
    )


def test_nothing_is_listed_that_is_not_shared() -> None:
    shared = _shared()
    holders = {n.split(".")[0] for n in shared} | shared | {".".join(n.split(".")[:2]) for n in shared}
    assert not sorted((FACTS | GEOMETRY | JUDGED.keys()) - holders)


@pytest.mark.parametrize("test", sorted(set(JUDGED.values())))
def test_the_judges_exist(test: str) -> None:
    assert (TESTS / test).is_file()
