"""Targets as microTVM's scripts write them: ``tml.target.micro("host")``, ``tml.target.Target("llvm -mcpu=...")``.

TVM's own ``tvm.target.Target`` of today does not take that text any more.
"""

from __future__ import annotations

import difflib

from tvm_model_library.compiler.targets.target import Target as CompilerTarget
from tvm_model_library.errors import ModelLibraryError

# Boards and chips that TVM 0.18 knows, with their cores.
_MICRO_MODELS = {
    "atsamd51": "cortex-m4",
    "cxd5602gg": "cortex-m4",
    "esp32": "",
    "host": "",
    "imxrt10xx": "cortex-m7",
    "mps2_an521": "cortex-m33",
    "mps3_an547": "cortex-m55",
    "nrf52840": "cortex-m4+nodsp",
    "nrf5340dk": "cortex-m33",
    "rp2040": "cortex-m0",
    "sam3x8e": "cortex-m3",
    "stm32f746xx": "cortex-m7",
    "stm32h7xx": "cortex-m7",
    "stm32l4r5zi": "cortex-m4",
    "stm32u5xx": "cortex-m33",
    "zynq_mp_r5": "cortex-r5",
}

# Options of the classic text that say nothing about the code that this package makes.
_IGNORED = ("keys", "model", "device", "libs", "runtime", "executor", "link-params", "system-lib", "interface-api",
            "unpacked-api", "workspace-byte-alignment", "constants-byte-alignment")  # fmt: skip


class Target:
    """A target in TVM's classic text, which ``str`` gives back unchanged but for surrounding spaces.

    Raises ``ModelLibraryError`` for a kind other than c and llvm, and for options that nobody knows.
    """

    def __init__(self, text: str) -> None:
        self._text = " ".join(text.split())
        self._compiler = CompilerTarget.parse(_compiler_text(self._text))

    @property
    def kind(self) -> str:
        """``"c"`` or ``"llvm"``."""
        return self._compiler.kind

    @property
    def compiler_target(self) -> CompilerTarget:
        """The same for the compiler, without what does not concern it."""
        return self._compiler

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Target({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Target) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _compiler_text(text: str) -> str:
    kept = []
    for word in text.split():
        name = word.lstrip("-").split("=")[0]
        if not (word.startswith("-") and name in _IGNORED):
            kept.append(word)
    return " ".join(kept)


def micro(model: str = "host") -> Target:
    """The C target of a microTVM board or chip. Raises ``ModelLibraryError`` for an unknown one."""
    if model not in _MICRO_MODELS:
        close = difflib.get_close_matches(model, _MICRO_MODELS, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise ModelLibraryError(f"unknown model {model!r}{hint} Known: {', '.join(_MICRO_MODELS)}")
    core = _MICRO_MODELS[model]
    return Target(f"c -keys=cpu {f'-mcpu={core} ' if core else ''}-model={model}")
