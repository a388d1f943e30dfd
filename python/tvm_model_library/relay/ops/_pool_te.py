"""Stages of pooling in kernels: the padded data, and how many elements an average counts."""

from __future__ import annotations

from typing import Any

from tvm_model_library.relay.ops._pool import Pool


def pad_stage(geo: Pool, data: Any, shape: tuple[int, ...], fill: float) -> Any:
    """Padding as a stage of its own; the data itself where no window leaves it."""
    from tvm import te, tirx

    padded = list(shape)
    for i, axis in enumerate(geo.axes):
        count = geo.count(i, shape[axis])
        assert count is not None
        padded[axis] = (count - 1) * geo.strides[i] + (geo.size[i] - 1) * geo.dilation[i] + 1
    needed = any(before or padded[axis] > shape[axis] for axis, (before, _) in zip(geo.axes, geo.padding, strict=True))
    if not needed:
        return data

    def element(*indices: Any) -> Any:
        where, conditions = list(indices), []
        for axis, (before, _) in zip(geo.axes, geo.padding, strict=True):
            where[axis] = indices[axis] - before if before else indices[axis]
            if before > 0:
                conditions.append(indices[axis] >= before)
            if padded[axis] > before + shape[axis]:
                conditions.append(indices[axis] < before + shape[axis])
        if not conditions:
            return data(*where)
        return tirx.if_then_else(tirx.all(*conditions), data(*where), tirx.const(fill, data.dtype))

    return te.compute(tuple(padded), element, name="pad")


def divisor(geo: Pool, shape: tuple[int, ...], include_pad: bool) -> Any:
    """Function from output indices to the number of elements that the average counts, as an expression."""
    from tvm import tirx

    def along(i: int, index: Any) -> Any:
        (before, after), extent = geo.padding[i], shape[geo.axes[i]]
        step, reach = geo.dilation[i], (geo.size[i] - 1) * geo.dilation[i]
        windows = geo.count(i, extent)
        assert windows is not None
        farthest = (windows - 1) * geo.strides[i] - before + reach
        if farthest < extent + (after if include_pad else 0) and (include_pad or before <= 0):
            return tirx.const(geo.size[i], "int32")
        start = index * geo.strides[i] - before
        last = extent + after - 1 if include_pad else extent - 1
        end = tirx.min(start + reach, last)
        if not include_pad:
            start = start + step * tirx.max(tirx.truncdiv(step - 1 - start, step), 0)
        return tirx.truncdiv(end - start, step) + 1

    def number(indices: Any) -> Any:
        product = tirx.const(1, "int32")
        for i, axis in enumerate(geo.axes):
            product = product * along(i, indices[axis])
        return product if include_pad else tirx.max(product, tirx.const(1, "int32"))

    return number
