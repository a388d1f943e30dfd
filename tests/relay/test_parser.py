"""Relay text to the syntax tree."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from tvm_model_library.params import encode_tensor
from tvm_model_library.relay import ast
from tvm_model_library.relay.parser import parse_expr, parse_module
from tvm_model_library.relay.types import FuncType, IncompleteType, RefType, TensorType, TupleType, TypeCall

HEADER = '#[version = "0.0.5"]\n'


def constant(text: str) -> np.ndarray:
    expr = parse_expr(text)
    assert isinstance(expr, ast.Constant)
    return expr.value


def infix(expr: ast.Expr) -> str:
    """The calls of ``expr`` with every pair of parentheses written out."""
    if isinstance(expr, ast.Call):
        assert isinstance(expr.func, ast.OpRef)
        return f"{expr.func.name}({', '.join(map(infix, expr.args))})"
    assert isinstance(expr, ast.Constant)
    return str(expr.value)


@pytest.mark.parametrize(
    ("text", "value", "dtype"),
    [
        ("1", 1, "int32"),
        ("--10", 10, "int32"),
        ("---10", -10, "int32"),
        ("-42i16", -42, "int16"),
        ("2147483647", 2147483647, "int32"),
        ("2147483648", 2147483648, "int64"),
        ("9223372036854775807", 9223372036854775807, "int64"),
        ("0i64", 0, "int64"),
        ("1f", 1.0, "float32"),
        ("1.5f", 1.5, "float32"),
        ("1e-1f", np.float32(0.1), "float32"),
        ("1.0E+1f", 10.0, "float32"),
        ("3f64", 3.0, "float64"),
        ("-65504f16", -65504.0, "float16"),
        ("inff", np.inf, "float32"),
        ("-inff", -np.inf, "float32"),
        ("inff64", np.inf, "float64"),
        ("True", True, "bool"),
        ("False", False, "bool"),
    ],
)
def test_literals(text: str, value: object, dtype: str) -> None:
    array = constant(text)
    assert array.dtype == dtype
    assert array.shape == ()
    assert array == value


def test_nan_literal() -> None:
    assert np.isnan(constant("nanf"))


def test_negative_zero_keeps_its_sign() -> None:
    assert np.signbit(constant("-0.0f"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 + 3", "add(add(1, 2), 3)"),
        ("1 - 2 * 3", "subtract(1, multiply(2, 3))"),
        ("1 * 2 + 3 < 4 == 5", "equal(less(add(multiply(1, 2), 3), 4), 5)"),
        ("1 == 2 < 3 + 4 * 5", "equal(1, less(2, add(3, multiply(4, 5))))"),
        ("1 * (2 + 3)", "multiply(1, add(2, 3))"),
        ("1 / 2 / 3", "divide(divide(1, 2), 3)"),
        ("1 <= 2 != 3 >= 4", "not_equal(less_equal(1, 2), greater_equal(3, 4))"),
        ("1 > 2", "greater(1, 2)"),
    ],
)
def test_infix_precedence(text: str, expected: str) -> None:
    assert infix(parse_expr(text)) == expected


def test_spans_are_places_in_the_text() -> None:
    expr = parse_expr("\n  (1,\n   add(2, 3))", "here")
    assert isinstance(expr, ast.Tuple)
    assert str(expr.span) == "here:2:3"
    assert [str(f.span) for f in expr.fields] == ["here:2:4", "here:3:4"]


def test_comments_nest_and_annotations_are_ignored() -> None:
    assert constant("/* a /* b */ c */ 7 /* ty=int32 span=x:1:2 */ // end") == 7


def test_crlf_line_ends() -> None:
    expr = parse_expr("(1,\r\n 2)")
    assert isinstance(expr, ast.Tuple)
    assert str(expr.fields[1].span) == "<string>:2:2"


def test_graph_variables_share_one_expression() -> None:
    expr = parse_expr("%0 = (); %7 = 1; (%0, %7, %0)")
    assert isinstance(expr, ast.Tuple)
    assert expr.fields[0] is expr.fields[2]


def test_graph_variables_begin_anew_in_each_function() -> None:
    module = parse_module(HEADER + "def @a() { %0 = 1; %0 }\ndef @b() { %0 = 2; %0 }")
    bodies = [f.body for f in module.functions.values()]
    assert [b.value.item() for b in bodies if isinstance(b, ast.Constant)] == [1, 2]


def test_let_scoping_and_shadowing() -> None:
    expr = parse_expr("let %x = 1; let %y = (let %x = 2; %x); %x")
    assert isinstance(expr, ast.Let)
    assert isinstance(expr.body, ast.Let)
    assert expr.body.body is expr.var
    inner = expr.body.value
    assert isinstance(inner, ast.Let)
    assert inner.body is inner.var is not expr.var


def test_statements_become_lets() -> None:
    expr = parse_expr("(); 1")
    assert isinstance(expr, ast.Let)
    assert expr.var.name == ""
    assert isinstance(expr.body, ast.Constant)


def test_function_with_generics_attributes_and_devices() -> None:
    expr = parse_expr(
        'fn [A](%x {virtual_device="cpu"}: A, relay.reshape_only=1, name="f", shape=[1, [2]], n=None) -> A { %x }'
    )
    assert isinstance(expr, ast.Function)
    assert expr.result is expr.params[0].annotation is expr.type_params[0]
    assert dict(expr.attrs) == {"relay.reshape_only": 1, "name": "f", "shape": (1, (2,)), "n": None}
    assert dict(expr.params[0].attrs) == {"virtual_device": "cpu"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int32", TensorType((), "int32")),
        ("int", TensorType((), "int32")),
        ("uint", TensorType((), "uint32")),
        ("bool", TensorType((), "bool")),
        ("int8x4", TensorType((), "int8x4")),
        ("boolx4", TensorType((), "uint1x4")),
        ("bfloat16", TensorType((), "bfloat16")),
        ("Tensor[(), float32]", TensorType((), "float32")),
        ("Tensor[(1), float32]", TensorType((1,), "float32")),
        ("Tensor[(?, 1,), float32]", TensorType((None, 1), "float32")),
        ("()", TupleType(())),
        ("(int32,)", TupleType((TensorType((), "int32"),))),
        ("ref(int32)", RefType(TensorType((), "int32"))),
        ("fn (int32) -> bool", FuncType((TensorType((), "int32"),), TensorType((), "bool"))),
    ],
)
def test_types(text: str, expected: object) -> None:
    expr = parse_expr(f"free_var %x: {text}; %x")
    assert isinstance(expr, ast.Var)
    assert expr.annotation == expected


def test_unknown_and_generic_types() -> None:
    expr = parse_expr("fn (%x: _, %f: fn [B](B) -> B) { %x }")
    assert isinstance(expr, ast.Function)
    unknown, generic = (p.annotation for p in expr.params)
    assert isinstance(unknown, IncompleteType)
    assert isinstance(generic, FuncType)
    assert generic.result is generic.params[0] is generic.type_params[0]


def test_data_types_and_match() -> None:
    module = parse_module(
        HEADER
        + """type List[A] { Cons(A, List[A]), Nil }
        extern type Handle[B]
        def @f[A](%xs: List[A], %h: Handle[A]) {
          match? (%xs) { Cons((%a, _), %rest : List[A]) => %rest, _ => Nil, }
        }"""
    )
    assert list(module.types) == ["List", "Handle"]
    assert module.externs == ("Handle",)
    cons = module.constructors()["Cons"]
    assert isinstance(cons.fields[1], TypeCall)
    match = module.functions["f"].body
    assert isinstance(match, ast.Match)
    assert not match.complete
    pattern = match.clauses[0].pattern
    assert isinstance(pattern, ast.PatternConstructor)
    assert isinstance(pattern.patterns[0], ast.PatternTuple)
    nil = match.clauses[1].body
    assert isinstance(nil, ast.Call)
    assert isinstance(nil.func, ast.ConstructorRef)


def test_references_and_control_flow() -> None:
    module = parse_module(
        HEADER + "def @f(%x: int32) { %0 = ref(%x); ref_write(%0, 1); if (True) { ref_read(%0) } else { %x } }"
    )
    let = module.functions["f"].body
    assert isinstance(let, ast.Let)
    assert isinstance(let.value, ast.RefWrite)
    assert isinstance(let.body, ast.If)
    assert isinstance(let.body.then, ast.RefRead)
    assert let.body.then.ref is let.value.ref


def test_call_attributes() -> None:
    module = parse_module(HEADER + 'def @f(%g: fn () -> ()) { %g(a.b=1e-05f, s="x\\"y", attrs_type_key="attrs.T") }')
    call = module.functions["f"].body
    assert isinstance(call, ast.Call)
    # An attribute keeps every digit: it is a double even though a constant of that text would be a float32.
    assert dict(call.attrs) == {"a.b": 1e-05, "s": 'x"y', "attrs_type_key": "attrs.T"}


def test_names_may_hold_slashes() -> None:
    assert isinstance(parse_expr("free_var %base/x: int32; %base/x"), ast.Var)


def metadata(**kinds: list[tuple[str, dict[str, str] | str]]) -> str:
    """A metadata section holding, for each kind, objects given as type key and fields."""
    nodes: list[dict[str, object]] = [{"type_key": ""}, {"type_key": "Map"}]
    data = []
    for objects in kinds.values():
        first = len(nodes)
        for key, fields in objects:
            nodes.append({"type_key": key, **({"repr_str": fields} if isinstance(fields, str) else {"attrs": fields})})
        nodes.append({"type_key": "Array", "data": list(range(first, len(nodes)))})
        data.append(len(nodes) - 1)
    nodes[1].update(keys=[k.replace("__", ".") for k in kinds], data=data)
    tensor = base64.b64encode(encode_tensor(np.array([[1, 2]], "int8"))).decode()
    return "#[metadata]\n" + json.dumps({"root": 1, "nodes": nodes, "b64ndarrays": [tensor], "attrs": {}})


def test_metadata_constant_is_one_shared_expression() -> None:
    section = metadata(relay__Constant=[("relay.Constant", {"data": "0", "span": "0", "virtual_device_": "0"})])
    expr = parse_expr("(meta[relay.Constant][0], meta[relay.Constant][0])\n" + section)
    assert isinstance(expr, ast.Tuple)
    assert expr.fields[0] is expr.fields[1]
    constant = expr.fields[0]
    assert isinstance(constant, ast.Constant)
    assert constant.value.dtype == "int8"
    assert constant.value.tolist() == [[1, 2]]


def test_metadata_attributes_of_a_call() -> None:
    box = [("runtime.BoxInt", "5")]
    struct = [("relay.attrs.ArgsortAttrs", {"axis": "4", "dtype": "int64", "is_ascend": "0"})]
    text = "def @f(%x: Tensor[(3), float32]) { %0 = topk(%x, k=meta[runtime.BoxInt][0]); argsort(%x, meta[A][0]) }\n"
    module = parse_module(HEADER + text + metadata(runtime__BoxInt=box, A=struct))
    call = module.functions["f"].body
    assert isinstance(call, ast.Call)
    # ArgsortAttrs.axis is a plain integer, although there is a node 4.
    assert dict(call.attrs) == {"axis": 4, "dtype": "int64", "is_ascend": False}


def test_metadata_objects_without_meaning_are_kept() -> None:
    device = {"device_type_int": "1", "memory_scope": "0", "target": "0", "virtual_device_id": "0"}
    section = metadata(VirtualDevice=[("VirtualDevice", device)])
    expr = parse_expr("fn (virtual_device=meta[VirtualDevice][0]) { 1 }\n" + section)
    assert isinstance(expr, ast.Function)
    opaque = expr.attrs["virtual_device"]
    assert isinstance(opaque, ast.Opaque)
    assert opaque.kind == "VirtualDevice"
    assert opaque.fields["device_type_int"] == 1


def test_base_module_lends_its_definitions() -> None:
    base = parse_module(HEADER + "type Maybe[A] { Just(A), Nothing }\ndef @one() { 1 }")
    module = parse_module(HEADER + "def @main() -> Maybe[int32] { Just(@one()) }", base=base)
    assert list(module.functions) == ["one", "main"]
    assert list(module.types) == ["Maybe"]
