# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from tvm_model_library.relay.script.expr import Call, ExprLike
from tvm_model_library.relay.script.ty import Dtype

def bitpack_end(data: ExprLike) -> Call:
    """The tensor itself; ends a part that is packed in bits.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/annotation/annotation.cc.
    """

def bitpack_start(data: ExprLike) -> Call:
    """The tensor itself; begins a part that is packed in bits.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/annotation/annotation.cc.
    """

def cast_hint(data: ExprLike, dtype: Dtype | None = "") -> Call:
    """The tensor itself; says to which dtype it may be converted.

        data: a tensor, or a tuple of them
        dtype: a dtype or None

    Definition: TVM 0.18 src/relay/op/annotation/annotation.cc.
    """

def checkpoint(data: ExprLike) -> Call:
    """The tensor itself; says that it is to be computed again in the gradient.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/annotation/annotation.cc.
    """

def compiler_begin(data: ExprLike, compiler: str) -> Call:
    """The tensor itself; begins a part for another compiler.

        data: a tensor, or a tuple of them
        compiler: a string

    Definition: TVM 0.18 src/relay/op/annotation/annotation.cc.
    """

def compiler_end(data: ExprLike, compiler: str) -> Call:
    """The tensor itself; ends a part for another compiler.

        data: a tensor, or a tuple of them
        compiler: a string

    Definition: TVM 0.18 src/relay/op/annotation/annotation.cc.
    """

def stop_fusion(data: ExprLike) -> Call:
    """The tensor itself; says that fusion ends there.

        data: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/annotation/annotation.cc.
    """

def with_funcid(data: ExprLike, fid: int = -1) -> Call:
    """The tensor itself; names the function that it goes to.

        data: a tensor, or a tuple of them
        fid: an integer

    Definition: TVM 0.18 src/relay/transforms/partial_eval.cc.
    """
