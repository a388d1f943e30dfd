"""Random programs go through printer and parser unchanged; broken texts end in an error, never in a crash."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tvm_model_library.errors import ModelLibraryError, Span
from tvm_model_library.relay import ast
from tvm_model_library.relay.equal import structural_equal
from tvm_model_library.relay.inference import infer
from tvm_model_library.relay.interpreter import Interpreter
from tvm_model_library.relay.lexer import KEYWORDS
from tvm_model_library.relay.parser import parse_module
from tvm_model_library.relay.prelude import prelude
from tvm_model_library.relay.printer import print_module
from tvm_model_library.relay.types import (
    FuncType,
    GlobalTypeVar,
    IncompleteType,
    RefType,
    TensorType,
    TupleType,
    Type,
    TypeCall,
    TypeVar,
)

HERE = Span("<random>", 1, 1)
TREE = TypeVar("A")
TYPES = {
    "Tree": ast.TypeDefinition(
        "Tree",
        (TREE,),
        (
            ast.Constructor("Leaf", (), "Tree", HERE),
            ast.Constructor("Node", (TREE, TypeCall(GlobalTypeVar("Tree"), (TREE,))), "Tree", HERE),
        ),
        HERE,
    )
}
FIELDS = {"Leaf": 0, "Node": 2}

dtypes = st.sampled_from(["int8", "int16", "int32", "int64", "uint8", "float16", "float32", "float64", "bool"])
names = st.text("abxyz_019", min_size=1, max_size=3)
shapes = st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=3).map(tuple)
tensor_types = st.builds(TensorType, shapes, dtypes)
attributes = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=5)
    ),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)
attribute_names = st.from_regex(r"[a-z]{1,4}(\.[a-z]{1,3})?", fullmatch=True)
attribute_maps = st.dictionaries(
    attribute_names.filter(lambda name: KEYWORDS.isdisjoint(name.split("."))), attributes, max_size=2
)


def types(variables: tuple[TypeVar, ...]) -> st.SearchStrategy[Type]:
    """Types over the given type variables."""
    leaves: st.SearchStrategy[Type] = st.one_of(tensor_types, st.builds(IncompleteType))
    if variables:
        leaves = st.one_of(leaves, st.sampled_from(variables))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda fields: TupleType(tuple(fields))),
            inner.map(RefType),
            inner.map(lambda item: TypeCall(GlobalTypeVar("Tree"), (item,))),
            st.builds(lambda params, result: FuncType(tuple(params), result), st.lists(inner, max_size=2), inner),
        ),
        max_leaves=4,
    )


class Builder:
    """Draws one function. ``pool`` holds finished expressions that may be used again, with what was in scope then."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def var(self, variables: tuple[TypeVar, ...]) -> ast.Var:
        annotation = self.draw(st.one_of(st.none(), types(variables)))
        return ast.Var(HERE, self.draw(names), annotation, self.draw(attribute_maps))

    def constant(self) -> ast.Expr:
        shape = self.draw(st.sampled_from([(), (), (2,), (0, 3)]))
        value = np.array(self.draw(st.integers(0, 100))).astype(self.draw(dtypes))
        return ast.Constant(HERE, np.broadcast_to(value, shape).copy())

    def leaf(self, scope: tuple[ast.Expr, ...]) -> ast.Expr:
        choice = self.draw(st.integers(0, 5))
        if choice <= 2 and scope:
            return self.draw(st.sampled_from(scope))
        if choice == 3:
            return ast.GlobalVar(HERE, "main")
        if choice == 4:
            return ast.OpRef(HERE, self.draw(st.sampled_from(["add", "nn.relu"])))
        return self.constant()

    def expr(self, depth: int, scope: tuple[ast.Expr, ...], variables: tuple[TypeVar, ...]) -> ast.Expr:
        """An expression. ``scope`` holds what it may refer to: variables, and expressions to share."""
        if depth == 0:
            return self.leaf(scope)
        rule = self.draw(st.sampled_from(RULES))
        return rule(self, depth - 1, scope, variables)

    def exprs(self, depth: int, scope: Any, variables: Any) -> tuple[ast.Expr, ...]:
        return tuple(self.expr(depth, scope, variables) for _ in range(self.draw(st.integers(0, 3))))

    def tuple(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        return ast.Tuple(HERE, self.exprs(depth, scope, variables))

    def share(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        shared = self.expr(depth, scope, variables)
        return ast.Tuple(HERE, (shared, self.expr(depth, (*scope, shared), variables)))

    def projection(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        return ast.TupleGetItem(HERE, self.expr(depth, scope, variables), self.draw(st.integers(0, 3)))

    def call(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        args = self.exprs(depth, scope, variables)
        attrs = self.draw(attribute_maps)
        if self.draw(st.booleans()):
            return ast.Call(HERE, ast.OpRef(HERE, "add"), args, attrs)
        attrs = {**attrs, "attrs_type_key": "attrs.Test"} if attrs else {}
        return ast.Call(HERE, self.expr(depth, scope, variables), args, attrs)

    def construct(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        if self.draw(st.booleans()):
            return ast.Call(HERE, ast.ConstructorRef(HERE, "Leaf"), ())
        return ast.Call(HERE, ast.ConstructorRef(HERE, "Node"), self.exprs(depth, scope, variables))

    def let(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        var = self.var(variables)
        value = self.expr(depth, scope, variables)
        return ast.Let(HERE, var, value, self.expr(depth, (*scope, var), variables))

    def branch(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        return ast.If(HERE, *(self.expr(depth, scope, variables) for _ in range(3)))

    def references(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        cell = ast.RefCreate(HERE, self.expr(depth, scope, variables))
        return self.draw(st.sampled_from([cell, ast.RefRead(HERE, cell), ast.RefWrite(HERE, cell, cell)]))

    def function(self, depth: int, scope: Any, variables: Any) -> ast.Function:
        own = tuple(TypeVar(n) for n in self.draw(st.lists(st.sampled_from(["T", "U"]), max_size=2, unique=True)))
        variables = (*variables, *own)
        params = []
        for name in self.draw(st.lists(names, max_size=2, unique=True)):
            params.append(ast.Var(HERE, name, self.draw(st.one_of(st.none(), types(variables)))))
        result = self.draw(st.one_of(st.none(), types(variables)))
        body = self.expr(depth, (*scope, *params), variables)
        return ast.Function(HERE, tuple(params), body, result, own, self.draw(attribute_maps))

    def pattern(self, depth: int, variables: Any) -> ast.Pattern:
        choice = self.draw(st.integers(0, 3 if depth else 1))
        if choice == 0:
            return ast.PatternWildcard(HERE)
        if choice == 1:
            return ast.PatternVar(HERE, self.var(variables))
        inner = tuple(self.pattern(depth - 1, variables) for _ in range(2))
        if choice == 2:
            return ast.PatternTuple(HERE, inner)
        name = self.draw(st.sampled_from(sorted(FIELDS)))
        return ast.PatternConstructor(HERE, name, inner[: FIELDS[name]])

    def match(self, depth: int, scope: Any, variables: Any) -> ast.Expr:
        data = self.expr(depth, scope, variables)
        clauses = []
        for _ in range(self.draw(st.integers(0, 2))):
            pattern = self.pattern(2, variables)
            bound = tuple(_pattern_vars(pattern))
            clauses.append(ast.Clause(pattern, self.expr(depth, (*scope, *bound), variables)))
        return ast.Match(HERE, data, tuple(clauses), self.draw(st.booleans()))


RULES = [
    Builder.tuple,
    Builder.share,
    Builder.projection,
    Builder.call,
    Builder.construct,
    Builder.let,
    Builder.branch,
    Builder.references,
    Builder.function,
    Builder.match,
]


def _pattern_vars(pattern: ast.Pattern) -> list[ast.Var]:
    if isinstance(pattern, ast.PatternVar):
        return [pattern.var]
    return [v for p in getattr(pattern, "patterns", ()) for v in _pattern_vars(p)]


@st.composite
def modules(draw: Any) -> ast.Module:
    """Modules that are well scoped; types are at random."""
    builder = Builder(draw)
    functions = {name: builder.function(draw(st.integers(0, 4)), (), ()) for name in ("main", "other")}
    return ast.Module(functions, TYPES)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(modules())
def test_random_programs_round_trip(module: ast.Module) -> None:
    text = print_module(module)
    back = parse_module(text)
    assert structural_equal(back, module), text
    assert print_module(back) == text


PROGRAMS = [
    print_module(prelude()),
    '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2, 3), float32], %w: Tensor[(?, 3), float32]) {\n'
    "  %0 = nn.dense(%x, %w, units=None);\n  %1 = (%0, meta[relay.Constant][0]);\n"
    "  let %r = ref(%1.0);\n  if (True) { ref_read(%r) } else { %0 * -1.5f }\n}\n"
    '#[metadata]\n{"root": 0, "nodes": [{"type_key": "Map", "keys": ["relay.Constant"], "data": [1]}, '
    '{"type_key": "Array", "data": [2]}, {"type_key": "relay.Constant", "attrs": {"data": "0"}}], "b64ndarrays": '
    '["P6G0lvBAXt0AAAAAAAAAAAEAAAAAAAAAAAAAAAAgAQAEAAAAAAAAAAEAAAA="]}\n',
]
PIECES = [
    *'(){}[]<>,;:.=?!@%#-+*/_"\n\r\0',
    *(
        "let ",
        "fn ",
        "def @",
        "type ",
        "match ",
        "if ",
        "else",
        "ref(",
        "free_var ",
        "extern ",
        "True",
        "None",
        "=>",
        "->",
    ),
    *(
        "%x",
        "%0",
        "@main",
        "meta[relay.Constant][0]",
        "Tensor[(",
        "int32",
        "Cons(",
        "add(",
        "1f",
        "-1",
        "9" * 25,
        "/*",
        "*/",
    ),
    *("#[metadata]", '"root": 1', "\\", "é", "virtual_device=", "\ud800"),
]


def _zeros(type_: TensorType) -> Any:
    return np.zeros([min(2 if d is None else d, 9) for d in type_.shape], type_.dtype)


def check_survives(text: str) -> None:
    """``text`` is accepted and runs, or is refused with a message and a place."""
    refusal = None
    try:
        typed = infer(parse_module(text))
        main = typed.functions.get("main")
        if main and text.count("@") == 1:  # a function that calls itself may never end
            arguments = [t for t in main.params if isinstance(t, TensorType)]
            if len(arguments) == len(main.params):
                Interpreter(typed).call("main", [_zeros(t) for t in arguments])
    except ModelLibraryError as error:
        refusal = error
    assert refusal is None or (refusal.message and refusal.span)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PROGRAMS), st.data())
def test_broken_programs_end_in_an_error(program: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(program)))
        length = data.draw(st.sampled_from([0, 0, 1, 2, 20]))
        program = program[:begin] + data.draw(st.sampled_from(["", *PIECES])) + program[begin + length :]
    check_survives(program)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_random_tokens_end_in_an_error(body: str) -> None:
    check_survives('#[version = "0.0.5"]\ndef @main() { ' + body + " }")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_random_text_ends_in_an_error(text: str) -> None:
    check_survives(text)
