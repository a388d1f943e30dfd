"""What generated C calls its things, what it can't call them, and what it can say in a comment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

# Of C99, C11 and C23, and of C++, whose compilers read the generated headers.
_KEYWORDS = """auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile
    while alignas alignof bool constexpr false nullptr static_assert thread_local true typeof typeof_unqual asm fortran
    and and_eq bitand bitor catch class compl concept const_cast consteval constinit co_await co_return co_yield
    decltype delete dynamic_cast explicit export friend mutable namespace new noexcept not not_eq operator or or_eq
    private protected public reinterpret_cast requires static_cast template this throw try typeid typename using
    virtual wchar_t xor xor_eq char8_t char16_t char32_t"""
KEYWORDS = frozenset(_KEYWORDS.split())

# Object-like macros of the C library and of compilers in GNU mode: they are replaced wherever they stand.
_MACROS = """NULL NAN INFINITY HUGE_VAL HUGE_VALF HUGE_VALL I EOF BUFSIZ RAND_MAX EXIT_SUCCESS EXIT_FAILURE errno stdin
    stdout stderr complex imaginary noreturn math_errhandling MATH_ERRNO MATH_ERREXCEPT FP_NAN FP_INFINITE FP_ZERO
    FP_SUBNORMAL FP_NORMAL FP_FAST_FMA FP_FAST_FMAF FP_FAST_FMAL FP_ILOGB0 FP_ILOGBNAN M_E M_LOG2E M_LOG10E M_LN2 M_LN10
    M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2 M_SQRT1_2 MAXFLOAT CHAR_BIT CHAR_MIN CHAR_MAX SCHAR_MIN
    SCHAR_MAX UCHAR_MAX SHRT_MIN SHRT_MAX USHRT_MAX INT_MIN INT_MAX UINT_MAX LONG_MIN LONG_MAX ULONG_MAX LLONG_MIN
    LLONG_MAX ULLONG_MAX linux unix i386 mips sparc near far"""
_WIDTHS = ("8", "16", "32", "64", "MAX", "PTR", *(f"_{kind}{n}" for kind in ("LEAST", "FAST") for n in (8, 16, 32, 64)))
_INTEGERS = [f"{sign}INT{width}" for sign in ("", "U") for width in _WIDTHS]
_LIMITS = [f"{name}_{limit}" for name in [*_INTEGERS, "SIZE", "PTRDIFF"] for limit in ("MIN", "MAX", "C", "WIDTH")]
_TYPES = [f"{name.lower()}_t" for name in [*_INTEGERS, "SIZE", "SSIZE", "PTRDIFF", "FLOAT", "DOUBLE", "MAX_ALIGN"]]
MEMBER_NAMES = KEYWORDS | frozenset([*_MACROS.split(), *_LIMITS, *_TYPES])
"""What no member of a struct can be called."""

# Each also with the endings of float and long double.
_MATH = """acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh drem erf erfc exp exp10 exp2 expm1
    fabs fdim finite floor fma fmax fmin fmod frexp gamma hypot ilogb j0 j1 jn ldexp lgamma llrint llround log log10
    log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint round roundeven
    scalb scalbln scalbn significand sin sincos sinh sqrt tan tanh tgamma trunc y0 y1 yn"""
_FUNCTIONS = """isnan isinf isfinite isnormal signbit fpclassify isgreater isgreaterequal isless islessequal
    islessgreater isunordered signgam memcpy memmove memset memcmp memchr memccpy strlen abs labs llabs div index
    rindex time main"""
RESERVED = MEMBER_NAMES | frozenset(
    [*_FUNCTIONS.split(), *(name + ending for name in _MATH.split() for ending in ("", "f", "l"))]
)
"""What no variable can be called: it would hide what generated code calls, or clash with its declaration."""


LONGEST = 64


def cleaned(name: str) -> str:
    """The letters, digits and single underscores between them of ``name``: a part of an identifier.

    C and C++ keep names with two underscores, and with one in front, for themselves (C99 7.1.3): whatever they and
    their libraries define there (``_Bool``, ``__LINE__``, ``__unix__``), no cleaned name is one of them.
    """
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")


def identifier(name: str, reserved: AbstractSet[str] = RESERVED) -> str:
    """A C identifier that resembles ``name``: cleaned, with ``v`` before a digit and an underscore behind what is
    ``reserved``, at most :data:`LONGEST` characters long.
    """
    text = cleaned(name) or "tensor"
    if text[0].isdigit():
        text = f"v{text}"
    text = text[: LONGEST - 1].rstrip("_")
    return f"{text}_" if text in reserved else text


def distinct(name: str, taken: set[str], key: Callable[[str], str] = str) -> str:
    """``name``, or with a number behind it, so that its ``key`` is not yet ``taken``; then it is."""
    candidate, count = name, 2
    while key(candidate) in taken:
        suffix = f"{count}" if name.endswith("_") else f"_{count}"
        candidate, count = name[: LONGEST - len(suffix)] + suffix, count + 1
    taken.add(key(candidate))
    return candidate


def member_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """An identifier of a struct's member for each name, distinct also when written in capitals."""
    used = {t.upper() for t in taken}
    return [distinct(identifier(name, MEMBER_NAMES), used, str.upper) for name in names]


def comment_text(text: str) -> str:
    """Text that can stand in a C comment: it neither ends one nor begins one, nor continues a line, trigraphs included;
    what is not ASCII becomes a question mark.
    """
    plain = re.sub(r"[^ -~]", "?", text).replace("\\", "/")
    return re.sub(r"\?(?=\?)", "? ", plain.replace("*/", "* /").replace("/*", "/ *"))
