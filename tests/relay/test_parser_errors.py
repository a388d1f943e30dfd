"""Every mistake in a text is one error at its place."""

from __future__ import annotations

import pytest
from tvm_model_library.errors import ModelLibraryError, RelaySyntaxError, UnknownOperatorError
from tvm_model_library.relay.parser import parse_expr, parse_module

HEADER = '#[version = "0.0.5"]\n'


def check_error(program: str, line: int, column: int, message: str) -> None:
    """Parsing ``program`` fails at ``line``, ``column`` with a message that contains ``message``."""
    parse = parse_module if "#[version" in program or "def" in program else parse_expr
    with pytest.raises(RelaySyntaxError) as caught:
        parse(program, "test.relay")
    error = caught.value
    assert message in error.message
    assert str(error.span) == f"test.relay:{line}:{column}"
    assert str(error) == f"test.relay:{line}:{column}: {error.message}"


@pytest.mark.parametrize(
    ("program", "line", "column", "message"),
    [
        ("def @main() { 1 }", 1, 1, 'expected the version header #[version = "0.0.5"]'),
        ('#[version = "0.0.4"]\ndef @main() { 1 }', 1, 1, 'unknown text format version "0.0.4"'),
        ("#[verison]\ndef @main() { 1 }", 1, 1, "unknown attribute #[verison]"),
        (HEADER + "def main() { 1 }", 2, 5, "expected a global name"),
        (HEADER + "def @f() { 1 }\ndef @f() { 2 }", 3, 5, "function @f is defined twice"),
        (HEADER + "type A { X }\ntype A { Y }", 3, 6, "type A is defined twice"),
        (HEADER + "type A { X }\ntype B { X }", 3, 10, "constructor X is defined twice"),
        (HEADER + "type A[T, T] { X }", 2, 11, "type parameter T is given twice"),
        (HEADER + "extern type A { X }", 2, 13, "must not have constructors"),
        (HEADER + "def @f(%x: Foo) { %x }", 2, 12, "type Foo is not defined"),
        (HEADER + "type L[A] { N }\ndef @f(%x: L) { %x }", 3, 12, "takes 1 type arguments, found 0"),
        (HEADER + "1", 2, 1, "expected def, type"),
        (HEADER + "def @f(%x, %x) { 1 }", 2, 12, "parameter %x is given twice"),
        (HEADER + "def @f() { 1", 2, 13, "expected } at the end of the block, found the end of the text"),
        (HEADER + "def @f() { %0 = 1; %0 }\ndef @g() { %0 }", 3, 12, "%0 is not defined here"),
        (HEADER + "def @f() { 1 }\n#[metadata]\n{", 3, 12, "not JSON"),
        ("%x", 1, 1, "variable %x is not defined here"),
        ("%0", 1, 1, "graph variable %0 is not defined here"),
        ("(let %x = 1; %x) + %x", 1, 20, "variable %x is not defined here"),
        ("%0 = 1; %0 = 2; %0", 1, 9, "%0 is bound twice"),
        ("(1, 2", 1, 6, "expected , or ), found the end of the text"),
        ("f(1 2)", 1, 5, "expected , or ), found 2"),
        ("1 2", 1, 3, "expected the end of the text, found 2"),
        ("1-1", 1, 1, "put spaces around an operator"),
        ("1.0", 1, 1, "a floating point number ends in f"),
        ("2147483648i32", 1, 1, "out of range for int32"),
        ("32768i16", 1, 1, "out of range for int16"),
        ("9223372036854775808", 1, 1, "out of range for int64"),
        ("65505f16", 1, 1, "out of range for float16"),
        ("1e39f", 1, 1, "out of range for float32"),
        ("1e400f64", 1, 1, "out of range"),
        ("1i7", 1, 1, "expected a width of 16, 32 or 64"),
        ("-(1)", 1, 1, "expected an expression, found -"),
        ("1 +", 1, 4, "expected an expression, found the end of the text"),
        ("() /* open", 1, 4, "never closed"),
        ('add(1, 2, name="open)', 1, 16, "never closed"),
        ("1 ~ 2", 1, 3, "unexpected character '~'"),
        ("% x", 1, 1, "expected a name after %"),
        ("a\rb", 1, 2, "unexpected character"),
        ("#metadata", 1, 1, "expected [ after #"),
        ("if (True) { 1 }", 1, 16, "expected else"),
        ("let %x = 1", 1, 11, "expected ; behind the let binding"),
        ("let %x = 1;", 1, 12, "expected an expression"),
        ("free_var %x; free_var %x; %x", 1, 23, "declared twice"),
        ("match (1) { Foo(%x) => 1 }", 1, 13, "unknown constructor Foo"),
        ("match (1) { (%a, %a) => 1 }", 1, 22, "binds the same variable twice"),
        ("let %x: int33x = 1; %x", 1, 9, "unknown dtype int33x"),
        ("let %x: Tensor[(1), foo] = 1; %x", 1, 21, "unknown dtype foo"),
        ("let %x: Tensor[(-1), int32] = 1; %x", 1, 17, "a dimension must not be negative"),
        ("(1, 2).x", 1, 8, "expected an integer as the index"),
        ("(1, 2).0.1", 1, 8, "invalid integer '0.1'"),
        ("(fn () { 1 })(a=1)", 1, 15, "only a call of an operator has attributes"),
        ("reshape(1, newshape=[1], newshape=[1])", 1, 26, "given twice"),
        ('add(1, 2, name="\ud800")', 1, 17, "half of a surrogate pair"),
        (HEADER + "def @f(%conv1.weight: int32) { 1 }", 2, 8, "has no dots, found %conv1.weight; "),
        (HEADER + "def @f(%x: int32) { add(%x, %l.0.bias) }", 2, 29, "for example to %l_0_bias"),
        ("let %a.b.0 = 1; %a.b.0", 1, 5, "found %a.b.0; "),
        ("free_var %a.let; 1", 1, 10, "has no dots"),
        ("@f.g(1)", 1, 1, "found @f.g; "),
        ("meta[type_key][1337]", 1, 1, "the text has no #[metadata] section"),
        ("meta[relay.Constant][x]", 1, 1, "expected an index"),
        ('meta[Foo][0]\n#[metadata]\n{"root": 0, "nodes": [{"type_key": "Map"}], "b64ndarrays": []}', 1, 1, "no entry"),
    ],
)  # fmt: skip
def test_syntax_errors(program: str, line: int, column: int, message: str) -> None:
    check_error(program, line, column, message)


def test_unknown_operator_names_close_ones() -> None:
    with pytest.raises(UnknownOperatorError, match=r"did you mean.*nn\.conv2d") as caught:
        parse_expr("nn.conv2dd(1, 2)", "test.relay")
    assert str(caught.value.span) == "test.relay:1:1"


def test_unknown_attribute_of_an_operator() -> None:
    with pytest.raises(ModelLibraryError, match="reshape has no attribute foo; its attributes: newshape"):
        parse_expr("reshape(1, foo=1)")


@pytest.mark.parametrize(
    "section",
    [
        "{}",
        "[]",
        '{"root": 7, "nodes": [], "b64ndarrays": []}',
        '{"root": 0, "nodes": [3], "b64ndarrays": []}',
        '{"root": 0, "nodes": [{"type_key": "Map", "keys": ["K"], "data": [9]}], "b64ndarrays": []}',
        '{"root": 0, "nodes": [{"type_key": "Map", "keys": ["K"], "data": [1]}, {"type_key": "Array", "data": [1]}],'
        ' "b64ndarrays": []}',
        '{"root": 0, "nodes": [{"type_key": "Map", "keys": ["K"], "data": [1]}, {"type_key": "Array", "data": [2]},'
        ' {"type_key": "relay.Constant", "attrs": {"data": "0"}}], "b64ndarrays": []}',
        '{"root": 0, "nodes": [{"type_key": "Map", "keys": ["K"], "data": [1]}, {"type_key": "Array", "data": [2]},'
        ' {"type_key": "relay.Constant", "attrs": {"data": "0"}}], "b64ndarrays": ["!!!"]}',
        '{"root": 0, "nodes": [{"type_key": "Map", "keys": ["K"], "data": [1]}, {"type_key": "Array", "data": [2]},'
        ' {"type_key": "relay.Constant", "attrs": {"data": "0"}}], "b64ndarrays": ["AAAA"]}',
        "[" * 100_000,
    ],
)
def test_damaged_metadata(section: str) -> None:
    with pytest.raises(RelaySyntaxError):
        parse_expr(f"meta[K][0]\n#[metadata]\n{section}")
