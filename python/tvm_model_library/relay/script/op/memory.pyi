# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence
from typing import Any

from tvm_model_library.relay.script.expr import Call, ExprLike
from tvm_model_library.relay.script.ty import Dtype

def alloc_storage(
    size: ExprLike,
    shape: ExprLike,
    alignment: ExprLike,
    dtype: Dtype = "float32",
    virtual_device: Any = None,
) -> Call:
    """Memory of a size; made by TVM's passes.

        size: a tensor, or a tuple of them
        shape: a tensor, or a tuple of them
        alignment: a tensor, or a tuple of them
        dtype: a dtype
        virtual_device: any

    Definition: TVM 0.18 src/relay/op/memory/memory.cc.
    Note: it belongs to TVM's virtual machine; give the program as it was before TVM's memory passes.
    """

def alloc_tensor(
    storage: ExprLike,
    offset: ExprLike,
    shape: ExprLike,
    dtype: Dtype = "float32",
    const_shape: Any = None,
    assert_shape: Sequence[int] | int | None = None,
) -> Call:
    """A tensor in memory; made by TVM's passes.

        storage: a tensor, or a tuple of them
        offset: a tensor, or a tuple of them
        shape: a tensor, or a tuple of them
        dtype: a dtype
        const_shape: any
        assert_shape: a list of values, each an integer or None

    Definition: TVM 0.18 src/relay/op/memory/memory.cc.
    Note: it belongs to TVM's virtual machine; give the program as it was before TVM's memory passes.
    """

def kill(data: ExprLike) -> Call:
    """End of a tensor's life; made by TVM's passes.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/memory/memory.cc.
    Note: it belongs to TVM's virtual machine; give the program as it was before TVM's memory passes.
    """
