"""Files that say what nobody expects: each is computed as defined, or refused, never wrong in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tflite_models import Op, Tensor, model
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.options import LoadOptions
from tvm_model_library.frontends.tflite.load import model_of_file
from tvm_model_library.frontends.tflite.reader import read_bytes
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model


def loaded(op: Op, contract: str = "") -> Model:
    options = LoadOptions(contract=contract) if contract else LoadOptions()
    return model_of_file(read_bytes(model(op), "model.tflite"), options)


def int8(*shape: int, scale: float = 0.1, zero_point: int = 3, data: Any = None) -> Tensor:
    return Tensor(shape, "INT8", scale=scale, zero_point=zero_point, data=data)


def constant(values: Any, dtype: str) -> Tensor:
    array = np.array(values, dtype)
    return Tensor(array.shape, dtype.upper(), data=array)


@pytest.mark.parametrize("contract", ["tflite-micro", "litert"])
def test_blocks_of_pixels_are_padded_with_what_stands_for_zero(contract: str) -> None:
    """TFLite Micro pads with whatever its memory holds."""
    blocks, pads = constant([1, 1], "int32"), constant([[0, 0], [0, 2]], "int32")
    network = loaded(Op("SPACE_TO_BATCH_ND", [int8(1, 1, 1, 1), blocks, pads], [int8(1, 1, 3, 1)]), contract)
    (result,) = network.session().run(np.full((1, 1, 1, 1), 7, np.int8))
    assert result.reshape(-1).tolist() == [7, 3, 3]


def join(dtype: str, activation: str, **quantization: Any) -> Op:
    pair = [Tensor((2, 3), dtype, **quantization) for _ in range(2)]
    options = {"axis": 1, "fused_activation_function": activation}
    return Op("CONCATENATION", pair, [Tensor((2, 6), dtype, **quantization)], options)


def window(zero_point: int = 0, scale: float = 0.1) -> Op:
    weights = Tensor((2, 1, 1, 1), "INT8", data=np.ones((2, 1, 1, 1), np.int8), scale=scale, zero_point=zero_point)
    options = {"padding": "VALID", "stride_h": 1, "stride_w": 1}
    return Op("CONV_2D", [int8(1, 2, 2, 1), weights], [int8(1, 2, 2, 2)], options)


def unary(name: str, **options: Any) -> Op:
    return Op(name, [int8(2, 3)], [int8(2, 3)], options)


def steps(*values: float) -> Op:
    return Op("RANGE", [constant(v, "float32") for v in values], [Tensor((2,))])


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (join("INT8", "RELU6", scale=0.1, zero_point=3), "CONCATENATION of int8 with the fused activation RELU6"),
        (join("BOOL", "RELU_N1_TO_1"), "CONCATENATION of bool with the fused activation"),
        (
            Op(
                "L2_NORMALIZATION",
                [int8(2, 3)],
                [int8(2, 3, scale=1 / 128, zero_point=0)],
                {"fused_activation_function": "RELU"},
            ),
            "L2_NORMALIZATION of int8 with the fused activation RELU",
        ),
        (window(zero_point=5), "weights of int8 have the zero point 5; it must be 0"),
        (window(scale=1e30), "too large for rounding double"),
        (unary("LEAKY_RELU", alpha=float("nan")), "alpha is nan"),
        (unary("LEAKY_RELU", alpha=1e30), "too large for rounding double"),
        (Op("QUANTIZE", [int8(2, scale=1e30)], [int8(2)]), "too large for rounding double"),
        (Op("ABS", [int8(2, scale=1e30)], [int8(2, scale=1e-40)]), "too large for rounding double"),
        (steps(0, float("nan"), 1), "expected finite numbers"),
        (steps(0, float("inf"), 1), "expected finite numbers"),
        (steps(0, 3, 0), "a step but 0"),
        (steps(-3e38, 3e38, 1e-9), "at most 16777216"),
        (steps(3e38, -3e38, 1e-9), "makes Tensor"),
    ],
)
def test_refusals(op: Op, message: str) -> None:
    """With one error, by whoever runs the model: the interpreter, or the compiler where it makes tables."""
    with pytest.raises(ModelLibraryError, match=message):
        run_on_ones(op)


def run_on_ones(op: Op) -> None:
    network = loaded(op)
    network.session().run(*(np.ones(s.shape, s.dtype) for s in network.inputs))


@pytest.mark.parametrize("op", [unary("LEAKY_RELU", alpha=1e30), window(scale=1e30)])
def test_the_compiler_refuses_factors_as_the_interpreter_does(op: Op) -> None:
    with pytest.raises(ModelLibraryError, match="too large for rounding"):
        compile_model(loaded(op))


def test_unsigned_numbers_have_nothing_below_a_bound_below_zero() -> None:
    pair = [Tensor((4,), "UINT32") for _ in range(2)]
    op = Op("MUL", pair, [Tensor((4,), "UINT32")], {"fused_activation_function": "RELU_N1_TO_1"})
    numbers = np.array([0, 1, 2, 3], np.uint32)
    assert loaded(op).session().run(numbers, numbers)[0].tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("executor", ["interpreter", "aot"])
def test_places_of_64_bits_are_not_cut_to_32(executor: str) -> None:
    """2**32 + 1 is no place in 3 elements, and as a start it is moved to the last one that fits."""
    ends = [constant(v, "float32") for v in (1.0, 0.0)]
    places = Tensor((4,), "INT64")
    one_hot = Op("ONE_HOT", [places, constant(3, "int32"), *ends], [Tensor((4, 3))], {"axis": -1})
    found = run(one_hot, executor, np.array([1, 2**32 + 1, 1 - 2**32, -1]))
    assert found.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    update = Op("DYNAMIC_UPDATE_SLICE", [Tensor((3,)), Tensor((1,)), Tensor((1,), "INT64")], [Tensor((3,))])
    found = run(update, executor, np.zeros(3, np.float32), np.ones(1, np.float32), np.array([2**32 + 1]))
    assert found.tolist() == [0, 0, 1]


def run(op: Op, executor: str, *arrays: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    network = loaded(op)
    session = network.session() if executor == "interpreter" else compile_model(network, executor=executor).session()
    return np.asarray(session.run(*arrays)[0])


def test_abs_of_16_bits_by_a_multiplier_of_double_precision() -> None:
    """As the wheel tflite-micro computes it: one of single precision gives 11198."""
    scales = np.float32(0.005550963804125786), np.float32(0.014392425306141376)
    x, y = (Tensor((2,), "INT16", scale=float(s)) for s in scales)
    for executor in ("interpreter", "aot"):
        assert run(Op("ABS", [x], [y]), executor, np.array([29032, -29032], np.int16)).tolist() == [11197] * 2


def test_rsqrt_by_a_multiplier_of_double_precision() -> None:
    """As the wheel tflite-micro computes it: one of single precision gives 24."""
    x = int8(2, scale=float(np.float32(0.07179711759090424)), zero_point=-128)
    y = int8(2, scale=float(np.float32(0.011312030255794525)), zero_point=-2)
    for executor in ("interpreter", "aot"):
        assert run(Op("RSQRT", [x], [y]), executor, np.array([27, -128], np.int8)).tolist() == [25, 127]


def test_hard_swish_rounds_as_sixteen_bits_do_when_all_are_shifted_out() -> None:
    """TFLite Micro gives 1 for numbers from 0 on and -1 below, on an output 800 times coarser than the input."""
    op = Op("HARD_SWISH", [int8(3, scale=0.0004, zero_point=0)], [int8(3, scale=0.32, zero_point=0)])
    for executor in ("interpreter", "aot"):
        assert run(op, executor, np.array([-5, 0, 5], np.int8)).tolist() == [-1, 1, 1]
