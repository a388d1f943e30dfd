"""Kernels as C99: own printer of plain-pointer TIR, for sources that people read and that compile without a warning
under ``-Wall -Wextra -Wconversion``.

What several kernels of a file share, macros and helper functions, is in pieces that come before them.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from tvm_model_library.c_text.lines import folded
from tvm_model_library.c_text.names import RESERVED, distinct, identifier
from tvm_model_library.c_text.types import Interval, dtype_range, is_float, storage_type, value_type
from tvm_model_library.compiler.forms.statements import MICRO_KERNEL
from tvm_model_library.compiler.loops.accumulators import addend, additions
from tvm_model_library.compiler.loops.analysis import loads, loads_of
from tvm_model_library.compiler.printer.expressions import RULES
from tvm_model_library.compiler.printer.functions import function_definitions
from tvm_model_library.compiler.printer.helpers import PREFIX
from tvm_model_library.compiler.printer.terms import ADD, ExprPrinter, Term, dtype_of
from tvm_model_library.compiler.targets.classes import TargetClass
from tvm_model_library.compiler.targets.cortex_m.dsp import MICRO_KERNELS
from tvm_model_library.errors import UnsupportedError
from tvm_model_library.plan.plan import Code, Kernel, Parameter, Piece

_ADDED_IN_PLACE = ("int32", "int64", "uint32", "uint64", "float32", "float64")  # `+=` converts nothing
_UNROLL = """/* Before a loop over accumulators: spelled out, they are registers. Vector instructions need the loop. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8 && !defined(__SSE2__) && !defined(__ARM_NEON)
#define TVMGEN_UNROLL _Pragma("GCC unroll %d")
#else
#define TVMGEN_UNROLL
#endif
"""

_MASKED = """/* GCC before 14 loads several vectors with the mask of the first one, where loads can be masked. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14 && (defined(__AVX__) || defined(__ARM_FEATURE_SVE))
#define TVMGEN_CONDITIONAL_LOADS __attribute__((optimize("no-tree-loop-vectorize")))
#else
#define TVMGEN_CONDITIONAL_LOADS
#endif
"""

_MICRO_KERNELS = 1000
"""The place of micro-kernels: after the helpers."""

_TAKEN = RESERVED | {"workspace"}


def printed(kernel: Kernel, target_class: TargetClass) -> Code:
    """The kernel in C, made of its body."""
    prototype = declaration(kernel)
    printer = _print(kernel, target_class)
    text = "\n".join(printer.lines)
    helpers = {h for h in printer.expr.helpers if f"{PREFIX}{h}(" in text}
    pieces = [Piece(2 + order, definition) for order, definition in function_definitions(helpers)]
    definitions = (definition for name in printer.micro_kernels for definition in enumerate(MICRO_KERNELS[name]))
    pieces += {Piece(_MICRO_KERNELS + place, text) for place, text in definitions}
    if printer.unrolls:
        pieces.append(Piece(0, _UNROLL % target_class.unrolled))
    attribute = ""
    if _loads_conditionally(kernel.body.body):
        pieces.append(Piece(1, _MASKED))
        attribute = "TVMGEN_CONDITIONAL_LOADS\n"
    return Code(prototype, f"{attribute}{prototype} {{\n{text}\n}}\n", tuple(sorted(pieces)))


def declaration(kernel: Kernel) -> str:
    """``int32_t symbol(...)`` without the semicolon."""
    names = parameter_names(kernel)
    parts = [
        _parameter(p, n, _may_restrict(kernel, i))
        for i, (p, n) in enumerate(zip(kernel.parameters, names, strict=True))
    ]
    if kernel.workspace_bytes:
        parts.append("uint8_t* restrict workspace")
    return "\n".join(folded(f"int32_t {kernel.symbol}({', '.join(parts) or 'void'})"))


def parameter_names(kernel: Kernel) -> list[str]:
    """C identifiers of the tensor parameters."""
    taken = set(_TAKEN)
    return [_local_name(p.spec.name, taken) for p in kernel.parameters]


def _parameter(parameter: Parameter, name: str, restrict: bool) -> str:
    const = "" if parameter.written else "const "
    return f"{const}{storage_type(parameter.spec.dtype)}* {'restrict ' if restrict else ''}{name}"


def _may_restrict(kernel: Kernel, index: int) -> bool:
    return not any(index in pair for pair in kernel.in_place)


def _local_name(name: str, taken: set[str]) -> str:
    """A free name for a parameter or a variable, which must not look like a helper either."""
    text = identifier(name)
    return distinct(f"v{text}" if text.startswith(PREFIX) else text, taken)


def _print(kernel: Kernel, target_class: TargetClass) -> _KernelPrinter:
    """The kernel's text. Scratch whose values the text does not use, since it could decide without them, is left out:
    compilers warn of variables that are only set.
    """
    unused: set[Any] = set()
    while True:
        printer = _KernelPrinter(kernel, target_class, unused)
        printer.run()
        more = printer.unused_scratch()
        if not more:
            return printer
        unused |= more


class _KernelPrinter:
    """Prints the statements of one kernel, two spaces a level; ``unused`` scratch buffers are left out."""

    def __init__(self, kernel: Kernel, target_class: TargetClass, unused: set[Any]) -> None:
        self._kernel = kernel
        self._class = target_class
        self._taken = set(_TAKEN)
        self.expr = ExprPrinter(RULES)
        self.lines: list[str] = []
        self._level = 1
        self._initialised: set[Any] = set()
        self._local: set[Any] = set()
        self._stores: Counter[Any] = Counter()
        self.unrolls = False
        self.micro_kernels: set[str] = set()
        self._loaded = _loaded_buffers(kernel.body.body)
        self._unused = unused
        self._additions = additions(kernel.body.body)
        names = parameter_names(kernel)
        self._taken |= set(names)
        for variable, name in zip(kernel.body.params, [*names, "workspace"], strict=False):
            self.expr.names[variable] = name

    def run(self) -> None:
        self._statement(self._kernel.body.body)
        text = "\n".join(self.lines)
        names = [self.expr.names[variable] for variable in self._kernel.body.params]
        self.lines[:0] = [f"  (void){name};" for name in names if not re.search(rf"\b{name}\b", text)]
        if not self.lines or not self.lines[-1].startswith("  return"):
            self._line("return 0;")

    def unused_scratch(self) -> set[Any]:
        """Local buffers that the text declares and sets only."""
        text = "\n".join(self.lines)
        return {b for b in self._local if len(re.findall(rf"\b{self.expr.names[b]}\b", text)) <= self._stores[b]}

    def _line(self, text: str) -> None:
        self.lines.extend(folded("  " * self._level + text))

    def _name(self, variable: Any) -> str:
        name = _local_name(str(variable.name), self._taken)
        self.expr.names[variable] = name
        return name

    def _statement(self, node: Any) -> None:
        rule = getattr(self, f"_{type(node).__name__.lower()}", None)
        if rule is None:
            raise UnsupportedError(f"the C code generator has no rule for {type(node).__name__}")
        rule(node)

    def _block(self, header: str, body: Any, ending: str = "}") -> None:
        self._line(header)
        self._level += 1
        self._statement(body)
        self._level -= 1
        self._line(ending)

    def _seqstmt(self, node: Any) -> None:
        for statement, following in zip(node.seq, [*node.seq[1:], None], strict=True):
            if _is_first_value(statement, following):
                self._initialised.add(statement.buffer)
            self._statement(statement)

    def _attrstmt(self, node: Any) -> None:
        if node.attr_key == MICRO_KERNEL:
            self._micro_kernel(node.value)
        else:
            self._statement(node.body)

    def _micro_kernel(self, call: Any) -> None:
        name, *arguments = call.args
        self.micro_kernels.add(str(name.value))
        self._line(f"{name.value}({', '.join(map(self._argument, arguments))});")

    def _argument(self, argument: Any) -> str:
        """An argument of a micro-kernel: a number, or where an element is."""
        import tvm

        if not (isinstance(argument, tvm.ir.Call) and str(argument.op.name).endswith("address_of")):
            return self.expr.text(argument)
        (place,) = argument.args
        name, index = self.expr.names[place.source], self.expr.text(place.indices[0])
        if place.source in self.expr.scalars:
            return f"&{name}"
        return name if index == "0" else f"&{name}[{index}]"

    def _allocbuffer(self, node: Any) -> None:
        """A local array, or a variable where one element is enough; nothing when it is never read."""
        buffer = node.buffer
        if buffer not in self._loaded:
            return
        size = int(buffer.shape[0]) if len(buffer.shape) else 1
        name = self._name(buffer)
        if buffer in self._unused:
            return
        self._local.add(buffer)
        self._stores[buffer] = 1
        if size <= 1:
            self.expr.scalars.add(buffer)
        if buffer in self._initialised:
            return
        self._line(f"{storage_type(str(buffer.dtype))} {name}{f'[{size}]' if size > 1 else ''};")

    def _declbuffer(self, node: Any) -> None:
        """A buffer over a pointer of the same C type is that pointer; only workspace needs a cast."""
        name = self._pointer_name(node.data)
        buffer = node.buffer
        if name is not None:
            self.expr.names[buffer] = name
            return
        c_type = storage_type(str(buffer.dtype))
        self._line(f"{c_type}* const {self._name(buffer)} = ({c_type}*)(void*){self._address(node.data)};")

    def _pointer_name(self, data: Any) -> str | None:
        import tvm

        if isinstance(data, tvm.ir.Call) and str(data.op.name).endswith("buffer_data"):
            return self.expr.names.get(data.args[0])
        return self.expr.names.get(data)

    def _address(self, data: Any) -> str:
        term = self.expr.lets.get(data)
        if term is None:
            raise UnsupportedError(f"the C code generator can't take the address {data}")
        return term.inside(14)

    def _bind(self, node: Any) -> None:
        dtype = dtype_of(node.var)
        if _is_offset(node.value):
            base, offset = node.value.args
            text = f"{self.expr.names[base]} + {int(offset.value)}" if int(offset.value) else self.expr.names[base]
            self.expr.lets[node.var] = Term(text, 12 if "+" in text else 16, "handle")
            return
        value = self.expr.term(node.value)
        self._line(f"const {value_type(dtype)} {self._name(node.var)} = {self.expr.local(value)};")
        if value.range is not None:
            self.expr.ranges[node.var] = value.range

    _letstmt = _bind

    def _for(self, node: Any) -> None:
        low, extent = self.expr.term(node.min), self.expr.term(node.extent)
        dtype = dtype_of(node.loop_var)
        name = self._name(node.loop_var)
        first, count = low.interval, extent.interval
        self.expr.ranges[node.loop_var] = Interval(first.low, max(first.low, first.high + count.high - 1))
        if first.low == first.high and count.low == count.high:
            end = str(first.low + count.low)
        else:
            end = extent.text if low.text == "0" else f"{low.inside(12)} + {extent.inside(13)}"
        step = "++" + name if node.step is None else f"{name} += {self.expr.text(node.step)}"
        c_type = value_type(dtype)
        if _updates_tile(node, self._local, self._class.unrolled):
            self._line("TVMGEN_UNROLL")
            self.unrolls = True
        self._block(f"for ({c_type} {name} = {low.text}; {name} < {end}; {step}) {{", node.body)

    def _while(self, node: Any) -> None:
        self._block(f"while ({self.expr.condition(node.condition)}) {{", node.body)

    def _ifthenelse(self, node: Any) -> None:
        header = f"if ({self.expr.condition(node.condition)}) {{"
        if node.else_case is None:
            self._block(header, node.then_case)
            return
        self._block(header, node.then_case, "} else {")
        self._level += 1
        self._statement(node.else_case)
        self._level -= 1
        self._line("}")

    def _bufferstore(self, node: Any) -> None:
        if node.buffer not in self.expr.names or node.buffer in self._unused:
            return
        target = self.expr.element(node.buffer, node.indices[0])
        dtype = str(node.buffer.dtype)
        self._stores[node.buffer] += node.buffer not in self._initialised
        if node.buffer in self._initialised:
            self._initialised.remove(node.buffer)
            target = f"{storage_type(dtype)} {target}"
        term = addend(node)
        after = self._element_range(node, dtype, term)
        value = self.expr.term(node.value)
        if term is not None and value.precedence == ADD and dtype in _ADDED_IN_PLACE:
            self._line(f"{target} += {self.expr.text(term)};")
        else:
            self._line(f"{target} = {self.expr.stored(node.value, dtype)};")
        if after is not None:
            self.expr.ranges[node.buffer] = after

    def _element_range(self, node: Any, dtype: str, term: Any | None) -> Interval | None:
        """What the elements of an accumulator can be after a store. Where that is known to stay within the dtype, the
        element that an addition reads is bounded as well: by one addition less.
        """
        count = self._additions.get(node.buffer)
        if count is None or is_float(dtype):
            return None
        known = self.expr.ranges.pop(node.buffer, None)
        if term is None:
            first = self.expr.term(node.value).interval
            return first if known is None else known.union(first)
        if known is None:
            return None
        added = self.expr.term(term).interval
        down, up = min(added.low, 0), max(added.high, 0)
        after = Interval(known.low + count * down, known.high + count * up)
        if not after.within(dtype_range(dtype)):
            return None
        self.expr.ranges[node.buffer] = Interval(after.low - down, after.high - up)
        return after

    def _evaluate(self, node: Any) -> None:
        """Nothing: an expression without effect. Calls with effects have no place in a kernel."""
        import tvm

        if isinstance(node.value, tvm.ir.Call) and not _is_pure(node.value):
            raise UnsupportedError(f"the C code generator can't call {node.value.op.name}")

    def _return(self, node: Any) -> None:
        self._line("return 0;")

    def _break(self, node: Any) -> None:
        self._line("break;")

    def _continue(self, node: Any) -> None:
        self._line("continue;")

    def _assertstmt(self, node: Any) -> None:
        """Shapes are static: what TVM asserts was checked when the plan was made."""


def _is_first_value(allocation: Any, following: Any) -> bool:
    """Whether a one-element scratch buffer gets its value in the very next statement: a C initialiser."""
    from tvm import tirx

    return (
        isinstance(allocation, tirx.AllocBuffer)
        and len(allocation.buffer.shape) == 1
        and int(allocation.buffer.shape[0]) == 1
        and isinstance(following, tirx.BufferStore)
        and following.buffer.same_as(allocation.buffer)
        and not loads_of(following.value, allocation.buffer)
    )


def _updates_tile(node: Any, local: set[Any], most: int) -> bool:
    """Whether a loop does nothing but add to the elements of a small local array."""
    from tvm import tirx

    store = node.body
    return (
        isinstance(node.extent, tirx.IntImm)
        and int(node.extent) <= most
        and isinstance(store, tirx.BufferStore)
        and store.buffer in local
        and bool(loads_of(store.value, store.buffer))
    )


def _loads_conditionally(body: Any) -> bool:
    """Whether a loop loads something in some of its iterations only."""
    import tvm
    import tvm_ffi
    from tvm import tirx
    from tvm.ir.prim import expr as prim

    found = False

    def visit(node: Any) -> None:
        nonlocal found
        if isinstance(node, tirx.IfThenElse):
            parts = [node.then_case, node.else_case] if node.else_case is not None else [node.then_case]
        elif isinstance(node, prim.Select):
            parts = [node.true_value, node.false_value]
        elif isinstance(node, tvm.ir.Call):
            parts = list(node.args)[1:] if str(node.op.name).endswith("if_then_else") else []
        else:
            parts = [node.b]
        found = found or any(loads(part) for part in parts)

    kinds = (tirx.IfThenElse, prim.Select, tvm.ir.Call, prim.And, prim.Or)
    tvm_ffi.structural_walk(body, [(kind, visit) for kind in kinds])
    return found


def _is_offset(value: Any) -> bool:
    import tvm

    return isinstance(value, tvm.ir.Call) and str(value.op.name).endswith("handle_add_byte_offset")


def _is_pure(call: Any) -> bool:
    return str(call.op.name).endswith(("likely", "assume"))


def _loaded_buffers(body: Any) -> set[Any]:
    """The buffers that are read, and the pointers behind which anything is read."""
    import tvm
    import tvm_ffi
    from tvm import tirx

    loaded: set[Any] = set()
    pointers: list[tuple[Any, Any]] = []

    def declare(node: Any) -> None:
        pointers.append((node.buffer, node.data))

    def bind(node: Any) -> None:
        if _is_offset(node.value):
            pointers.append((node.var, node.value.args[0]))

    def load(node: Any) -> None:
        loaded.add(node.source)

    tvm_ffi.structural_walk(body, [(tvm.ir.expr.TensorLoad, load), (tirx.DeclBuffer, declare), (tirx.Bind, bind)])
    for buffer, pointer in reversed(pointers):
        if buffer in loaded:
            loaded.add(pointer.args[0] if isinstance(pointer, tvm.ir.Call) else pointer)
    return loaded
