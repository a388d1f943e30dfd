"""Arithmetic on a few bits: bit packing, and products of packed or of small numbers.

Definitions: TVM 0.18 src/relay/op/nn/bitserial.cc, python/tvm/topi/nn/bitserial_*.py. Packing puts bit b of
successive elements into words, the first element into the highest bit; there is a plane of words for each b. The
products sum ``popcount(data & weight) << (i + j)`` over the bit planes, which is the product of the numbers that the
bits stand for; ``unipolar`` reads a weight bit of 0 as -1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.ops._broadcast import emit_indexed
from tvm_model_library.relay.ops._conv import convolve
from tvm_model_library.relay.ops._dtypes import given
from tvm_model_library.relay.ops._layout import parse_layout
from tvm_model_library.relay.ops._matmul import matmul
from tvm_model_library.relay.ops._shapes import agree
from tvm_model_library.relay.ops._windows import padding_pairs, spatial_attribute, window_count
from tvm_model_library.relay.types import Dim, TensorType, Type
from tvm_model_library.tensors import Array

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_DEFINITION = "TVM 0.18 src/relay/op/nn/bitserial.cc"
_WORDS = {"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}


def _word(dtype: str | None, name: str) -> int:
    """Bits of a word. Raises ``TypeRuleError`` for a dtype that can't hold packed bits."""
    if dtype not in _WORDS:
        raise TypeRuleError(f"{name} must be one of {', '.join(_WORDS)}, found {dtype}")
    return _WORDS[dtype]


def _infer_bitpack(attrs: Attrs, data: Type) -> TensorType:
    x, word = tensor(data, 0, "data"), _word(attrs.pack_type, "pack_type")
    if not 0 <= attrs.pack_axis < x.rank or not 0 <= attrs.bit_axis <= x.rank or not 1 <= attrs.bits <= 8:
        raise TypeRuleError(f"pack_axis, bit_axis and bits must fit {x}, found {dict(attrs)}", 0)
    shape: list[Dim] = list(x.shape)
    size = shape[attrs.pack_axis]
    if size is not None and size % word:
        raise TypeRuleError(f"{size} elements can't be packed into words of {word} bits", 0)
    shape[attrs.pack_axis] = None if size is None else size // word
    shape.insert(attrs.bit_axis, attrs.bits)
    return TensorType(tuple(shape), str(attrs.pack_type))


def _pack(data: Array, bits: int, axis: int, dtype: str) -> Array:
    """Planes of words: ``(bits, *shape)`` with ``axis`` of the data packed."""
    word = _WORDS[dtype]
    moved = np.moveaxis(data, axis, -1)
    groups = moved.reshape(*moved.shape[:-1], -1, word).astype(np.int64)
    weights = np.uint64(1) << np.arange(word - 1, -1, -1, dtype=np.uint64)
    planes = [(((groups >> b) & 1).astype(np.uint64) * weights).sum(axis=-1, dtype=np.uint64) for b in range(bits)]
    return np.stack([np.moveaxis(p, -1, axis) for p in planes]).astype(dtype)


def _unpack(words: Array, axis: int) -> Array:
    """The inverse for planes ``(bits, *shape)``."""
    word = words.dtype.itemsize * 8
    moved = np.moveaxis(words.astype(np.uint64), axis + 1, -1)
    shifts = np.arange(word - 1, -1, -1, dtype=np.uint64)
    single = ((moved[..., None] >> shifts) & np.uint64(1)).reshape(*moved.shape[:-1], -1).astype(np.int64)
    values = sum(plane << b for b, plane in enumerate(single))
    return np.moveaxis(np.asarray(values), -1, axis)


def _evaluate_bitpack(attrs: Attrs, data: Array) -> Array:
    packed = _pack(data, attrs.bits, attrs.pack_axis, attrs.pack_type)
    return np.ascontiguousarray(np.moveaxis(packed, 0, attrs.bit_axis))


def _lower_bitpack(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    from tvm import tirx

    source, result = ctx.tensor(0), ctx.result
    word = _WORDS[attrs.pack_type]

    def element(index: Any, load: Any) -> Any:
        plane = index[attrs.bit_axis]
        where = [p for i, p in enumerate(index) if i != attrs.bit_axis]
        start, value = where[attrs.pack_axis] * word, tirx.const(0, attrs.pack_type)
        for k in range(word):
            where[attrs.pack_axis] = start + k
            number = load(where)
            bit = (number >> plane.astype(source.dtype)) & tirx.const(1, source.dtype)
            value = (value << tirx.const(1, attrs.pack_type)) | bit.astype(attrs.pack_type)
        return value

    return emit_indexed(ctx, result.static_shape, element, data)


register(
    "nn.bitpack",
    ("data",),
    (
        Attr("bits", "int", 1),
        Attr("pack_axis", "int", 1),
        Attr("bit_axis", "int", -1),
        Attr("pack_type", "dtype?", None),
        Attr("name", "str", "BitPack"),
    ),
    infer=_infer_bitpack,
    evaluate=_evaluate_bitpack,
    lower=_lower_bitpack,
    definition=_DEFINITION,
)


def _weight_values(weight: Array, bits: int, packed: bool, axis: int, plane_axis: int, unipolar: bool) -> Array:
    """The numbers that a weight stands for."""
    mask = 2**bits - 1
    values = _unpack(np.moveaxis(weight, plane_axis, 0), axis) if packed else weight.astype(np.int64) & mask
    return 2 * values - mask if unipolar else values


def _weight_expression(load: Any, where: list[Any], attrs: Attrs, weight: TensorType, axis: int, plane: int) -> Any:
    """The same for one element: ``where`` is the index into the plain weight."""
    from tvm import tirx

    bits, dtype = attrs.weight_bits, weight.dtype
    if weight.rank == len(where):
        mask = tirx.const(2**bits - 1, "int32")
        value = load(where).astype("int32") & mask
    else:
        word = _WORDS[dtype]
        value = tirx.const(0, "int32")
        for b in range(bits):
            index = list(where)
            index[axis] = where[axis] // word
            index.insert(plane, b)
            shift = (word - 1 - where[axis] % word).astype(dtype)
            bit = (load(index) >> shift) & tirx.const(1, dtype)
            value = value + bit.astype("int32") * (1 << b)
    return value * 2 - (2**bits - 1) if attrs.unipolar else value


def _infer_dense(attrs: Attrs, data: Type, weight: Type) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    word = _word(attrs.pack_dtype, "pack_dtype")
    if x.rank != 2 or w.rank not in (2, 3):
        raise TypeRuleError(f"needs data of 2 dimensions and a weight of 2 or, packed, 3, found {x} and {w}")
    size, packed = w.shape[-1], w.rank == 3
    inner = None if size is None else size * (word if packed else 1)
    if not agree(inner, x.shape[1]) or (x.shape[1] or 0) % word:
        raise TypeRuleError(f"{x} and {w} must agree in a number of inputs that fills words of {word} bits", 1)
    if packed and (w.dtype != attrs.pack_dtype or not agree(w.shape[1], attrs.weight_bits)):
        raise TypeRuleError(f"a packed weight must be {attrs.pack_dtype} with {attrs.weight_bits} planes, found {w}", 1)
    units = w.shape[0] if attrs.units is None else attrs.units
    if not agree(units, w.shape[0]):
        raise TypeRuleError(f"units is {attrs.units}, but the weight {w} makes {w.shape[0]}", 1)
    return TensorType((x.shape[0], units), str(attrs.out_dtype) if given(attrs.out_dtype) else x.dtype)


def _result_dtype(attrs: Attrs, data: Array) -> str:
    return str(attrs.out_dtype) if given(attrs.out_dtype) else data.dtype.name


def _evaluate_dense(attrs: Attrs, data: Array, weight: Array) -> Array:
    values = data.astype(np.int64) & (2**attrs.data_bits - 1)
    matrix = _weight_values(weight, attrs.weight_bits, weight.ndim == 3, 1, 1, attrs.unipolar)
    return matmul(values, matrix.T, "int64").astype(_result_dtype(attrs, data))


def _lower_dense(ctx: Lowering, attrs: Attrs, data: Any, weight: Any) -> Any:
    from tvm import te, tirx

    source, weight_type = ctx.argument_types
    result = ctx.result
    assert isinstance(source, TensorType)
    assert isinstance(weight_type, TensorType)
    mask = tirx.const(2**attrs.data_bits - 1, "int32")

    def compute(x: Any, w: Any) -> Any:
        k = te.reduce_axis((0, source.static_shape[1]), "k")

        def element(i: Any, j: Any) -> Any:
            factor = _weight_expression(lambda index: w(*index), [j, k], attrs, weight_type, 1, 1)
            value = x(i, k).astype("int32") & mask
            return te.sum((value * factor).astype(result.dtype), axis=k)

        return te.compute(result.static_shape, element, name="bitserial_dense")

    return ctx.emit_te(compute, data, weight)


_BITS = (
    Attr("pack_dtype", "dtype?", None),
    Attr("out_dtype", "dtype?", None),
    Attr("unipolar", "bool", True),
)

register(
    "nn.bitserial_dense",
    ("data", "weight"),
    (Attr("units", "int?", None), Attr("data_bits", "int", 1), Attr("weight_bits", "int", 1), *_BITS),
    infer=_infer_dense,
    evaluate=_evaluate_dense,
    lower=_lower_dense,
    definition=_DEFINITION,
)


def _infer_conv2d(attrs: Attrs, data: Type, weight: Type) -> TensorType:
    x, w = tensor(data, 0, "data"), tensor(weight, 1, "weight")
    word = _word(attrs.pack_dtype, "pack_dtype")
    layout, kernel_layout = parse_layout(attrs.data_layout, "NCHW"), parse_layout(attrs.kernel_layout, "OIHW")
    dims = layout.dims(x.shape, "NCHW")
    if w.rank not in (4, 5) or attrs.channels is None or len(attrs.kernel_size) != 2:
        raise TypeRuleError(f"needs channels, kernel_size and a weight of 4 or, packed, 5 dimensions, found {w}", 1)
    outputs, inputs, *window = kernel_layout.dims(w.shape[:4], "OIHW")
    inner = inputs if inputs is None or w.rank == 4 else inputs * word
    fits = agree(inner, dims[1]) and agree(outputs, attrs.channels) and all(map(agree, window, attrs.kernel_size))
    if not fits or (dims[1] or 0) % word or (w.rank == 5 and not agree(w.shape[4], attrs.weight_bits)):
        raise TypeRuleError(f"weight {w} does not fit data {x}, whose channels must fill words of {word} bits", 1)
    strides, pairs = spatial_attribute(attrs, "strides", 2), padding_pairs(attrs.padding, 2)
    sizes = [window_count(dims[2 + i], pairs[i], attrs.kernel_size[i], 1, strides[i]) for i in (0, 1)]
    dtype = str(attrs.out_dtype) if given(attrs.out_dtype) else x.dtype
    return TensorType(layout.shape((dims[0], attrs.channels, *sizes), "NCHW"), dtype)


def _evaluate_conv2d(attrs: Attrs, data: Array, weight: Array) -> Array:
    layout, kernel_layout = parse_layout(attrs.data_layout, "NCHW"), parse_layout(attrs.kernel_layout, "OIHW")
    values = layout.unpack(data, "NCHW").astype(np.int64) & (2**attrs.activation_bits - 1)
    axis = kernel_layout.index("I")
    plain = _weight_values(weight, attrs.weight_bits, weight.ndim == 5, axis, 4, attrs.unipolar)
    kernel = kernel_layout.unpack(plain, "OIHW")
    out = convolve(values, kernel, attrs.strides, padding_pairs(attrs.padding, 2), (1, 1), 1, "int64")
    return layout.pack(out.astype(_result_dtype(attrs, data)), "NCHW")


def _lower_conv2d(ctx: Lowering, attrs: Attrs, data: Any, weight: Any) -> Any:
    from tvm import te, tirx

    source, weight_type = ctx.argument_types
    result = ctx.result
    assert isinstance(source, TensorType)
    assert isinstance(weight_type, TensorType)
    layout, kernel_layout = parse_layout(attrs.data_layout, "NCHW"), parse_layout(attrs.kernel_layout, "OIHW")
    _, channels, height, width = (d or 0 for d in layout.dims(source.shape, "NCHW"))
    (top, _), (left, _) = padding_pairs(attrs.padding, 2)
    mask, axis = tirx.const(2**attrs.activation_bits - 1, "int32"), kernel_layout.index("I")

    def compute(x: Any, w: Any) -> Any:
        extents = (channels, *attrs.kernel_size)
        c, ky, kx = (te.reduce_axis((0, n), name) for n, name in zip(extents, ("c", "ky", "kx"), strict=True))

        def element(*indices: Any) -> Any:
            n, f, i, j = layout.coordinates(indices, "NCHW")
            y, z = i * attrs.strides[0] + ky - top, j * attrs.strides[1] + kx - left
            inside = tirx.all(y >= 0, y < height, z >= 0, z < width)
            value = x(*layout.indices([n, c, y, z], "NCHW")).astype("int32") & mask
            value = tirx.if_then_else(inside, value, tirx.const(0, "int32"))
            where = kernel_layout.indices([f, c, ky, kx], "OIHW")
            factor = _weight_expression(lambda index: w(*index), where, attrs, weight_type, axis, 4)
            return te.sum((value * factor).astype(result.dtype), axis=[c, ky, kx])

        return te.compute(result.static_shape, element, name="bitserial_conv2d")

    return ctx.emit_te(compute, data, weight)


register(
    "nn.bitserial_conv2d",
    ("data", "weight"),
    (
        Attr("strides", "int[]", (1, 1)),
        Attr("padding", "int[]", (0, 0)),
        Attr("kernel_size", "int[]", (3, 3)),
        Attr("channels", "int?", None),
        Attr("activation_bits", "int", 1),
        Attr("weight_bits", "int", 1),
        Attr("data_layout", "str", "NCHW"),
        Attr("kernel_layout", "str", "OIHW"),
        *_BITS,
    ),
    infer=_infer_conv2d,
    evaluate=_evaluate_conv2d,
    lower=_lower_conv2d,
    definition=_DEFINITION,
)
