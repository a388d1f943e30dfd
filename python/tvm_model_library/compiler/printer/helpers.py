"""C helper functions that kernels call: each is emitted once a file, and only where it is used.

What C leaves undefined is defined here: integer division by zero gives 0, the most negative integer divided by
-1 wraps around, and shifting by less than zero or by the whole width or more gives 0 (or -1 for a negative value
shifted right), as if bits were shifted out one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PREFIX = "tvmgen_"
_INTEGERS = {
    "i32": ("int32_t", "uint32_t", 32, "INT32_MIN"),
    "i64": ("int64_t", "uint64_t", 64, "INT64_MIN"),
}
_UNSIGNED = {"u32": ("uint32_t", 32), "u64": ("uint64_t", 64)}
_ORDERED = {
    "i32": "int32_t",
    "i64": "int64_t",
    "u32": "uint32_t",
    "u64": "uint64_t",
    "f32": "float",
    "f64": "double",
}


def _function(result: str, name: str, parameters: str, *body: str) -> str:
    lines = "\n".join(f"  {line}" for line in body)
    return f"static inline {result} {PREFIX}{name}({parameters}) {{\n{lines}\n}}\n"


def _signed_helpers(suffix: str, signed: str, unsigned: str, bits: int, lowest: str) -> dict[str, str]:
    two = f"{signed} a, {signed} b"
    negate = f"({signed})(0u - ({unsigned})a)"
    return {
        f"div_{suffix}": _function(signed, f"div_{suffix}", two, f"return b == 0 ? 0 : b == -1 ? {negate} : a / b;"),
        f"mod_{suffix}": _function(signed, f"mod_{suffix}", two, "return b == 0 || b == -1 ? 0 : a % b;"),
        f"floordiv_{suffix}": _function(
            signed,
            f"floordiv_{suffix}",
            two,
            f"if (b == 0 || b == -1) {{ return b == 0 ? 0 : {negate}; }}",
            "return a / b - (a % b != 0 && (a < 0) != (b < 0));",
        ),
        f"floormod_{suffix}": _function(
            signed,
            f"floormod_{suffix}",
            two,
            f"const {signed} rest = b == 0 || b == -1 ? 0 : a % b;",
            "return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;",
        ),
        f"shl_{suffix}": _function(
            signed, f"shl_{suffix}", two, f"return b < 0 || b >= {bits} ? 0 : ({signed})(({unsigned})a << b);"
        ),
        f"shr_{suffix}": _function(
            signed, f"shr_{suffix}", two, f"return b < 0 || b >= {bits} ? (a < 0 ? -1 : 0) : a >> b;"
        ),
    }


def _unsigned_helpers(suffix: str, unsigned: str, bits: int) -> dict[str, str]:
    two = f"{unsigned} a, {unsigned} b"
    return {
        f"div_{suffix}": _function(unsigned, f"div_{suffix}", two, "return b == 0 ? 0 : a / b;"),
        f"mod_{suffix}": _function(unsigned, f"mod_{suffix}", two, "return b == 0 ? 0 : a % b;"),
        f"shl_{suffix}": _function(unsigned, f"shl_{suffix}", two, f"return b >= {bits} ? 0 : a << b;"),
        f"shr_{suffix}": _function(unsigned, f"shr_{suffix}", two, f"return b >= {bits} ? 0 : a >> b;"),
        f"popcount_{suffix}": _function(
            "int32_t",
            f"popcount_{suffix}",
            f"{unsigned} bits",
            "int32_t count = 0;",
            "for (; bits != 0; bits &= bits - 1) { ++count; }",
            "return count;",
        ),
        f"clz_{suffix}": _function(
            "int32_t",
            f"clz_{suffix}",
            f"{unsigned} bits",
            f"int32_t count = {bits};",
            "for (; bits != 0; bits >>= 1) { --count; }",
            "return count;",
        ),
    }


def _reinterpret(name: str, source: str, target: str) -> str:
    return _function(
        target, name, f"{source} value", f"{target} bits;", "memcpy(&bits, &value, sizeof bits);", "return bits;"
    )


_FROM_F16 = _function(
    "float",
    "from_f16",
    "uint16_t bits",
    "const uint32_t exponent = (bits >> 10) & 31u;",
    "const uint32_t fraction = bits & 1023u;",
    "const float sign = (bits & 0x8000u) != 0 ? -1.0f : 1.0f;",
    "if (exponent == 31u) { return fraction != 0 ? NAN : sign * INFINITY; }",
    "if (exponent == 0u) { return sign * ldexpf((float)fraction, -24); }",
    "return sign * ldexpf((float)(fraction + 1024u), (int)exponent - 25);",
)

_TO_F16 = _function(
    "uint16_t",
    "to_f16",
    "float value",
    "uint32_t bits;",
    "memcpy(&bits, &value, sizeof bits);",
    "const uint32_t sign = (bits >> 16) & 0x8000u;",
    "const uint32_t magnitude = bits & 0x7fffffffu;",
    "if (magnitude > 0x7f800000u) { return (uint16_t)(sign | 0x7e00u); }",
    "if (magnitude >= 0x477ff000u) { return (uint16_t)(sign | 0x7c00u); }",
    "if (magnitude < 0x33000000u) { return (uint16_t)sign; }",
    "const uint32_t exponent = magnitude >> 23;",
    "const uint32_t shift = exponent < 113u ? 126u - exponent : 13u;",
    "const uint32_t fraction = (magnitude & 0x7fffffu) | 0x800000u;",
    "const uint32_t half = 1u << (shift - 1u);",
    "uint32_t rounded = fraction >> shift;",
    "const uint32_t rest = fraction & ((1u << shift) - 1u);",
    "if (rest > half || (rest == half && (rounded & 1u) != 0)) { ++rounded; }",
    "if (exponent >= 113u) { rounded += (exponent - 113u) << 10; }",
    "return (uint16_t)(sign | rounded);",
)

_FROM_BF16 = _function(
    "float",
    "from_bf16",
    "uint16_t bits",
    "const uint32_t wide = (uint32_t)bits << 16;",
    "float value;",
    "memcpy(&value, &wide, sizeof value);",
    "return value;",
)

_TO_BF16 = _function(
    "uint16_t",
    "to_bf16",
    "float value",
    "uint32_t bits;",
    "memcpy(&bits, &value, sizeof bits);",
    "if ((bits & 0x7fffffffu) > 0x7f800000u) { return (uint16_t)((bits >> 16) | 0x40u); }",
    "return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);",
)

_MULHI = _function("int32_t", "mulhi_i32", "int32_t a, int32_t b", "return (int32_t)(((int64_t)a * b) >> 32);")

_Q_MULTIPLY_SHIFT = _function(
    "int32_t",
    "q_multiply_shift",
    "int32_t x, int32_t y, int32_t fraction_bits, int32_t left, int32_t right",
    "/* x * 2^left * y / 2^fraction_bits / 2^right, rounded half up */",
    "const int64_t product = (int64_t)((uint64_t)((int64_t)x * ((int64_t)1 << left)) * (uint64_t)(int64_t)y);",
    "const int32_t shift = fraction_bits + right;",
    "return (int32_t)((product + ((int64_t)1 << (shift - 1))) >> shift);",
)


def _all_helpers() -> dict[str, str]:
    helpers: dict[str, str] = {}
    for suffix, (signed, unsigned, bits, lowest) in _INTEGERS.items():
        helpers.update(_signed_helpers(suffix, signed, unsigned, bits, lowest))
    for suffix, (unsigned, bits) in _UNSIGNED.items():
        helpers.update(_unsigned_helpers(suffix, unsigned, bits))
    for suffix, c_type in _ORDERED.items():
        two = f"{c_type} a, {c_type} b"
        helpers[f"max_{suffix}"] = _function(c_type, f"max_{suffix}", two, "return a > b ? a : b;")
        helpers[f"min_{suffix}"] = _function(c_type, f"min_{suffix}", two, "return a < b ? a : b;")
    for suffix in (*_INTEGERS, *_UNSIGNED):
        c_type = _ORDERED[suffix]
        helpers[f"clamp_{suffix}"] = _function(
            c_type,
            f"clamp_{suffix}",
            f"{c_type} value, {c_type} low, {c_type} high",
            f"const {c_type} raised = value > low ? value : low;",
            "return raised < high ? raised : high;",
        )
    for name, source, target in (
        ("f32_as_u32", "float", "uint32_t"),
        ("u32_as_f32", "uint32_t", "float"),
        ("f64_as_u64", "double", "uint64_t"),
        ("u64_as_f64", "uint64_t", "double"),
    ):
        helpers[name] = _reinterpret(name, source, target)
    helpers["from_f16"] = _FROM_F16
    helpers["to_f16"] = _TO_F16
    helpers["from_bf16"] = _FROM_BF16
    helpers["to_bf16"] = _TO_BF16
    for half in ("f16", "bf16"):
        body = f"return {PREFIX}from_{half}({PREFIX}to_{half}(value));"
        helpers[f"round_{half}"] = _function("float", f"round_{half}", "float value", body)
    helpers["mulhi_i32"] = _MULHI
    helpers["q_multiply_shift"] = _Q_MULTIPLY_SHIFT
    return helpers


HELPERS = _all_helpers()
"""Definitions by name (without :data:`PREFIX`), in an order in which each comes after what it calls."""


def helper_definitions(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The definitions of the helpers and of what they call, each with its place among all helpers."""
    wanted = set(names)
    for half in ("f16", "bf16"):
        if f"round_{half}" in wanted:
            wanted |= {f"to_{half}", f"from_{half}"}
    for place, (name, text) in enumerate(HELPERS.items()):
        if name in wanted:
            yield place, text
