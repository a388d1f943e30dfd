"""Stubs of the operators' functions, which are made when the package is imported: what editors and mypy read."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

from tvm_model_library.relay.script.op import FUNCTIONS

ROOM = "python/tvm_model_library/relay/script/op"
_NOTE = "# Made by docs/generate.py from the operator registry (docs/stubs.py): change it there.\n"
_WIDTH = 120
_IMPORTS = """\
from collections.abc import Sequence
from typing import Any

from tvm_model_library.relay.script.base import Expr
from tvm_model_library.relay.script.composed import Axis
from tvm_model_library.relay.script.expr import Call, Constant, ExprLike, Op, Tuple, TupleWrapper
from tvm_model_library.relay.script.nd import Device
from tvm_model_library.relay.script.operators import Function
from tvm_model_library.relay.script.ty import Dtype
"""


def stubs() -> dict[str, str]:
    """All stubs by path below the root: one for each group of operators."""
    groups: dict[str, list[str]] = {"": []}
    for path in sorted(FUNCTIONS):
        group, _, _ = path.rpartition(".")
        while group not in groups:
            groups[group] = []
            group = group.rpartition(".")[0]
        groups[path.rpartition(".")[0]].append(_function(path, FUNCTIONS[path]))
    return {_file(group, groups): _stub(group, groups) for group in groups}


def _file(group: str, groups: dict[str, list[str]]) -> str:
    name = group.replace(".", "/")
    if not group:
        return f"{ROOM}/__init__.pyi"
    return f"{ROOM}/{name}/__init__.pyi" if _inner(group, groups) else f"{ROOM}/{name}.pyi"


def _inner(group: str, groups: dict[str, list[str]]) -> list[str]:
    """The groups directly in a group."""
    return sorted(g.rpartition(".")[2] for g in groups if g and g.rpartition(".")[0] == group)


def _stub(group: str, groups: dict[str, list[str]]) -> str:
    functions = "\n".join(groups[group])
    imports = _used(_IMPORTS, functions + ("\nOp Function" if not group else ""))
    inner = _inner(group, groups)
    package = f"{ROOM.removeprefix('python/').replace('/', '.')}{f'.{group}' if group else ''}"
    lines = [*imports.splitlines(), *(f"from {package} import {name} as {name}" for name in inner)]
    parts = [_NOTE, _sorted_imports(lines)]
    if not group:
        parts.append("FUNCTIONS: dict[str, Function]\n__all__: list[str]\n\ndef get(name: str) -> Op:\n    " + _GET)
    return "\n".join(part for part in [*parts, functions] if part).rstrip() + "\n"


_GET = '"""The operator of a name. Raises ``UnknownOperatorError``."""\n'


def _used(imports: str, text: str) -> str:
    """The imports of names that a text has."""
    words = set(re.findall(r"\w+", text))
    kept = []
    for line in imports.splitlines():
        head, _, names = line.partition(" import ")
        wanted = [n for n in names.split(", ") if n in words]
        if not line or wanted:
            kept.append(f"{head} import {', '.join(wanted)}" if wanted else "")
    return "\n".join(kept).strip("\n")


def _sorted_imports(lines: list[str]) -> str:
    """Standard library first, then the package, as ruff wants them."""
    own = sorted(line for line in lines if line.startswith("from tvm_model_library"))
    others = sorted(line for line in lines if line and line not in own)
    return "\n".join([*others, *([""] if others and own else []), *own]) + "\n"


def _function(path: str, function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parameters = [_parameter(p) for p in signature.parameters.values()]
    name, result = path.rpartition(".")[2], signature.return_annotation
    line = f"def {name}({', '.join(parameters)}) -> {result}:"
    if len(line) > _WIDTH:
        line = f"def {name}(\n" + "".join(f"    {p},\n" for p in parameters) + f") -> {result}:"
    return f"{line}\n{_docstring(function.__doc__ or '')}\n"


def _parameter(parameter: inspect.Parameter) -> str:
    text = f"{parameter.name}: {parameter.annotation}"
    if parameter.default is inspect.Parameter.empty:
        return text
    default = parameter.default
    shown = f'"{default}"' if isinstance(default, str) else repr(default)
    return f"{text} = {shown}"


def _docstring(text: str) -> str:
    lines = []
    for line in inspect.cleandoc(text).splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(line, _WIDTH - 8, subsequent_indent=f"{indent}  " if indent else "") or [""]
    if len(lines) == 1:
        return f'    """{lines[0]}"""'
    return "\n".join([f'    """{lines[0]}', *(f"    {line}" if line else "" for line in lines[1:]), '    """'])
