"""Operators that only mark a value: for other compilers, for fusion, for devices, for debugging.

Their meaning is the identity. Definitions: TVM 0.18 src/relay/op/annotation/annotation.cc, memory/on_device.cc,
debug.cc.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tvm_model_library.relay.operator import Attr, Attrs, register
from tvm_model_library.relay.types import Type

if TYPE_CHECKING:
    from tvm_model_library.relay.lowering import Lowering

_ANNOTATION = "TVM 0.18 src/relay/op/annotation/annotation.cc"


def _infer(attrs: Attrs, data: Type) -> Type:
    return data


def _evaluate(attrs: Attrs, data: Any) -> Any:
    return data


def _lower(ctx: Lowering, attrs: Attrs, data: Any) -> Any:
    return data


def _mark(name: str, attributes: tuple[Attr, ...] = (), definition: str = _ANNOTATION, argument: str = "data") -> None:
    register(
        name,
        (argument,),
        attributes,
        infer=_infer,
        evaluate=_evaluate,
        lower=_lower,
        definition=definition,
    )


for _name in ("stop_fusion", "checkpoint", "bitpack_start", "bitpack_end"):
    _mark(f"annotation.{_name}")
for _name in ("compiler_begin", "compiler_end"):
    _mark(f"annotation.{_name}", (Attr("compiler", "str", ""),))
_mark("annotation.cast_hint", (Attr("dtype", "dtype?", None),))
_mark("annotation.with_funcid", (Attr("fid", "int", -1),), "TVM 0.18 src/relay/transforms/partial_eval.cc")
_mark("debug", (Attr("debug_func", "any", None),), "TVM 0.18 src/relay/op/debug.cc")
_mark(
    "on_device",
    (
        Attr("virtual_device", "any", None),
        Attr("constrain_result", "bool", False),
        Attr("constrain_body", "bool", True),
    ),
    "TVM 0.18 src/relay/op/memory/on_device.cc",
    "body",
)
