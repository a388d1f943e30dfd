"""The parser's place in the tokens, and what every part of the parser needs: expectations, errors, metadata."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tvm_model_library.errors import RelaySyntaxError, Span
from tvm_model_library.relay import ast
from tvm_model_library.relay.lexer import MetaName, Token, tokenize
from tvm_model_library.relay.metadata import MetadataError, MetaTable

_DESCRIPTIONS = {
    "local": "a variable such as %x",
    "graph": "a graph variable such as %0",
    "global": "a global name such as @main",
    "name": "a name",
    "int": "an integer",
    "float": "a floating point number",
    "bool": "a boolean",
    "string": "a string",
    "meta": "a metadata reference",
    "version": "the version header",
    "end": "the end of the text",
}
_SHORT_TEXT = 40


class Cursor:
    """Reads the tokens of ``text`` one by one. With ``needs_metadata`` a reference without its section is an error."""

    needs_metadata = False

    def __init__(self, text: str, source: str) -> None:
        stream = tokenize(text, source)
        self._places = stream.places
        self._tokens = stream.tokens
        self._position = 0
        self.token: Token = self._tokens[0]
        self._constants: dict[MetaName, ast.Constant] = {}
        try:
            self._meta = MetaTable(stream.metadata)
        except MetadataError as error:
            raise RelaySyntaxError(str(error), self._places.span(stream.metadata_offset)) from None

    def span(self, token: Token | None = None) -> Span:
        """Where ``token``, or else the current token, begins."""
        return self._places.span((token or self.token).offset)

    def ahead(self, count: int) -> str:
        """The kind of the token ``count`` behind the current one."""
        index = min(self._position + count, len(self._tokens) - 1)
        return self._tokens[index].kind

    def next(self) -> Token:
        """The current token; moves on."""
        token = self.token
        if self._position < len(self._tokens) - 1:
            self._position += 1
        self.token = self._tokens[self._position]
        return token

    def accept(self, kind: str) -> bool:
        """Move on if the current token is ``kind``."""
        if self.token.kind != kind:
            return False
        self.next()
        return True

    def expect(self, kind: str, where: str = "") -> Token:
        """The current token, which must be ``kind``; moves on."""
        if self.token.kind != kind:
            self.fail(f"expected {_DESCRIPTIONS.get(kind, kind)}{where}, found {self.found()}")
        return self.next()

    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        raise RelaySyntaxError(message, self.span(token))

    def found(self) -> str:
        """The current token in words, for messages."""
        kind, value, _ = self.token
        sigil = {"local": "%", "graph": "%", "global": "@"}.get(kind, "")
        if sigil or kind in ("name", "int", "float", "bool", "meta", "string"):
            text = repr(value) if kind == "string" else f"{sigil}{value}"
            return text if len(text) <= _SHORT_TEXT else text[:_SHORT_TEXT] + "..."
        return _DESCRIPTIONS.get(kind, kind)

    def meta(self) -> Any:
        """The value of the ``meta[kind][index]`` at the current token; a constant as :class:`ast.Constant`.

        A module printed without its metadata section still parses: its references become opaque.
        """
        token = self.next()
        name: MetaName = token.value
        if not self._meta.present:
            if self.needs_metadata:
                self.fail(f"{name} has no value: the text has no #[metadata] section", token)
            return ast.MetaReference(self.span(token), name.kind, name.index)
        if name in self._constants:
            return self._constants[name]
        try:
            value = self._meta.lookup(name)
        except MetadataError as error:
            self.fail(str(error), token)
        if isinstance(value, np.ndarray):
            value = self._constants[name] = ast.Constant(self.span(token), value)
        return value
