"""Scale and zero point of inputs and outputs, read off the program."""

from __future__ import annotations

import numpy as np
import pytest
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import compile as compile_model

HEAD = '#[version = "0.0.5"]\n'
CASES = {
    "dequantize, quantize": (
        '(%x: Tensor[(4), int8]) { qnn.quantize(qnn.dequantize(%x, 0.25f, -7), 0.5f, 3, out_dtype="int8") }',
        {"x": (0.25, -7), "output": (0.5, 3)},
    ),
    "through operators that keep the values": (
        "(%x: Tensor[(2, 2), int8]) { let %y = reshape(%x, newshape=[4]);"
        ' let %z = qnn.requantize(clip(%y, a_min=-3f, a_max=3f), 0.25f, 1, 0.5f, 2, out_dtype="int8");'
        ' cast(clip(%z, a_min=0f, a_max=9f), dtype="int8") }',
        {"x": (0.25, 1), "output": (0.5, 2)},
    ),
    "sum": (
        "(%a: Tensor[(4), int8], %b: Tensor[(4), int8]) { qnn.add(%a, %b, 0.25f, 1, 0.5f, 2, 0.75f, 3) }",
        {"a": (0.25, 1), "b": (0.5, 2), "output": (0.75, 3)},
    ),
    "product": (
        "(%a: Tensor[(2, 4), int8], %b: Tensor[(3, 4), int8])"
        ' { qnn.dense(%a, %b, 1, 2, 0.25f, 0.5f, units=3, out_dtype="int32") }',
        {"a": (0.25, 1), "b": (0.5, 2)},
    ),
    "several outputs": (
        '(%x: Tensor[(4), float32]) { (qnn.quantize(%x, 0.5f, 3, out_dtype="int8"), %x,'
        ' qnn.quantize(%x, 0.25f, 4, out_dtype="uint8")) }',
        {"output0": (0.5, 3), "output2": (0.25, 4)},
    ),
    "readers disagree": (
        "(%x: Tensor[(4), int8]) { qnn.dequantize(%x, 0.25f, 1) + qnn.dequantize(%x, 0.5f, 1) }",
        {},
    ),
    "scale at run time": (
        "(%x: Tensor[(4), int8], %s: float32) { qnn.dequantize(%x, %s, 1) }",
        {},
    ),
    "nothing quantized": ("(%x: Tensor[(4), int8]) { %x + %x }", {}),
}


@pytest.mark.parametrize("name", CASES)
def test_found(name: str) -> None:
    text, expected = CASES[name]
    assert from_text(f"{HEAD}def @main{text}").quantization == expected


def test_bound_parameters_count() -> None:
    text = HEAD + "def @main(%x: Tensor[(4), int8], %s: float32) { qnn.dequantize(%x, %s, 1) }"
    assert from_text(text, {"s": np.array(0.25, "float32")}).quantization == {"x": (0.25, 1)}


def test_by_channel_is_left_out() -> None:
    text = HEAD + "def @main(%x: Tensor[(2, 3), int8], %s: Tensor[(3), float32]) { qnn.dequantize(%x, %s, 1, axis=1) }"
    assert from_text(text, {"s": np.ones(3, "float32")}).quantization == {}


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_the_header_has_them(executor: str) -> None:
    from tvm_model_library.build_tree import generated_files

    library = compile_model(from_text(f"{HEAD}def @main{CASES['sum'][0]}"), executor=executor, name="sum")
    headers = [f.data.decode() for f in library.code if f.name.endswith(".h")]
    headers += [t for n, t in generated_files(library).items() if n.endswith(".h")]
    assert len(headers) == 1
    for line in (
        "#define TVMGEN_SUM_A_SCALE 0.25f",
        "#define TVMGEN_SUM_A_ZERO_POINT 1",
        "#define TVMGEN_SUM_OUTPUT_SCALE 0.75f",
        "#define TVMGEN_SUM_OUTPUT_ZERO_POINT 3",
    ):
        assert line in headers[0]
