"""Pieces of C that the executors share: identifiers, literals, arrays, templates, generated files."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2
import numpy as np

from tvm_model_library.c_text.names import KEYWORDS, LONGEST, comment_text, identifier
from tvm_model_library.c_text.types import storage_type
from tvm_model_library.errors import ExportError
from tvm_model_library.tensors import Array

_LONGEST_STRING = 4095  # C99 5.2.4.1

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class CodeFile:
    """One generated file. ``folder`` is ``src``, ``lib`` or ``include``; sources and objects are called
    ``lib<N>.c`` and ``lib<N>.o`` here, and the archive's version decides about a prefix.
    """

    folder: str
    name: str
    data: bytes


def check_model_name(name: str) -> str:
    """``name``, when all symbols of a model can carry it. Raises ``ExportError`` otherwise."""
    # TVM's own name for a model without one: scripts rely on it, and symbols carry it inside tvmgen_default_...
    if name in KEYWORDS and name != "default":
        raise ExportError(f"the model name {name!r} is a keyword of C or C++; choose another with --model-name")
    if not _IDENTIFIER.match(name) or "__" in name or len(name) > LONGEST:
        suggestion = identifier(name)
        raise ExportError(
            f"the model name {name!r} is no C identifier: expected a letter, then letters, digits and single "
            f"underscores, up to {LONGEST}; {suggestion!r} would do (--model-name)"
        )
    return name


def elements(array: Array) -> str:
    """The elements of an array as a C initializer of its dtype's storage type, in lines of about 110 characters.

    Floats are hexadecimal: exact, whatever the compiler.
    """
    flat = np.ascontiguousarray(array).reshape(-1)
    name = flat.dtype.name
    if name in ("float16", "bfloat16"):
        flat = flat.view(np.uint16)
    elif name == "bool":
        flat = flat.view(np.uint8)
    words = _words(flat)
    width = max((len(w) for w in words), default=1) + 2
    per_line = max(1, 110 // width)
    rows = (", ".join(words[i : i + per_line]) for i in range(0, len(words), per_line))
    return ",\n".join(f"    {row}" for row in rows)


def _words(flat: Array) -> list[str]:
    values = flat.tolist()
    kind = flat.dtype.kind
    if kind == "f":
        suffix = "f" if flat.dtype.itemsize == 4 else ""
        return [_float_word(v, suffix) for v in values]
    info = np.iinfo(flat.dtype)
    suffix = {32: "U", 64: "ULL"}.get(info.bits, "") if kind == "u" else "LL" if info.bits == 64 else ""
    words = [f"{v}{suffix}" for v in values]
    if kind == "i" and info.bits >= 32:
        # The smallest value has no literal: its magnitude does not fit.
        lowest = f"{info.min}{suffix}"
        return [f"({info.min + 1}{suffix} - 1)" if w == lowest else w for w in words]
    return words


def _float_word(value: float, suffix: str) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    mantissa, exponent = value.hex().split("p")
    return f"{_trim(mantissa)}p{int(exponent)}{suffix}"


def _trim(mantissa: str) -> str:
    return mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa


def needs_math(arrays: Iterable[Array]) -> bool:
    """Whether :func:`elements` of one of the arrays speaks of ``NAN`` or ``INFINITY``."""
    return any(a.dtype.name in ("float32", "float64") and not np.isfinite(a).all() for a in arrays)


def byte_words(data: bytes) -> str:
    """Bytes as a C initializer."""
    words = [str(b) for b in data]
    return ",\n".join("    " + ",".join(words[i : i + 30]) for i in range(0, len(words), 30))


def string_literal(text: str) -> str:
    """Text as a C string literal, in UTF-8, on one line."""
    return f'"{_characters(text.encode("utf-8"))}"'


def char_array(rows: Sequence[bytes]) -> str:
    """A C initializer for ``const char x[]``: the rows after each other, and a final NUL.

    One string a row; where they are longer together than what C99 compilers must take, one character constant a byte.
    """
    if sum(map(len, rows)) <= _LONGEST_STRING:
        return "\n".join(f'    "{_characters(row)}"' for row in rows) or '    ""'
    lines = [",".join(f"'{_character(b)}'" for b in row) for row in rows if row]
    return "    {" + ",\n     ".join([*lines, "0"]) + "}"


def rows_of(text: str, width: int = 100) -> list[bytes]:
    """Text in UTF-8, in rows of ``width`` bytes."""
    data = text.encode("utf-8")
    return [data[start : start + width] for start in range(0, len(data), width)]


def _characters(data: bytes) -> str:
    return "".join(map(_character, data))


def _character(byte: int) -> str:
    if byte in b"\"'\\?":
        return "\\" + chr(byte)
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"


def array_definition(name: str, array: Array) -> str:
    """``static const T name[] = {...};``. An array of no elements gets one, as C99 has no empty arrays."""
    body = elements(array) or "    0"
    return f"static const {storage_type(array.dtype.name)} {name}[] = {{\n{body},\n}};"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tvm_model_library", "executors/templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["comment"] = comment_text
    return environment


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill in one of the templates in ``executors/templates``."""
    return _environment().get_template(template).render(**values)
