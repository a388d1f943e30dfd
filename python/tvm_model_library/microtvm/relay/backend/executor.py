"""How a model is run: ``Executor("aot", {"interface-api": "c", "unpacked-api": True})``.

Definition: TVM 0.18 src/relay/backend/executor.cc.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tvm_model_library.errors import ModelLibraryError

OPTIONS: dict[str, dict[str, type]] = {
    "graph": {"link-params": bool},
    "aot": {
        "link-params": bool,
        "unpacked-api": bool,
        "interface-api": str,
        "workspace-byte-alignment": int,
        "constant-byte-alignment": int,
    },
}
MEANINGS = (
    ("graph", "link-params", "accepted: the graph executor's constants are in its parameter file, which is linked too"),
    ("aot", "link-params", "True, which is so anyway; False is refused"),
    ("aot", "unpacked-api", "accepted: kernels take plain pointers"),
    ("aot", "interface-api", "`c`, which is so anyway; `packed` is refused"),
    ("aot", "workspace-byte-alignment", "honoured: the greatest of both alignments is that of the arena"),
    ("aot", "constant-byte-alignment", "honoured, likewise"),
)
"""Executor, option, and what becomes of it."""

_ALWAYS = "the AOT executor's constants are arrays of its code"


class Configuration:
    """A name and options, as :class:`Executor` and ``Runtime`` are. Options that are not known are refused by name."""

    known: Mapping[str, Mapping[str, type]] = {}
    what = ""

    def __init__(self, name: str, options: Mapping[str, Any] | None = None) -> None:
        if name not in self.known:
            raise ModelLibraryError(f"unknown {self.what} {name!r}; expected one of: {', '.join(self.known)}")
        self.name = name
        self._attrs = {option: self._checked(option, value) for option, value in (options or {}).items()}

    def _checked(self, option: str, value: Any) -> Any:
        kinds = self.known[self.name]
        if option not in kinds:
            known = ", ".join(kinds) or "none"
            raise ModelLibraryError(f"{self.what} {self.name!r} has no option {option!r}; its options: {known}")
        kind = kinds[option]
        if kind is bool and value in (0, 1):
            return bool(value)
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            expected = {bool: "True or False", int: "a number", str: "text"}[kind]
            raise ModelLibraryError(f"option {option!r} of {self.what} {self.name!r} is {expected}, found {value!r}")
        return value

    def get(self, option: str, default: Any = None) -> Any:
        """An option's value, or ``default`` where it was not given."""
        return self._attrs.get(option, default)

    def __getitem__(self, option: str) -> Any:
        return self._attrs[option]

    def __contains__(self, option: object) -> bool:
        return option in self._attrs

    def __iter__(self) -> Iterator[str]:
        return iter(self._attrs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and (self.name, self._attrs) == (other.name, other._attrs)

    def __hash__(self) -> int:
        return hash((self.name, *sorted(self._attrs)))

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self._attrs!r})"

    @classmethod
    def list_registered(cls) -> list[str]:
        """All names."""
        return list(cls.known)

    @classmethod
    def list_registered_options(cls, name: object) -> dict[str, str]:
        """The options of a name, and what each is."""
        return {option: kind.__name__ for option, kind in cls.known[str(name)].items()}


class Executor(Configuration):
    """The graph executor or the AOT executor. Raises ``ModelLibraryError`` for an option that can't be honoured."""

    known = OPTIONS
    what = "executor"

    def __init__(self, name: str, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(name, options)
        if name == "aot" and self.get("link-params") is False:
            raise ModelLibraryError(f"executor 'aot': link-params can't be False: {_ALWAYS}")
        if self.get("interface-api", "c") != "c":
            raise ModelLibraryError(
                f"executor 'aot': interface-api is 'c', found {self.get('interface-api')!r}: the code has one entry "
                "point with structures of inputs and outputs, and no packed functions"
            )
