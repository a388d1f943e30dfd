"""What compiled objects take of flash and RAM, read off their ELF sections and symbols.

Sizes are those before linking: the linker may drop what nothing refers to (``--gc-sections``), and adds what the code
calls in other libraries.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tvm_model_library.disk import read_file
from tvm_model_library.errors import ModelLibraryError

_WRITE, _ALLOC, _EXECUTE = 1, 2, 4  # sh_flags, ELF specification chapter 4
_SLIM = "__gnu_lto_slim"  # GCC marks objects that hold no machine code with this symbol


class FootprintError(ModelLibraryError):
    """An object whose size can't be told."""


@dataclass(frozen=True)
class Symbol:
    """A function or an array: ``kind`` is ``code``, ``read_only`` or ``data``."""

    name: str
    kind: str
    bytes: int


@dataclass(frozen=True)
class Footprint:
    """Sizes in bytes. ``data`` has first values: it takes as much flash as RAM; ``zeroed`` takes RAM only."""

    code: int
    read_only: int
    data: int
    zeroed: int
    symbols: tuple[Symbol, ...]

    @property
    def flash(self) -> int:
        return self.code + self.read_only + self.data

    @property
    def ram(self) -> int:
        return self.data + self.zeroed


def footprint_of(objects: Sequence[Path]) -> Footprint:
    """What the ELF object files hold together. Raises :class:`FootprintError` for other files, and for objects that
    leave the code to the linker (link-time optimization); ``ModelLibraryError`` for files that can't be read.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    sizes = {"code": 0, "read_only": 0, "data": 0, "zeroed": 0}
    symbols: list[Symbol] = []
    for path in objects:
        data = read_file(path, "the object file")
        try:
            elf = ELFFile(io.BytesIO(data))
            for kind, size in _sections(elf):
                sizes[kind] += size
            symbols += _symbols(path, elf)
        except ELFError as error:
            raise FootprintError(
                f"{path} is no ELF object, the only kind whose size can be read ({error}); clang writes other "
                "files for link-time optimization (-flto)"
            ) from None
    return Footprint(**sizes, symbols=tuple(sorted(symbols, key=lambda s: (-s.bytes, s.name))))


def _sections(elf: Any) -> Iterator[tuple[str, int]]:
    for section in elf.iter_sections():
        kind = _kind(section)
        if kind:
            yield kind, int(section["sh_size"])


def _symbols(path: Path, elf: Any) -> Iterator[Symbol]:
    table = elf.get_section_by_name(".symtab")
    seen = set()
    for symbol in table.iter_symbols() if table else ():
        if symbol.name == _SLIM:
            raise FootprintError(
                f"{path} holds no machine code: it was compiled for link-time optimization (-flto), and its size is "
                "known only once the program is linked"
            )
        place = symbol["st_shndx"], symbol["st_value"]
        if isinstance(place[0], int) and symbol["st_size"] and place not in seen:
            seen.add(place)  # aliases count once
            kind = _kind(elf.get_section(place[0]))
            if kind and kind != "zeroed":
                yield Symbol(symbol.name, kind, int(symbol["st_size"]))


def _kind(section: Any) -> str:
    """Where a section's bytes go in a program: empty for what is not loaded."""
    flags = section["sh_flags"]
    if not flags & _ALLOC:
        return ""
    if section["sh_type"] == "SHT_NOBITS":
        return "zeroed"
    if flags & _EXECUTE:
        return "code"
    return "data" if flags & _WRITE else "read_only"
