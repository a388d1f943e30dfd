"""``tvm.parser``: Relay text to modules. Definition: TVM 0.18 python/tvm/relay/parser.py."""

from __future__ import annotations

from tvm_model_library.microtvm import names
from tvm_model_library.relay.script.module import IRModule, fromtext, fromtext_expr

__all__ = ["fromtext", "parse", "parse_expr"]


def parse(source: str, source_name: str = "from_string", init_module: IRModule | None = None) -> IRModule:
    """Read a Relay program; ``init_module`` has further functions. Raises ``RelaySyntaxError``."""
    module = fromtext(source, source_name)
    if init_module is None:
        return module
    together = IRModule()
    together.update(init_module)
    together.update(module)
    return together


parse_expr = fromtext_expr

__getattr__ = names.missing(__name__)
