"""What the generated code is for: C source, or objects made by the LLVM in the apache-tvm wheel."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from tvm_model_library.errors import ModelLibraryError

_KINDS = ("c", "llvm")
# Where TVM says that it takes this width for want of a better one.
_GUESSED_VECTORS, _VECTOR_BITS = ("thumb", "s390x", "powerpc"), 128
_SYSTEMS = ("none", "linux")
_OPTIONS = ("mtriple", "mcpu", "mattr", "mabi", "mfloat-abi", "opt-level", "num-cores")


@dataclass(frozen=True)
class Target:
    """A target in TVM's classic notation: ``c``, or ``llvm -mtriple=thumbv7em-none-eabihf -mcpu=cortex-m4``."""

    kind: str = "c"
    mtriple: str = ""
    mcpu: str = ""
    mattr: tuple[str, ...] = ()
    mabi: str = ""
    mfloat_abi: str = ""
    opt_level: str = ""

    @classmethod
    def parse(cls, text: str) -> Target:
        """The target that a string names. Raises ``ModelLibraryError`` for a kind or an option that is not known."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ModelLibraryError(f"target {text!r}: {error}") from error
        if not words or words[0] not in _KINDS:
            found = repr(words[0]) if words else "an empty string"
            raise ModelLibraryError(f"a target starts with one of {', '.join(_KINDS)}; found {found}")
        options = _options(text, words[1:])
        options.pop("num-cores", None)
        target = cls(
            words[0],
            options.get("mtriple", ""),
            options.get("mcpu", ""),
            tuple(a for a in options.get("mattr", "").split(",") if a),
            options.get("mabi", ""),
            options.get("mfloat-abi", ""),
            options.get("opt-level", ""),
        )
        target._check(text)
        return target

    def __str__(self) -> str:
        values = {
            "mtriple": self.mtriple,
            "mcpu": self.mcpu,
            "mattr": ",".join(self.mattr),
            "mabi": self.mabi,
            "mfloat-abi": self.mfloat_abi,
            "opt-level": self.opt_level,
        }
        return " ".join([self.kind, *(f"-{name}={value}" for name, value in values.items() if value)])

    def to_tvm(self) -> Any:
        """The ``tvm.target.Target``. Raises ``ModelLibraryError`` when TVM does not take it."""
        import tvm

        values: dict[str, Any] = {"kind": self.kind}
        if self.mtriple.startswith(_GUESSED_VECTORS):
            values["vector-width"] = _VECTOR_BITS
        if self.mtriple:
            values["mtriple"] = _with_vendor(self.mtriple)
        if self.mcpu:
            values["mcpu"] = self.mcpu
        if self.mattr:
            values["mattr"] = list(self.mattr)
        if self.mabi:
            values["mabi"] = self.mabi
        if self.mfloat_abi:
            values["mfloat-abi"] = self.mfloat_abi
        if self.opt_level:
            values["opt-level"] = int(self.opt_level)
        try:
            return tvm.target.Target(values)
        except (tvm.error.TVMError, ValueError, TypeError) as error:
            reason = str(error).strip().splitlines()[-1]
            raise ModelLibraryError(f"target {self}: TVM does not take it: {reason}") from error

    def _check(self, text: str) -> None:
        if self.kind == "c" and (self.mabi or self.mfloat_abi or self.opt_level):
            raise ModelLibraryError(
                f"target {text!r}: only llvm takes -mabi=, -mfloat-abi= and -opt-level=; c sources are compiled by "
                "your compiler"
            )
        if self.kind == "c" and self.mtriple and self.mcpu:
            raise ModelLibraryError(f"target {text!r}: c takes -mcpu= or -mtriple=, with -mattr=; not both")
        if self.mfloat_abi not in ("", "soft", "hard"):
            raise ModelLibraryError(f"target {text!r}: -mfloat-abi is soft or hard, found {self.mfloat_abi!r}")
        if self.opt_level not in ("", "0", "1", "2", "3"):
            raise ModelLibraryError(f"target {text!r}: -opt-level is a number from 0 to 3, found {self.opt_level!r}")


def _with_vendor(triple: str) -> str:
    """A triple such as ``thumbv7em-none-eabihf`` in four parts: LLVM, as TVM calls it, would take ``none`` for the
    vendor and miss the environment, with its calling convention and its run-time functions.
    """
    parts = triple.split("-")
    return "-".join([parts[0], "unknown", *parts[1:]]) if len(parts) == 3 and parts[1] in _SYSTEMS else triple


def _options(text: str, words: list[str]) -> dict[str, str]:
    allowed = ", ".join(f"-{name}" for name in _OPTIONS)
    options: dict[str, str] = {}
    remaining = iter(words)
    for word in remaining:
        name, equals, value = word.lstrip("-").partition("=")
        if not word.startswith("-") or name not in _OPTIONS:
            raise ModelLibraryError(f"target {text!r}: unknown option {word!r}; the options are {allowed}")
        if not equals:
            value = next(remaining, "")
        if not value or name in options:
            raise ModelLibraryError(f"target {text!r}: -{name} needs one value")
        options[name] = value
    return options


C = Target("c")
"""C for any compiler."""
