"""Types of whole programs."""

from __future__ import annotations

import pytest
from tvm_model_library.errors import RelayTypeError, UnknownOperatorError
from tvm_model_library.relay import ast
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.relay.prelude import prelude
from tvm_model_library.relay.type_text import type_text

HEADER = '#[version = "0.0.5"]\n'
LIST = "type List[A] { Cons(A, List[A]), Nil }\n"


def signature(program: str, name: str = "main") -> str:
    """The inferred type of a function of ``program``."""
    return type_text(infer(parse_module(HEADER + program, "test.relay")).functions[name])


def result(body: str, params: str = "", before: str = "") -> str:
    """The inferred type of ``body``."""
    return signature(f"{before}def @main({params}) {{ {body} }}").rpartition(" -> ")[2]


def check_error(program: str, line: int, column: int, *messages: str) -> None:
    """Type-checking ``program`` fails at ``line`` (1 is the first line behind the header), ``column``."""
    with pytest.raises(RelayTypeError) as caught:
        infer(parse_module(HEADER + program, "test.relay"))
    assert str(caught.value.span) == f"test.relay:{line + 1}:{column}"
    for message in messages:
        assert message in caught.value.message


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        ("1", "int32"),
        ("(1, True, (2f,))", "(int32, bool, (float32,))"),
        ("let %t = (1, 2f); %t.1", "float32"),
        ("if (True) { 1 } else { 2 }", "int32"),
        ("add(1f, 2f)", "float32"),
        ("1 < 2", "bool"),
        ("let %r = ref(1); ref_write(%r, 2); ref_read(%r)", "int32"),
        ("ref(1f)", "ref(float32)"),
        ("(fn (%x) { %x + 1 })(2)", "int32"),
        ("let %f = fn (%n: int32) -> int32 { if (%n == 0) { 0 } else { %f(%n - 1) } }; %f", "fn (int32) -> int32"),
        ("let %f = fn (%n) { if (%n == 0) { 0 } else { %f(%n - 1) } }; %f(3)", "int32"),
        ("let %id = fn [A](%x: A) -> A { %x }; (%id(1), %id(2f))", "(int32, float32)"),
        ("let %f = add; %f(1i64, 2i64)", "int64"),
        ("let %p = fn (%t) { %t.1 }; %p((1, 2f))", "float32"),
        ("fn (%x: int32) { %x }", "fn (int32) -> int32"),
        ("match ((1, 2f)) { (%a, %b) => %b }", "float32"),
    ],
)
def test_constructs(body: str, type_: str) -> None:
    found = type_text(infer(parse_module(f"{HEADER}def @main() {{ {body} }}")).functions["main"])
    assert found == f"fn () -> {type_}"


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        ("Cons(1, Nil)", "List[int32]"),
        ("Cons(Nil, Cons(Cons(1f, Nil), Nil))", "List[List[float32]]"),
        ("match (Cons(1, Nil)) { Cons(%x, _) => %x, Nil => 0 }", "int32"),
        ("let %f = Cons; %f(1, Nil)", "List[int32]"),
        ("match (Cons((1, 2f), Nil)) { Cons((%a, %b), Nil) => %b, _ => 0f }", "float32"),
    ],
)
def test_data_types(body: str, type_: str) -> None:
    assert result(body, before=LIST) == type_


def test_functions_may_use_each_other_in_any_order() -> None:
    program = "def @main() { @even(4) }\ndef @even(%n: int32) { if (%n == 0) { True } else { @odd(%n - 1) } }\n"
    program += "def @odd(%n: int32) { if (%n == 0) { False } else { @even(%n - 1) } }"
    assert signature(program) == "fn () -> bool"


def test_generic_functions_take_each_type_anew() -> None:
    program = "def @id[A](%x: A) -> A { %x }\ndef @main() { (@id(1), @id(2f), @id(@id)(3)) }"
    assert signature(program) == "fn () -> (int32, float32, int32)"


def test_generic_function_as_argument() -> None:
    module = parse_module(HEADER + "def @main() { @map(@id, Cons(1, Nil)) }", base=prelude())
    assert type_text(infer(module).functions["main"]) == "fn () -> List[int32]"


def test_unknown_dimensions_go_with_any() -> None:
    params = "%x: Tensor[(?, 3), float32], %y: Tensor[(2, 3), float32], %c: bool"
    assert result("if (%c) { %x } else { %y }", params) == "Tensor[(?, 3), float32]"
    program = "def @f(%x: Tensor[(?, 3), float32]) { %x }\ndef @main(%y: Tensor[(2, 3), float32]) { (@f(%y), %y) }"
    assert result_of(program) == "(Tensor[(?, 3), float32], Tensor[(2, 3), float32])"


def result_of(program: str) -> str:
    return type_text(infer(parse_module(HEADER + program)).functions["main"].result)


def test_operators_wait_for_their_arguments() -> None:
    body = "let %f = fn (%x, %y) { let %z = %x * %y; %z + %x }; %f(%a, 2f)"
    assert result(body, "%a: Tensor[(4, 1), float32]") == "Tensor[(4, 1), float32]"


def test_operators_hand_on_functions_whose_types_are_still_open() -> None:
    body = "let %f = fn (%a) { %a }; let %t = device_copy((%f, %x)); %0 = %t.0; %0(%x)"
    assert result(body, "%x: Tensor[(5), float32]") == "Tensor[(5), float32]"


def test_weight_follows_from_the_data() -> None:
    program = "def @main(%x: Tensor[(2, 8), float32], %w) { nn.dense(%x, %w, units=4) }"
    assert signature(program).startswith("fn (Tensor[(2, 8), float32], Tensor[(4, 8), float32])")


def test_type_of_every_expression() -> None:
    typed = infer(parse_module(HEADER + "def @main(%x: int32) { let %y = %x + 1; (%y, %x) }"))
    let = typed.module.functions["main"].body
    assert isinstance(let, ast.Let)
    assert isinstance(let.value, ast.Call)
    for expr in (let, let.var, let.value, let.value.args[1], let.body, *typed.module.functions["main"].params):
        assert typed.type_of(expr) is not None
    assert type_text(typed.type_of(let)) == "(int32, int32)"
    assert type_text(typed.type_of(let.var)) == "int32"


@pytest.mark.parametrize(
    ("program", "line", "column", "messages"),
    [
        ("def @main(%x: int32) -> float32 {\n %x }", 1, 5, ("expected type float32, found int32",)),
        ("def @main() {\n  if (1) { 1 } else { 2 } }", 2, 7, ("condition of if", "bool", "int32")),
        ("def @main() {\n  if (True) { 1 } else { 2f } }", 2, 3, ("branches of if", "int32", "float32")),
        ("def @main() {\n  let %x: float32 = 1; %x }", 2, 3, ("%x", "expected type float32, found int32")),
        ("def @main() { (1, 2).2 }", 1, 15, ("out of range", "(int32, int32)")),
        ("def @main(%x: int32) { %x.0 }", 1, 24, (".0 needs a tuple, found int32",)),
        ("def @main() { 1(2) }", 1, 15, ("only a function can be called, found int32",)),
        ("def @f(%x: int32) { %x }\ndef @main() { @f(1,\n 2) }", 2, 15, ("takes 1 arguments, found 2",)),
        ("def @f(%x: int32) { %x }\ndef @main() { @f(\n 2f) }", 3, 2, ("argument 1", "int32", "float32")),
        ("def @main() { @f(1) }", 1, 15, ("function @f is not defined",)),
        ("def @main() { add(1) }", 1, 15, ("add takes 2 arguments (", "found 1")),
        ("def @main() { reshape(1) }", 1, 15, ("reshape needs the attribute newshape",)),
        ('def @main() { reshape(1, newshape="x") }', 1, 15, ("newshape of reshape must be", 'found "x"')),
        ("def @main() { reshape(1, newshape=[1], foo=2) }", 1, 15, ("reshape has no attribute foo",)),
        ("def @main(%x: Tensor[(2, 3), float32], %y: Tensor[(4), float32]) { add(%x, %y) }", 1, 68, ("add",)),
        ("def @main(%x) { %x }", 1, 11, ("cannot infer the type of %x",)),
        ("def @main(%x) { add(%x, 1) }", 1, 17, ("argument", "unknown type")),
        ("def @main() { let %f = fn (%f) { %f(%f) }; 1 }", 1, 34, ("contain itself",)),
        ("def @main() { let %x = %x; 1 }", 1, 15, ("%x is used in its own definition",)),
        (LIST + "def @main(%l: List[int32]) {\n match (%l) { Nil => 1 } }", 3, 2, ("does not handle Cons(_, _)",)),
        (
            LIST + "def @main(%l: List[int32]) { match (%l) { Cons(_, Cons(_, _)) => 1, Nil => 2 } }",
            2,
            30,
            ("Cons(_, Nil)",),
        ),
        (LIST + "def @main(%l: List[int32]) { match (%l) { Cons(_) => 1, _ => 2 } }", 2, 43, ("has 2 fields",)),
        (LIST + "def @main() { match (1) { Nil => 1 } }", 2, 27, ("int32", "List[_]")),
        (LIST + "def @main() { Cons(1, Cons(2f, Nil)) }", 2, 23, ("List[int32]", "List[float32]")),
        ("def @main() { ref_read(1) }", 1, 15, ("ref(_)", "int32")),
        ("def @main() { ref_write(ref(1), 2f) }", 1, 15, ("int32", "float32")),
        ("def @main() { meta[relay.Constant][0] }", 1, 15, ("without its #[metadata] section",)),
    ],
)
def test_type_errors(program: str, line: int, column: int, messages: tuple[str, ...]) -> None:
    check_error(program, line, column, *messages)


def test_unknown_operator() -> None:
    with pytest.raises(UnknownOperatorError, match=r"unknown operator nn\.rleu; did you mean .*nn\.relu"):
        infer(parse_module(HEADER + "def @main() { nn.rleu(1f) }"))


@pytest.mark.parametrize(
    "clauses",
    [
        "_ => 1",
        "%all => 1",
        "Cons(_, _) => 1, Nil => 2",
        "Nil => 1, Cons(_, Nil) => 2, Cons(_, Cons(_, _)) => 3",
        "Cons(_, Cons(_, %x)) => 1, _ => 2",
    ],
)
def test_complete_matches(clauses: str) -> None:
    assert result(f"match (%l) {{ {clauses} }}", "%l: List[int32]", LIST) == "int32"


def test_incomplete_match_is_allowed_by_its_question_mark() -> None:
    assert result("match? (%l) { Nil => 1 }", "%l: List[int32]", LIST) == "int32"
