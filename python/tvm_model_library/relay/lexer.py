"""Relay text to tokens, each with its place.

The lexical rules are those of the 0.0.5 text format as TVM 0.18 reads it (src/relay/parser/tokenizer.h): a number
runs on over digits, ``.``, ``e``, ``+`` and ``-``, so ``1-1`` is one malformed number and subtraction needs a space;
a float needs its ``f``; a name may contain ``/``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, NamedTuple

from tvm_model_library.errors import RelaySyntaxError, Span
from tvm_model_library.relay.literals import number, unescape

KEYWORDS = frozenset(
    ("let", "fn", "def", "if", "else", "type", "match", "extern", "free_var", "ref", "ref_read", "ref_write")
)

_NAME = r"[A-Za-z_][A-Za-z_0-9/]*"
_TOKEN = re.compile(
    rf"""(?P<space>(?:[ \t\n]|\r\n|//[^\n]*)+)
    |(?P<comment>/\*)
    |(?P<number>-*(?:[0-9][0-9.eE+\-]*(?:[fi][0-9.eE+\-]*)?|(?:inf|nan)f(?:16|32|64)?(?![A-Za-z_0-9/])))
    |(?P<dotted>[%@]{_NAME}(?:\.[0-9]+)*\.{_NAME}(?:\.[A-Za-z_0-9/]+)*)
    |(?P<graph>%[0-9]+)
    |(?P<local>%{_NAME})
    |(?P<global>@{_NAME})
    |(?P<meta>meta\[(?P<kind>[^\]]*)\]\[(?P<index>[^\]]*)\])
    |(?P<word>{_NAME}(?:(?<=match)\?)?)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<attribute>\#\[(?P<header>[^\]]*)\])
    |(?P<operator><=|>=|==|!=|->|=>|[-.,=;:()+*/<>{{}}\[\]!@?])""",
    re.VERBOSE | re.DOTALL,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_WORDS = {"True": ("bool", True), "False": ("bool", False), "_": ("_", None)}


class Token(NamedTuple):
    """``kind`` is the token's own text for keywords and punctuation; otherwise ``local`` (``%x``), ``graph``
    (``%0``), ``global`` (``@f``), ``name``, ``int``, ``float``, ``bool``, ``string``, ``meta``, ``version`` or ``end``.
    ``value`` is the name without its sigil, a :class:`Number`, a truth value, the string, or a :class:`MetaName`.
    """

    kind: str
    value: Any
    offset: int


@dataclass(frozen=True, slots=True)
class MetaName:
    """``meta[kind][index]`` as the text names it."""

    kind: str
    index: int

    def __str__(self) -> str:
        return f"meta[{self.kind}][{self.index}]"


@dataclass(frozen=True)
class TokenStream:
    """The tokens of one text, ending in an ``end`` token; ``metadata`` is the text of its ``#[metadata]`` section."""

    tokens: list[Token]
    places: Places
    metadata: str | None
    metadata_offset: int


class Places:
    """Offsets to spans."""

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def span(self, offset: int) -> Span:
        line = bisect_right(self._starts, offset)
        return Span(self._source, line, offset - self._starts[line - 1] + 1)


def tokenize(text: str, source: str) -> TokenStream:
    """All tokens of ``text``. Raises :class:`RelaySyntaxError`."""
    places = Places(text, source)
    if half := _SURROGATE.search(text):
        raise RelaySyntaxError(
            f"{half[0]!r} is half of a surrogate pair, which no file holds", places.span(half.start())
        )
    tokens: list[Token] = []
    position, end = 0, len(text)
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise RelaySyntaxError(_describe_stray(text, position), places.span(position))
        kind = match.lastgroup
        if kind == "comment":
            position = _skip_comment(text, position, places)
            continue
        if kind == "attribute":
            header = match["header"].strip()
            if header == "metadata":
                tokens.append(Token("end", None, position))
                return TokenStream(tokens, places, text[match.end() :], match.end())
            tokens.append(_version(header, position, places))
        elif kind != "space":
            try:
                tokens.append(_token(kind or "", match, position))
            except ValueError as error:
                raise RelaySyntaxError(str(error), places.span(position)) from None
        position = match.end()
    tokens.append(Token("end", None, end))
    return TokenStream(tokens, places, None, end)


def _token(kind: str, match: re.Match[str], position: int) -> Token:
    text = match.group(kind)
    if kind == "dotted":
        raise ValueError(
            f"a name in Relay text has no dots, found {text}; TVM prints such names of PyTorch's parameters but can't "
            f"read them either: rename it throughout, for example to {text.replace('.', '_')}"
        )
    if kind == "operator":
        return Token(text, None, position)
    if kind == "word":
        if text in KEYWORDS or text == "match?":
            return Token(text, None, position)
        special = _WORDS.get(text)
        return Token(*special, position) if special else Token("name", text, position)
    if kind in ("local", "global"):
        return Token(kind, text[1:], position)
    if kind == "graph":
        return Token(kind, int(text[1:20]) if len(text) < 20 else text[1:], position)
    if kind == "number":
        value = number(text)
        return Token("int" if isinstance(value.exact, int) else "float", value, position)
    if kind == "string":
        return Token(kind, unescape(text[1:-1]), position)
    index = match["index"]
    if not index.isascii() or not index.isdigit() or len(index) > 9:
        raise ValueError(f"expected an index in meta[{match['kind']}][...], found {index!r}")
    return Token("meta", MetaName(match["kind"], int(index)), position)


def _version(header: str, position: int, places: Places) -> Token:
    if not header.startswith("version"):
        raise RelaySyntaxError(
            f'unknown attribute #[{header}]: expected #[version = "0.0.5"] or #[metadata]', places.span(position)
        )
    return Token("version", header.partition("=")[2].strip(), position)


def _skip_comment(text: str, start: int, places: Places) -> int:
    """The offset behind the comment at ``start``; comments nest."""
    depth = 0
    position = start
    while edge := _COMMENT_EDGE.search(text, position):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
        if depth == 0:
            return position
    raise RelaySyntaxError("this comment is never closed: expected */", places.span(start))


def _describe_stray(text: str, position: int) -> str:
    char = text[position]
    if char == '"':
        return 'this string is never closed: expected "'
    if char == "#":
        return 'expected [ after #, as in #[version = "0.0.5"]'
    if char in "%@":
        return f"expected a name after {char}"
    return f"unexpected character {char!r}"
