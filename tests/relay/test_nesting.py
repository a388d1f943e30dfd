"""Depth costs memory, never the Python stack: programs of a hundred thousand levels pass through every stage."""

from __future__ import annotations

import pytest
from tvm_model_library.errors import RelaySyntaxError, RelayTypeError
from tvm_model_library.relay.equal import structural_equal
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.parser import parse_expr, parse_module
from tvm_model_library.relay.printer import print_module

DEPTH = 100_000
# Deep enough to overflow any recursion, Python's or C's; the constructs that people nest deepest get DEPTH.
SOME = 20_000


def module(body: str) -> str:
    return f'#[version = "0.0.5"]\ndef @main() {{\n{body}\n}}\n'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("(" * DEPTH + "1" + ")" * DEPTH, id="parentheses"),
        pytest.param("(" * DEPTH + "1" + ",)" * DEPTH, id="tuples"),
        pytest.param("let %x = 1;\n" * DEPTH + "%x", id="lets"),
        pytest.param("let %x = (" * SOME + "1" + "); %x" * SOME, id="lets in lets"),
        pytest.param("add(" * SOME + "1" + ", 1)" * SOME, id="calls"),
        pytest.param("fn () {" * SOME + "1" + "}" * SOME, id="functions"),
        pytest.param("if (True) {" * SOME + "1" + "} else { 2 }" * SOME, id="branches"),
    ],
)
def test_deep_programs(body: str) -> None:
    parsed = parse_module(module(body))
    infer(parsed)
    assert structural_equal(parse_module(print_module(parsed)), parsed)


def test_deep_types_that_differ() -> None:
    body = f"if (True) {{ {'(' * SOME}1{',)' * SOME} }} else {{ {'(' * SOME}1f{',)' * SOME} }}"
    with pytest.raises(RelayTypeError, match="int32 does not match float32"):
        infer(parse_module(module(body)))


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEPTH,
        "{" * DEPTH,
        "fn (%x: " + "(" * DEPTH,
        "fn (%x: " + "fn () -> " * DEPTH,
        "match (1) { " + "(" * DEPTH,
        "reshape(1, newshape=" + "[" * DEPTH,
        "/*" * DEPTH,
        "meta[K][0]\n#[metadata]\n" + '{"root": ' * DEPTH,
    ],
    ids=["parentheses", "blocks", "tuple types", "function types", "patterns", "attributes", "comments", "metadata"],
)
def test_deep_texts_that_break_off(text: str) -> None:
    with pytest.raises(RelaySyntaxError):
        parse_expr(text)
