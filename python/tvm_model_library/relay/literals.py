"""The literals of Relay text: numbers with their suffixes and ranges, string escapes, dtype names.

Definitions: TVM 0.18 src/relay/parser/tokenizer.h (numbers), include/tvm/runtime/data_type.h (dtype names).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

_FLOAT = re.compile(r"(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|inf|nan)\Z")
_INT_LIMIT = 2**63 - 1
_WIDTHS = (16, 32, 64)
_DEFAULT_BITS = {
    "int": 32,
    "uint": 32,
    "float": 32,
    "bfloat": 16,
    "bool": 1,
    "handle": 64,
    "e4m3_float": 8,
    "e5m2_float": 8,
}
_DTYPE = re.compile(rf"(?P<code>{'|'.join(_DEFAULT_BITS)})(?P<bits>[0-9]*)(?:x(?P<lanes>[0-9]+))?\Z")
_ESCAPES = dict(zip("ntrabfv\\\"'?", "\n\t\r\a\b\f\v\\\"'?", strict=True))
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_SPELLING = {
    **{chr(code): f"\\{code:03o}" for code in (*range(32), *range(127, 160))},
    **{text: f"\\{key}" for key, text in _ESCAPES.items() if text not in "'?"},
}


class Number(NamedTuple):
    """A number: as a constant, with its dtype, and as an attribute, where a float keeps every digit of the text."""

    scalar: Any
    exact: int | float

    def __str__(self) -> str:
        return str(self.exact)


def number(text: str) -> Number:
    """What ``text`` (``-1``, ``2i64``, ``1.5f``, ``3f16``, ``-inff``) stands for.

    Without a suffix an integer is int32, or int64 where that does not hold it. Raises ``ValueError`` with a message
    for the user.
    """
    digits = text.lstrip("-")
    negative = (len(text) - len(digits)) % 2 == 1
    special = digits[:3] in ("inf", "nan")
    mark = digits.find("f", 3) if special else max(digits.find("f"), digits.find("i"))
    literal, suffix = (digits[:mark], digits[mark + 1 :]) if mark >= 0 else (digits, "")
    if suffix and not suffix.isdigit():
        raise ValueError(f"invalid numeric suffix {digits[mark:]!r} of {text}: expected a width of 16, 32 or 64")
    if suffix and int(suffix[:6]) not in _WIDTHS:
        raise ValueError(f"invalid numeric suffix {digits[mark:]!r} of {text}: expected a width of 16, 32 or 64")
    if special or (mark >= 0 and digits[mark] == "f"):
        return _float(text, literal, negative, int(suffix or 32))
    return _int(text, literal, negative, int(suffix) if suffix else None)


def _float(text: str, literal: str, negative: bool, width: int) -> Number:
    if not _FLOAT.match(literal):
        raise ValueError(f"invalid floating point number {text!r}")
    value = float(literal)
    if np.isinf(value) and literal != "inf":
        raise ValueError(f"floating point number {text} is out of range")
    dtype = np.dtype(f"float{width}")
    if np.isfinite(value) and value > float(np.finfo(dtype).max):
        raise ValueError(f"floating point number {text} is out of range for {dtype.name}")
    value = -value if negative else value
    return Number(dtype.type(value), value)


def _int(text: str, literal: str, negative: bool, width: int | None) -> Number:
    if not literal.isdigit():
        hint = "; a floating point number ends in f" if _FLOAT.match(literal) else "; put spaces around an operator"
        raise ValueError(f"invalid integer {text!r}{hint}")
    value = int(literal) if len(literal.lstrip("0")) <= 19 else _INT_LIMIT + 1
    if value > _INT_LIMIT:
        raise ValueError(f"integer {text} is out of range for int64")
    value = -value if negative else value
    if width is None:
        width = 32 if -(2**31) <= value < 2**31 else 64
    if not -(2 ** (width - 1)) <= value < 2 ** (width - 1):
        raise ValueError(f"integer {text} is out of range for int{width}")
    return Number(np.dtype(f"int{width}").type(value), value)


def scalar_text(value: Any) -> str | None:
    """The literal that stands for exactly the NumPy scalar ``value``, or None when there is none."""
    dtype = value.dtype.name
    if dtype == "bool":
        return str(bool(value))
    suffix = {"int32": "", "float32": "f"}.get(dtype, dtype.replace("float", "f").replace("int", "i"))
    text = f"{value!s}{suffix}"
    if dtype not in ("int16", "int32", "int64", "float16", "float32", "float64"):
        return None
    try:
        read = number(text).scalar
    except ValueError:
        return None
    return text if read.dtype == value.dtype and read.tobytes() == value.tobytes() else None


def float_text(value: float) -> str:
    """``value`` as an attribute."""
    fits = not np.isfinite(value) or abs(value) <= float(np.finfo(np.float32).max)
    return f"{value!r}{'f' if fits else 'f64'}"


def unescape(text: str) -> str:
    """The string that the inside of a string literal stands for."""
    return _ESCAPE.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    octal, hexadecimal, char = match.groups()
    if octal:
        return chr(int(octal, 8))
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    # An unknown escape stands as it is: TVM's own reader leaves every backslash alone.
    return _ESCAPES.get(char, match.group())


def escape(text: str) -> str:
    """The inside of the string literal that stands for ``text``; the inverse of :func:`unescape`."""
    return "".join(_SPELLING.get(c, c) for c in text)


def dtype_name(text: str) -> str | None:
    """The canonical name of the dtype ``text`` (``int`` is ``int32``, ``boolx4`` is ``uint1x4``), or None."""
    match = _DTYPE.match(text)
    if match is None:
        return None
    code, digits, lanes = match["code"], match["bits"], match["lanes"]
    if code == "bool":
        if digits:
            return None
        return f"uint1x{lanes}" if lanes and int(lanes) > 1 else "bool"
    bits = int(digits) if digits else _DEFAULT_BITS[code]
    if not 1 <= bits <= 255 or (lanes and not 1 <= int(lanes) <= 65535):
        return None
    if code == "uint" and bits == 1 and (not lanes or int(lanes) == 1):
        return "bool"
    if code == "handle":
        return "handle"
    return f"{code}{bits}" + (f"x{lanes}" if lanes and int(lanes) > 1 else "")
