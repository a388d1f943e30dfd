"""Targets in TVM's classic notation."""

from __future__ import annotations

import pytest
from tvm_model_library.compiler.target import Target
from tvm_model_library.errors import ModelLibraryError


@pytest.mark.parametrize(
    "text", ["c", "llvm", "llvm -mtriple=thumbv7em-none-eabihf -mcpu=cortex-m4", "llvm -mattr=+neon,+fp16"]
)
def test_text_comes_back(text: str) -> None:
    assert str(Target.parse(text)) == text


def test_spaces_are_equal_signs() -> None:
    assert Target.parse("llvm -mcpu cortex-m4") == Target.parse("llvm -mcpu=cortex-m4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty string"),
        ("cuda", "'cuda'"),
        ("llvm -mcup=x", "unknown option '-mcup=x'; the options are -mtriple"),
        ("llvm mcpu=x", "unknown option"),
        ("llvm -mcpu", "-mcpu needs one value"),
        ("llvm -mcpu=a -mcpu=b", "-mcpu needs one value"),
        ("c -mtriple=x", "only llvm takes these options"),
        ("llvm -opt-level=9", "from 0 to 3"),
        ("llvm -mfloat-abi=maybe", "soft or hard"),
        ('llvm "', "No closing quotation"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(ModelLibraryError, match=message):
        Target.parse(text)
