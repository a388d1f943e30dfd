"""Depth costs memory, never the Python stack: programs of a hundred thousand levels pass through every stage."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tvm_model_library.errors import ModelLibraryError, RelaySyntaxError, RelayTypeError
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


def test_deep_attributes_have_a_short_message() -> None:
    axis = "[" * SOME + "0" + "]" * SOME
    text = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { sum(%x, axis=' + axis + ") }"
    with pytest.raises(RelayTypeError, match=r"axis of sum must be .*, found \[\[\[\[\.\.\.\]\]\]\]$") as caught:
        infer(parse_module(text))
    assert len(str(caught.value)) < 200


def test_deep_types_in_messages_are_cut() -> None:
    text = f"%x: {'(' * SOME}int32{',)' * SOME}"
    with pytest.raises(RelayTypeError, match=r"data must be a tensor, found \(\(\(") as caught:
        infer(parse_module(f'#[version = "0.0.5"]\ndef @main({text}) {{ exp(%x) }}'))
    assert len(str(caught.value)) < 400


def with_metadata(nodes: list[dict[str, Any]], reference: str = "meta[K][0]") -> str:
    """A program one of whose attributes is the first of ``nodes``, which are numbered from 3."""
    head: list[dict[str, Any]] = [
        {"type_key": ""},
        {"type_key": "Map", "keys": ["K"], "data": [2]},
        {"type_key": "Array", "data": [3]},
    ]
    section = json.dumps({"root": 1, "nodes": [*head, *nodes], "b64ndarrays": []})
    call = f"def @main(%x: Tensor[(2), float32]) {{ sum(%x, axis={reference}) }}"
    return f'#[version = "0.0.5"]\n{call}\n#[metadata]\n{section}'


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        pytest.param([{"type_key": "Array", "data": [i + 4]} for i in range(SOME)] + [{"type_key": ""}],
                     "axis of sum must be", id="deep"),
        pytest.param([{"type_key": "Array", "data": [i + 4, i + 4]} for i in range(60)] + [{"type_key": ""}],
                     "has more than 10000000 parts", id="doubled again and again"),
        pytest.param([{"type_key": "runtime.BoxInt", "repr_str": "7" * 5000}],
                     "77777777777777777777... is no integer of 64 bits", id="thousands of digits"),
        pytest.param([{"type_key": "runtime.BoxInt", "repr_str": "9223372036854775808"}],
                     "9223372036854775808 is no integer of 64 bits", id="65 bits"),
        pytest.param([{"type_key": "runtime.String", "repr_str": "\ud800"}],
                     "half of a surrogate pair", id="surrogate"),
    ],
)  # fmt: skip
def test_metadata_that_means_harm(nodes: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ModelLibraryError) as caught:
        infer(parse_module(with_metadata(nodes)))
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300
    str(caught.value).encode()


def test_metadata_may_spell_characters_as_surrogate_pairs() -> None:
    pair = r"\ud83d\ude00"
    text = with_metadata([{"type_key": "runtime.String", "repr_str": "SMILE"}]).replace("SMILE", pair)
    assert parse_module(text).functions["main"]
    with pytest.raises(RelayTypeError, match='found "\N{GRINNING FACE}"'):
        infer(parse_module(text))
