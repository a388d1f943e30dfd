"""The syntax tree to text, and back."""

from __future__ import annotations

import numpy as np
import pytest
from tvm_model_library.errors import Span
from tvm_model_library.relay import ast
from tvm_model_library.relay.equal import structural_equal
from tvm_model_library.relay.parser import parse_expr, parse_module
from tvm_model_library.relay.prelude import prelude
from tvm_model_library.relay.printer import print_expr, print_module

HEADER = '#[version = "0.0.5"]\n'
HERE = Span("<test>", 1, 1)


def check_text(program: str, printed: str) -> None:
    """``program`` prints as ``printed``, which is the same program."""
    expr = parse_expr(program)
    assert print_expr(expr) == HEADER + printed + "\n"
    assert structural_equal(parse_expr(printed), expr)


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("1 + 2", "add(1, 2)"),
        ("1 * 1 + 1", "%0 = multiply(1, 1);\nadd(%0, 1)"),
        ("%5 = (1,); (%5, %5)", "%0 = (1,);\n(%0, %0)"),
        ("let %x = (1, 2); %x.1", "let %x = (1, 2);\n%x.1"),
        ("let %_ = 1; ()", "let %v_ = 1;\n()"),
        ("(); ()", "let %v = ();\n()"),
        ("let %x = 1; let %x = 2; %x", "let %x = 1;\nlet %x1 = 2;\n%x1"),
        ("free_var %x: Tensor[(?, 1), float32]; -1.5f + %x", "free_var %x: Tensor[(?, 1), float32];\nadd(-1.5f, %x)"),
        ("fn (%x: int64) -> int64 { %x }", "fn (%x: int64) -> int64 {\n  %x\n}"),
        ("if (True) { 1i64 } else { 2f16 }", "if (True) {\n  1i64\n} else {\n  2.0f16\n}"),
        ("(let %x = 1; (%x,)).0", "%0 = (\n  let %x = 1;\n  (%x,)\n);\n%0.0"),
        ("(1).0", "(1).0"),
        ('cast(1, dtype="int8")', 'cast(1, dtype="int8")'),
        ("reshape(1, newshape=[1, -1])", "reshape(1, newshape=[1, -1])"),
        ("@f", "@f"),
        ("match ((1,)) { (%x) => %x }", "%0 = (1,);\nmatch (%0) {\n  (%x) => {\n    %x\n  },\n}"),
    ],
)
def test_canonical_form(program: str, printed: str) -> None:
    check_text(program, printed)


def test_module_is_sorted_and_keeps_its_types() -> None:
    program = HEADER + "type L[A] { Cons(A, L[A]), Nil }\ndef @b() { Nil }\ndef @a[T](%x: T) -> L[T] { Cons(%x, Nil) }"
    module = parse_module(program)
    text = print_module(module)
    assert text.index("type L[A]") < text.index("def @a[T](%x: T) -> L[T]") < text.index("def @b()")
    assert structural_equal(parse_module(text), module)


def test_recursive_let_in_operand_position() -> None:
    module = parse_module(HEADER + "def @main() { (let %f = fn (%i: int32) -> int32 { %f(%i) }; %f)(1) }")
    text = print_module(module)
    assert "free_var" not in text
    assert structural_equal(parse_module(text), module)


def test_type_parameters_of_the_same_name_stay_apart() -> None:
    module = parse_module(HEADER + "def @f[A](%x: A) { fn [A](%y: A) { %x } }")
    assert structural_equal(parse_module(print_module(module)), module)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float16", "float64", "bool", "bfloat16"])
def test_tensors_go_to_the_metadata(dtype: str) -> None:
    import ml_dtypes  # noqa: F401  (names bfloat16)

    value = np.array([[0, 1, 3]]).astype(dtype)
    expr = ast.Constant(HERE, value)
    text = print_expr(expr)
    assert text.startswith(HEADER + "meta[relay.Constant][0]\n\n#[metadata]\n")
    back = parse_expr(text)
    assert isinstance(back, ast.Constant)
    assert back.value.dtype == value.dtype
    assert back.value.tobytes() == value.tobytes()


@pytest.mark.parametrize(
    "value",
    [
        np.int8(3),
        np.uint64(2**63),
        np.int64(-(2**63)),
        np.float32(-0.0),
        np.float32(1e-45),
        np.float64(1 / 3),
        np.float16(np.inf),
        np.float64(np.nan),
        np.float32(np.nan),
        np.frombuffer(b"\x01\x00\xc0\x7f", "<f4")[0],
    ],
)
def test_scalars_survive_exactly(value: np.generic) -> None:
    back = parse_expr(print_expr(ast.Constant(HERE, np.asarray(value))))
    assert isinstance(back, ast.Constant)
    assert back.value.dtype == value.dtype
    assert back.value.tobytes() == value.tobytes()


@pytest.mark.parametrize(
    "value",
    [1, -7, 2**40, True, None, 0.1, 1e-300, 1e300, float("inf"), "", 'a"b\\c\nd\te\x07', (), (1, (2.5, "x"), None)],
)
def test_attribute_values_survive_exactly(value: ast.AttrValue) -> None:
    function = ast.Function(HERE, (), ast.Tuple(HERE, ()), attrs={"key": value})
    back = parse_expr(print_expr(function))
    assert isinstance(back, ast.Function)
    assert back.attrs["key"] == value
    assert type(back.attrs["key"]) is type(value)


def test_opaque_objects_survive() -> None:
    kind = ast.Opaque("TargetKind", {"repr_str": "llvm"})
    target = ast.Opaque("Target", {"kind": kind, "keys": ("cpu",), "host": None})
    expr = ast.Function(
        HERE, (), ast.Tuple(HERE, ()), attrs={"map": {"a": 1, "b": (2.5,)}, "other": {1: "x", "y": True}}
    )
    assert structural_equal(parse_expr(print_expr(expr)), expr)
    device = ast.Opaque("VirtualDevice", {"device_type_int": 1, "virtual_device_id": 0, "target": target})
    expr = ast.Function(HERE, (), ast.Tuple(HERE, ()), attrs={"a": device, "b": device})
    text = print_expr(expr)
    assert "(a=meta[VirtualDevice][0], b=meta[VirtualDevice][0])" in text
    assert structural_equal(parse_expr(text), expr)


def test_module_without_metadata_parses_as_references() -> None:
    zeros = [ast.Constant(HERE, np.zeros(n, "float32")) for n in (3, 4)]
    module = ast.Module({"main": ast.Function(HERE, (), ast.Tuple(HERE, tuple(zeros)))})
    text = print_module(module, show_meta=False)
    assert text == HEADER + "def @main() {\n  (meta[relay.Constant][0], meta[relay.Constant][1])\n}\n"
    back = parse_module(text)
    assert print_module(back) == text
    assert structural_equal(back, module, loose=True)
    assert not structural_equal(back, module)


def test_prelude_round_trip() -> None:
    assert structural_equal(parse_module(print_module(prelude())), prelude())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1", "2"),
        ("1", "1i64"),
        ("(1,)", "(1, 1)"),
        ("%0 = (); (%0, %0)", "((), ())"),
        ("let %x = 1; let %y = 2; %x", "let %x = 1; let %y = 2; %y"),
        ("fn (%x: int32) { %x }", "fn (%x: int64) { %x }"),
        ("fn (%x) { %x }", "fn (%x: _) { %x }"),
        ("fn (%x) { %x }", "fn (%x, a=1) { %x }"),
        ("fn (a=1) { 1 }", "fn (a=True) { 1 }"),
        ("fn [A, B](%x: A) { %x }", "fn [A, B](%x: B) { %x }"),
        ("add(1, 2)", "subtract(1, 2)"),
        ("@f", "@g"),
        ('cast(1, dtype="int8")', 'cast(1, dtype="int16")'),
        ("match (1) { %x => %x }", "match? (1) { %x => %x }"),
        ("free_var %a; free_var %b; (%a, %b)", "free_var %a; (%a, %a)"),
    ],
)
def test_different_programs_differ(left: str, right: str) -> None:
    a, b = parse_expr(left), parse_expr(right)
    assert structural_equal(a, a)
    assert not structural_equal(a, b)
    assert not structural_equal(b, a)


def test_names_of_variables_do_not_matter() -> None:
    left = parse_expr("fn [A](%x: A) { let %y = %x; match (%y) { %z => %z } }")
    right = parse_expr("fn [T](%a: T) { let %b = %a; match (%b) { %c => %c } }")
    assert structural_equal(left, right)


def test_loose_equality_fills_what_is_open() -> None:
    left = parse_expr("fn (%x) { nn.softmax(%x) }")
    right = parse_expr("fn (%x: int32) -> _ { nn.softmax(%x, axis=-1) }")
    assert structural_equal(left, right, loose=True)
    assert not structural_equal(left, right)
    assert not structural_equal(left, parse_expr("fn (%x) { nn.softmax(%x, axis=1) }"), loose=True)
