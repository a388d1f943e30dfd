"""What TVM's own passes put into a program: copies between devices, explicit memory, the virtual machine's dialect.

A text that TVM printed late in its pipeline holds them, so they parse and type-check. Only the copy has a meaning
outside of TVM's virtual machine: with one device it is the identity.
"""

from __future__ import annotations

import numpy as np

from tvm_model_library.relay import ast
from tvm_model_library.relay.literals import dtype_name
from tvm_model_library.relay.operator import Attr, Attrs, TypeRuleError, register, tensor
from tvm_model_library.relay.types import FuncType, GlobalTypeVar, TensorType, TupleType, Type, TypeCall

_STORAGE = TypeCall(GlobalTypeVar("Storage"), ())
_VM_ONLY = "it belongs to TVM's virtual machine; give the program as it was before TVM's memory passes"


def _identity(attrs: Attrs, data: Type) -> Type:
    return data


def _copy(attrs: Attrs, data: object) -> object:
    return data


def _lower_copy(context: object, attrs: Attrs, data: object) -> object:
    return data


register(
    "device_copy",
    ("data",),
    (Attr("src_virtual_device", "any", None), Attr("dst_virtual_device", "any", None)),
    infer=_identity,
    evaluate=_copy,
    lower=_lower_copy,
    definition="TVM 0.18 src/relay/op/memory/device_copy.cc",
)


def _alloc_storage(attrs: Attrs, size: Type, shape: Type, alignment: Type) -> Type:
    for index, type_ in enumerate((size, shape, alignment)):
        tensor(type_, index, ("size", "shape", "alignment")[index])
    return _STORAGE


def _alloc_tensor(attrs: Attrs, storage: Type, offset: Type, shape: Type) -> Type:
    if storage != _STORAGE:
        raise TypeRuleError(f"storage must be {_STORAGE}, found {storage}", 0)
    rank = tensor(shape, 2, "shape")
    tensor(offset, 1, "offset")
    dims = attrs.assert_shape
    if isinstance(attrs.const_shape, ast.Constant):
        dims = tuple(int(d) for d in np.atleast_1d(attrs.const_shape.value))
    if dims is None:
        raise TypeRuleError("needs const_shape or assert_shape")
    if rank.shape and rank.shape[0] not in (None, len(dims)):
        raise TypeRuleError(f"the shape {dims} does not fit its tensor of type {shape}", 2)
    return TensorType(tuple(dims), attrs.dtype)


def _nothing(attrs: Attrs, data: Type) -> Type:
    return TupleType(())


_DTYPE = Attr("dtype", "dtype", "float32")

register(
    "memory.alloc_storage",
    ("size", "shape", "alignment"),
    (_DTYPE, Attr("virtual_device", "any", None)),
    infer=_alloc_storage,
    evaluate=None,
    lower=None,
    definition="TVM 0.18 src/relay/op/memory/memory.cc",
    note=_VM_ONLY,
)
register(
    "memory.alloc_tensor",
    ("storage", "offset", "shape"),
    (_DTYPE, Attr("const_shape", "any", None), Attr("assert_shape", "int[]?", None)),
    infer=_alloc_tensor,
    evaluate=None,
    lower=None,
    definition="TVM 0.18 src/relay/op/memory/memory.cc",
    note=_VM_ONLY,
)
register(
    "memory.kill",
    ("data",),
    infer=_nothing,
    evaluate=None,
    lower=None,
    definition="TVM 0.18 src/relay/op/memory/memory.cc",
    note=_VM_ONLY,
)


def _call_lowered(attrs: Attrs, func: Type, args: Type) -> Type:
    if not isinstance(func, FuncType):
        raise TypeRuleError(f"func must be a function, found {func}", 0)
    if not isinstance(args, TupleType) or len(args.fields) != len(func.params):
        raise TypeRuleError(f"call_args must be a tuple of {len(func.params)} arguments, found {args}", 1)
    return func.result


def _lowered_arguments(attrs: Attrs, func: Type | None, args: Type | None) -> list[Type | None]:
    return [None, TupleType(func.params) if isinstance(func, FuncType) else None]


register(
    "call_lowered",
    ("func", "call_args"),
    (Attr("metadata", "any", None),),
    infer=_call_lowered,
    constrain=_lowered_arguments,
    evaluate=None,
    lower=None,
    definition="TVM 0.18 src/relay/op/call/call.cc",
    note="it calls a kernel that TVM has compiled already; give the program as it was before that",
)


def _shape_of(attrs: Attrs, data: Type) -> Type:
    return TensorType((tensor(data, 0, "the tensor").rank,), dtype_name(attrs.dtype) or "int64")


def _reshape_tensor(attrs: Attrs, data: Type, shape: Type) -> Type:
    tensor(shape, 1, "shape")
    return TensorType(attrs.newshape, tensor(data, 0, "data").dtype)


register(
    "vm.shape_of",
    ("tensor",),
    (Attr("dtype", "dtype", "int64"),),
    infer=_shape_of,
    evaluate=None,
    lower=None,
    definition="TVM 0.18 src/relay/op/vm/vm.cc",
    note=_VM_ONLY,
)
register(
    "vm.reshape_tensor",
    ("data", "shape"),
    (Attr("newshape", "int[]"),),
    infer=_reshape_tensor,
    evaluate=None,
    lower=None,
    definition="TVM 0.18 src/relay/op/vm/vm.cc",
    note=_VM_ONLY,
)
