# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.

from collections.abc import Sequence

from tvm_model_library.relay.script.expr import Call, Constant, ExprLike, TupleWrapper
from tvm_model_library.relay.script.ty import Dtype

def multinomial(key: ExprLike, probs: ExprLike, num_samples: int) -> Call:
    """Indices drawn with probabilities; also returns the next key.

        key: a tensor, or a tuple of them
        probs: a tensor, or a tuple of them
        num_samples: an integer

    Definition: TVM 0.18 src/relay/op/random/kernel.cc.
    """

def normal(
    key: ExprLike,
    shape: Sequence[int],
    dtype: Dtype = "float32",
    mean: ExprLike = 0.0,
    scale: ExprLike = 1.0,
) -> TupleWrapper:
    """The next key, and numbers of a normal distribution."""

def threefry_generate(key: ExprLike, shape: Sequence[int] | int) -> Call:
    """Random 64-bit integers; also returns the next key.

        key: a tensor, or a tuple of them
        shape: a list of values, each an integer

    Definition: TVM 0.18 src/relay/op/random/kernel.cc.
    """

def threefry_key(seed: int) -> Constant:
    """The key of a sequence of random numbers, from a seed of up to 256 bits."""

def threefry_split(key: ExprLike) -> Call:
    """Two keys made of one.

        key: a tensor, or a tuple of them

    Definition: TVM 0.18 src/relay/op/random/kernel.cc.
    """

def uniform(
    key: ExprLike,
    shape: Sequence[int],
    dtype: Dtype = "float32",
    low: ExprLike = 0.0,
    high: ExprLike = 1.0,
) -> TupleWrapper:
    """The next key, and numbers evenly distributed from low to before high."""
