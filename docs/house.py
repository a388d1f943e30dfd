"""The rooms of the package and the doors between them: what docs/generate.py draws and tests/structure checks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "tvm_model_library"
ROOT = Path(__file__).resolve().parent.parent / "python" / PACKAGE

FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("tensors", "files", "disk"),
    ("params",),
    ("relay", "plan", "c_text"),
    ("model",),
    ("frontends", "compiler", "executors", "runs"),
    ("compiled",),
    ("archive", "report"),
    ("build_tree",),
    ("host",),
    ("library",),
    ("microtvm", "verification"),
    ("cli",),
)
"""From the ground up. A room imports rooms of the floors below its own: never one above, never one beside."""

EXCEPTIONS = {("relay/__init__.py", "microtvm"), ("relay/__init__.py", "params")}
"""``tvm_model_library.relay`` also has the names of microTVM's ``relay`` module, on first use."""

WITH_TVM = ("compiler/", "relay/ops/")
"""Where TVM may be imported: all else starts without it."""


@dataclass(frozen=True)
class Import:
    """A file of the package imports a module; both as paths below the package, ``/`` between the parts."""

    file: str
    line: int
    module: str

    @property
    def source(self) -> str:
        """The room that imports."""
        return room_of(self.file)

    @property
    def target(self) -> str:
        """The room that is imported."""
        return room_of(self.module)


def room_of(path: str) -> str:
    """The room that a file or module is in."""
    return path.split("/")[0].removesuffix(".py")


def floor_of(room: str) -> int:
    """The floor of a room, from 0. Raises ``KeyError`` for a room that the house does not have."""
    for number, floor in enumerate(FLOORS):
        if room in floor:
            return number
    raise KeyError(room)


def files() -> Iterator[str]:
    """The package's modules below its ``__init__`` and ``__main__``, as paths."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name not in ("__init__.py", "__main__.py"):
            yield name


def imports(file: str) -> Iterator[Import]:
    """All imports of the package's own modules in a file, at whatever depth they stand."""
    for node, name in _imported(file):
        if name.startswith(f"{PACKAGE}."):
            yield Import(file, node.lineno, name.removeprefix(f"{PACKAGE}.").replace(".", "/"))


def tvm_imports(file: str) -> Iterator[int]:
    """The lines in which a file imports TVM."""
    for node, name in _imported(file):
        if name.split(".")[0] in ("tvm", "tvm_ffi"):
            yield node.lineno


def _imported(file: str) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module == PACKAGE:
                yield from ((node, f"{PACKAGE}.{alias.name}") for alias in node.names if (ROOT / alias.name).exists()
                            or (ROOT / f"{alias.name}.py").exists())  # fmt: skip
            else:
                yield node, node.module


def wrong_doors() -> list[str]:
    """Imports that the floors forbid, one line each."""
    wrong = []
    for file in files():
        for door in imports(file):
            up = floor_of(door.target) >= floor_of(door.source)
            if door.target != door.source and up and (file, door.target) not in EXCEPTIONS:
                wrong.append(f"{file}:{door.line}: {door.source} imports {door.module}, which is not below it")
        if not file.startswith(WITH_TVM):
            wrong += [f"{file}:{line}: imports TVM" for line in tvm_imports(file)]
    return wrong


def arrows() -> set[tuple[str, str]]:
    """Pairs of rooms of which the first imports the second."""
    return {(d.source, d.target) for file in files() for d in imports(file) if (file, d.target) not in EXCEPTIONS} - {
        (room, room) for floor in FLOORS for room in floor
    }


def direct(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs that no chain of other pairs stands for."""
    below: dict[str, set[str]] = {}
    for room in (room for floor in FLOORS for room in floor):
        near = {b for a, b in pairs if a == room}
        below[room] = near | {far for b in near for far in below[b]}
    return {(a, b) for a, b in pairs if not any(b in below[c] for x, c in pairs if x == a)}


def contents(room: str) -> str:
    """The first line of what a room says of itself."""
    folder = ROOT / room
    described = folder / "__init__.py" if folder.is_dir() else ROOT / f"{room}.py"
    return (ast.get_docstring(ast.parse(described.read_text(encoding="utf-8"))) or "").split("\n")[0]


if __name__ == "__main__":
    print("\n".join(wrong_doors()))
