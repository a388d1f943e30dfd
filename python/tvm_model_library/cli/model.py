"""The command line's model argument and the options that say how to load it."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tvm_model_library import frontends
from tvm_model_library.cli.options import FILE
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.model import Model

_OPTIONS = [
    click.option("--params", type=FILE, help="Relay: parameter file (.params) to bind to @main's parameters."),
    click.option("--signature", metavar="NAME", help="TFLite: the entry point, where the file has several."),
    click.option("--input-shape", "input_shapes", multiple=True, metavar="NAME=1x49x10x1",
                 help="TFLite, ONNX: the shape of an input whose sizes the file leaves open; repeat for several."),
    click.option("--contract", metavar="NAME", help="TFLite: whose integers a quantized network computes: "
                 "tflite-micro, tflite-micro-single or litert. [default: tflite-micro]"),
]  # fmt: skip


@dataclass(frozen=True)
class ModelFile:
    """A model file and how to load it."""

    path: Path
    params: Path | None
    signature: str | None
    input_shapes: tuple[str, ...]
    contract: str | None

    def load(self) -> Model:
        """The model. Raises ``ModelLibraryError``."""
        shapes = dict(map(input_shape, self.input_shapes))
        return frontends.load(
            self.path, self.params, signature=self.signature, input_shapes=shapes, contract=self.contract
        )


def input_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """Name and sizes of a text such as ``x=1x49x10``. Raises ``ModelLibraryError``."""
    match = re.fullmatch(r"(.+)=([0-9]+(?:x[0-9]+)*)?", text)
    if match is None:
        raise ModelLibraryError(f"the input shape {text!r} is not NAME=SIZES, such as input=1x49x10x1")
    return match[1], tuple(int(d) for d in (match[2] or "").split("x") if d)


def with_model(command: Any) -> Any:
    """A click command with the argument MODEL and its options, whose function gets ``model``: a ``ModelFile``."""

    @functools.wraps(command)
    def collected(
        *arguments: Any,
        model: Path,
        params: Path | None,
        signature: str | None,
        input_shapes: Sequence[str],
        contract: str | None,
        **keywords: Any,
    ) -> Any:
        given = ModelFile(model, params, signature, tuple(input_shapes), contract)
        return command(*arguments, model=given, **keywords)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return click.argument("model", type=FILE)(collected)
