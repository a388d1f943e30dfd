"""Fixed-point arithmetic as intrinsics: what kernels of quantized operators are made of.

Qm.n is a signed number with m integer and n fraction bits. The rules are those that :mod:`_contracts` names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tvm_model_library.relay.ops._intrinsics import Parameter, Steps, define

_INT32 = (-(2**31), 2**31 - 1)
_MULTIPLIER = Parameter("multiplier", low=0, high=2**31 - 1)
_VALUE = Parameter("value")


def _wide(x: Any) -> Any:
    return x.astype("int64")


def _lowered_below_zero(x: Any, dtype: str) -> Any:
    """``x``, or ``x - 1`` below zero, so that rounding halves up rounds them away from zero. It is seen to rise."""
    return x - (x < 0).astype(dtype)


def _halved_up(x: Any, bits: Any) -> Any:
    """``x / 2**(bits + 1)`` with halves rounded up: no sum before the shift can overflow."""
    return ((x >> bits) + 1) >> 1


@define(
    "multiply_q31",
    Parameter("a"),
    Parameter("b", low=-(2**31) + 1, high=2**31 - 1),
    says="a * b / 2^31, halves rounded up",
)
def multiply_q31(steps: Steps, a: Any, b: Any) -> Any:
    """Q0.31 product; one of the factors is not -1."""
    return ((_wide(a) * _wide(b) + (1 << 30)) >> 31).astype("int32")


@define(
    "shift_rounded",
    Parameter("value", low=-(2**31) + 1, high=2**31 - 2),
    Parameter("bits", low=0, high=31),
    says="value / 2^bits, halves rounded away from zero",
)
def shift_rounded(steps: Steps, value: Any, bits: Any) -> Any:
    """Division of int32 (but its two least and its greatest number) by a power of two."""
    from tvm import tirx

    return tirx.Select(bits < 1, value, _halved_up(_lowered_below_zero(value, "int32"), bits - 1))


@define(
    "requantize_double",
    _VALUE,
    _MULTIPLIER,
    Parameter("left", low=0, high=31),
    Parameter("right", low=0, high=31),
    says="value * 2^left * multiplier / 2^31, halves rounded up; of that / 2^right, halves rounded away from zero",
)
def requantize_double(steps: Steps, value: Any, multiplier: Any, left: Any, right: Any) -> Any:
    """Contract ``double``."""
    product = steps("product", multiply_q31(value << left, multiplier))
    return shift_rounded(product, right)


@define(
    "requantize_single",
    _VALUE,
    _MULTIPLIER,
    Parameter("shift", low=0, high=62),
    says="value * multiplier / 2^(shift + 1), halves rounded up",
)
def requantize_single(steps: Steps, value: Any, multiplier: Any, shift: Any) -> Any:
    """Contract ``single``."""
    return _halved_up(_wide(value) * _wide(multiplier), _wide(shift)).astype("int32")


@define(
    "requantize_nearest",
    _VALUE,
    _MULTIPLIER,
    Parameter("shift", low=0, high=62),
    says="value * multiplier / 2^(shift + 1), halves rounded away from zero",
)
def requantize_nearest(steps: Steps, value: Any, multiplier: Any, shift: Any) -> Any:
    """Contract ``tonearest``."""
    product = steps("product", _wide(value) * _wide(multiplier))
    return _halved_up(_lowered_below_zero(product, "int64"), _wide(shift)).astype("int32")


@define(
    "requantize_wide16",
    Parameter("value", "int64"),
    Parameter("multiplier", low=0, high=2**15 - 1),
    Parameter("shift", low=0, high=45),
    says="value * multiplier / 2^(shift + 1), halves rounded up",
)
def requantize_wide16(steps: Steps, value: Any, multiplier: Any, shift: Any) -> Any:
    """Contract ``wide16``."""
    return _halved_up(value * _wide(multiplier), _wide(shift)).astype("int32")


def _double(part: str) -> tuple[Parameter, ...]:
    return (
        Parameter(f"multiplier_{part}", low=0, high=2**31 - 1),
        Parameter(f"left_{part}", low=0, high=31),
        Parameter(f"right_{part}", low=0, high=31),
    )


def _single(part: str) -> tuple[Parameter, ...]:
    return Parameter(f"multiplier_{part}", low=0, high=2**31 - 1), Parameter(f"shift_{part}", low=0, high=62)


_SIGNED_VALUE = Parameter("value", low=-(2**16), high=2**16)
_SLOPE = Parameter("slope", low=-(2**8), high=2**8)
_SIGN = Parameter("sign", low=-1, high=1)
_BY_SIGN = "value requantized from 0 on; below, sign * (value * slope requantized)"


@define("requantize_double_by_sign", _SIGNED_VALUE, _SLOPE, _SIGN, *_double("above"), *_double("below"), says=_BY_SIGN)
def requantize_double_by_sign(steps: Steps, value: Any, slope: Any, sign: Any, *parameters: Any) -> Any:
    """Leaky rectifiers under the contract ``double``."""
    from tvm import tirx

    below = sign * requantize_double(value * slope, *parameters[3:])
    return tirx.Select(value < 0, below, requantize_double(value, *parameters[:3]))


@define("requantize_single_by_sign", _SIGNED_VALUE, _SLOPE, _SIGN, *_single("above"), *_single("below"), says=_BY_SIGN)
def requantize_single_by_sign(steps: Steps, value: Any, slope: Any, sign: Any, *parameters: Any) -> Any:
    """Leaky rectifiers under the contract ``single``."""
    from tvm import tirx

    below = sign * requantize_single(value * slope, *parameters[2:])
    return tirx.Select(value < 0, below, requantize_single(value, *parameters[:2]))


@define("absolute", Parameter("value", low=-(2**16), high=2**16), says="the magnitude of value")
def absolute(steps: Steps, value: Any) -> Any:
    """The distance of a number from its zero point, whatever the sign."""
    from tvm import tirx

    return tirx.Select(value < 0, 0 - value, value)


@define(
    "divide_rounded",
    Parameter("value", low=-(2**30), high=2**30),
    Parameter("count", low=1, high=2**30),
    says="value / count, halves rounded away from zero",
)
def divide_rounded(steps: Steps, value: Any, count: Any) -> Any:
    """Averages."""
    from tvm import tirx

    half = steps("half", tirx.truncdiv(count, tirx.const(2, "int32")))
    return tirx.truncdiv(tirx.Select(value > 0, value + half, value - half), count)


@define("square", Parameter("value", low=-(2**15), high=2**15), says="value * value")
def square(steps: Steps, value: Any) -> Any:
    """The square of a number that is dear to compute."""
    return value * value


def _fixed(real: float, fraction_bits: int) -> Any:
    from tvm import tirx

    return tirx.const(round(real * 2**fraction_bits), "int32")


def _one_over_one_plus(steps: Steps, fraction: Any) -> Any:
    """``1 / (1 + a)`` in Q0.31 of a in [0, 1), Q0.31: three Newton steps in Q2.29."""
    from tvm import tirx

    half = steps("half", (fraction >> 1) + (1 << 30))
    x = steps("x0", _fixed(48 / 17, 29) + multiply_q31(half, _fixed(-32 / 17, 29)))
    for number in (1, 2, 3):
        # 1 - half * x is at most 1/17, and x less than 2 and a bit.
        missing = steps(f"missing{number}", (1 << 29) - multiply_q31(half, x), -(1 << 25), 1 << 25)
        x = steps(f"x{number}", x + multiply_q31(x, missing) * 4, 0, (1 << 30) + (1 << 20))
    return tirx.Select(x < (1 << 30), x * 2, tirx.const(2**31 - 1, "int32"))


@define("reciprocal_q31", Parameter("value", low=1), says="2^31 / value, shifted so that its highest bit is 2^30")
def reciprocal_q31(steps: Steps, value: Any) -> Any:
    """``1 / (1 + a)`` in Q0.31, where a in [0, 1) are the bits of ``value`` after its first."""
    from tvm import tirx

    bits = steps("bits", ((value << (tirx.clz(value) - 1)) & tirx.const(2**30 - 1, "int32")) * 2)
    return _one_over_one_plus(steps, bits)


_ROOT_VALUE = Parameter("value", low=0)


@define("inverse_root", _ROOT_VALUE, says="2^31 / sqrt(value) / 2^inverse_root_shift(value); as of 1 for 0")
def inverse_root(steps: Steps, value: Any) -> Any:
    """The multiplier of ``1 / sqrt(value)``: five Newton steps in Q3.28 on ``value * 4**pairs``, in [1/4, 1)."""
    from tvm import tirx

    pairs = steps("pairs", ((tirx.clz(value) - 1) >> 1) - 1)
    normal = tirx.Select(pairs < 0, value >> 2, value << (pairs * 2))
    half = steps("half", shift_rounded(steps("normal", normal, 0, 2**29 - 1) >> 1, 1))
    x: Any = tirx.const(1 << 28, "int32")
    for number in range(1, 6):
        # x rises from 1 to 1 / sqrt(normal), which is at most 2; its cube stays below 8.
        cube = steps(f"cube{number}", multiply_q31(multiply_q31(x, x), x), 0, (1 << 25) - 1)
        three_halves = multiply_q31(x, tirx.const(3 << 27, "int32"))
        next_x = steps(f"rest{number}", three_halves - multiply_q31(half, cube * 64), 0, (1 << 26) + (1 << 16))
        x = steps(f"x{number}", next_x * 8)
    result = multiply_q31(x, _fixed(0.5**0.5, 31)) << tirx.max(pairs - 11, tirx.const(0, "int32"))
    return tirx.Select(value < 2, tirx.const(2**31 - 1, "int32"), result)


@define("inverse_root_shift", _ROOT_VALUE, says="the shift, 0 or less, that belongs to inverse_root(value)")
def inverse_root_shift(steps: Steps, value: Any) -> Any:
    """The shift of ``1 / sqrt(value)``."""
    from tvm import tirx

    zero = tirx.const(0, "int32")
    return tirx.Select(value < 2, zero, tirx.min(((tirx.clz(value) - 1) >> 1) - 12, zero))


@define("logarithm_q26", Parameter("value", low=1 << 19), says="log(value / 2^19) * 2^26")
def logarithm_q26(steps: Steps, value: Any) -> Any:
    """``log(a)`` in Q5.26 of a >= 1 in Q12.19: a power of two, and a quotient of polynomials around ``2**-0.25``."""
    from tvm import tirx

    most = tirx.const(2**31 - 1, "int32")
    bend = 2**0.25
    zeros = steps("zeros", tirx.clz(value))
    root = _fixed(0.5**0.5, 31)
    scaled = steps("scaled", multiply_q31(value << (zeros - 1), root), 0, (1 << 31) - 1)
    below = steps("below", tirx.Select(scaled < (1 << 30), scaled * 2, most))
    headroom = steps("headroom", tirx.clz(multiply_q31(value, root)) - 1, 0, 12)
    fits = value < (most >> headroom) + 1
    above = steps("above", tirx.Select(fits, value << headroom, most), 0)
    power = steps("power", tirx.max((12 - zeros) * (1 << 25) + (1 << 23), (12 - headroom) * (1 << 25) - (1 << 23)))
    ratio = steps("ratio", tirx.min(below, above), 1 << 30)
    middle = _fixed(0.5**0.25, 31)
    half_sum = steps("half_sum", (ratio >> 1) + (middle >> 1) + 1)
    difference = steps("difference", steps("offset", ratio - middle) * 2)
    square = steps("square", multiply_q31(difference, difference))
    bent = multiply_q31(multiply_q31(difference, square), _fixed(11 / 240 * bend, 31))
    numerator = steps("numerator", multiply_q31(difference, ratio) + bent)
    inner = _fixed(2 / bend - bend, 31) + difference + multiply_q31(_fixed(bend / 20, 31), square)
    denominator = multiply_q31(half_sum, steps("inner", inner)) + multiply_q31(_fixed(bend / 4, 31), difference)
    inverse = _one_over_one_plus(steps, steps("denominator", denominator, 0, 2**31 - 1))
    fraction = multiply_q31(shift_rounded(numerator, 6), inverse)
    return (multiply_q31(power, _fixed(math.log(2), 31)) + fraction) * 2


_QUOTIENT = (
    Parameter("dividend", low=-(2**9), high=2**9),
    Parameter("divisor", low=-(2**9), high=2**9),
    Parameter("multiplier", low=0, high=2**31 - 1),
    Parameter("shift", low=-31, high=23),
)
_QUOTIENT_SAYS = (
    "dividend / divisor * multiplier * 2^(shift - 31); a large number by the dividend's sign where divisor is 0"
)


@define("quotient_double", *_QUOTIENT, says=_QUOTIENT_SAYS)
def quotient_double(steps: Steps, dividend: Any, divisor: Any, multiplier: Any, shift: Any) -> Any:
    """Quantized division under the contract ``double``."""
    return _quotient(
        steps, dividend, divisor, shift, lambda value, right: shift_rounded(multiply_q31(value, multiplier), right)
    )


@define("quotient_single", *_QUOTIENT, says=_QUOTIENT_SAYS)
def quotient_single(steps: Steps, dividend: Any, divisor: Any, multiplier: Any, shift: Any) -> Any:
    """Quantized division under the contract ``single``."""
    return _quotient(
        steps, dividend, divisor, shift, lambda value, right: requantize_single(value, multiplier, right + 30)
    )


def _quotient(steps: Steps, dividend: Any, divisor: Any, shift: Any, rescale: Callable[[Any, Any], Any]) -> Any:
    """The dividend times the divisor's reciprocal, with all bits used, then rescaled to the right."""
    from tvm import tirx

    negative = divisor < 0
    value = steps("value", tirx.Select(negative, 0 - dividend, dividend))
    by = steps("by", tirx.max(tirx.Select(negative, 0 - divisor, divisor), tirx.const(1, "int32")))
    headroom = steps("headroom", tirx.clz(tirx.Select(value < 0, -1 - value, value)) - 1, 21, 31)
    quotient = steps("quotient", multiply_q31(value << headroom, reciprocal_q31(by)))
    right = steps("right", headroom + 31 - tirx.clz(by) - shift, 0, 93)
    scaled = rescale(quotient, tirx.min(right, tirx.const(31, "int32")))
    return tirx.Select(tirx.EQ(divisor, 0), value * (1 << 20), tirx.Select(right < 32, scaled, tirx.const(0, "int32")))
