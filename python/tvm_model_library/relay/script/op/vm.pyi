# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence

from tvm_model_library.relay.script.expr import Call, ExprLike
from tvm_model_library.relay.script.ty import Dtype

def reshape_tensor(data: ExprLike, shape: ExprLike, newshape: Sequence[int] | int) -> Call:
    """The same elements in another shape; made by TVM's virtual machine.

        data: a tensor, or a tuple of them
        shape: a tensor, or a tuple of them
        newshape: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/vm/vm.cc.
    Note: it belongs to TVM's virtual machine; give the program as it was before TVM's memory passes.
    """

def shape_of(tensor: ExprLike, dtype: Dtype = "int64") -> Call:
    """The shape as a tensor; made by TVM's virtual machine.

        tensor: a tensor, or a tuple of them
        dtype: a dtype

    Definition: TVM 0.18 src/relay/op/vm/vm.cc.
    Note: it belongs to TVM's virtual machine; give the program as it was before TVM's memory passes.
    """
