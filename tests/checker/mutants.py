"""Mutants of generated C: each has one mistake that a compiler of models, a printer or a planner could make."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Variants = Sequence[str]


@dataclass(frozen=True)
class Mistake:
    """A kind of mistake: what ``pattern`` finds outside of comments, in a file whose name ``files`` matches, becomes
    one of its ``variants``.
    """

    name: str
    pattern: str
    variants: Callable[[re.Match[str]], Variants]
    files: str = r"lib\d\.c"

    def sites(self, files: dict[str, str]) -> list[tuple[str, re.Match[str]]]:
        """Where it can be made."""
        found = []
        for name in sorted(files):
            if re.fullmatch(self.files, name):
                blanked = re.sub(r"/\*.*?\*/|^#[^\n]*", _blank, files[name], flags=re.DOTALL | re.MULTILINE)
                found += [(name, m) for m in re.finditer(self.pattern, blanked, re.MULTILINE)]
        return found


def _blank(comment: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", comment[0])


@dataclass(frozen=True)
class Mutant:
    """A file with one mistake in it: ``before`` became ``after`` in the line ``code``."""

    mistake: str
    file: str
    code: str
    before: str
    after: str
    text: str


def _number(group: int | str, *steps: int) -> Callable[[re.Match[str]], Variants]:
    """A number, by each of some steps off."""

    def variants(match: re.Match[str]) -> Variants:
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return [f"{match[0][:start]}{int(match[group]) + step}{match[0][end:]}" for step in steps]

    return variants


def _text(*replacements: str) -> Callable[[re.Match[str]], Variants]:
    """What a match's template becomes."""
    return lambda match: [match.expand(r) for r in replacements]


def _swapped(match: re.Match[str]) -> Variants:
    """Two names of an index that count differently, each in the place of the other."""
    terms = re.findall(r"(?:^|\+ )([a-z]\w*)(?: \* (\d+))?(?=$| [-+])", match[0][1:-1])
    strides = {name: int(stride or 1) for name, stride in terms}
    a = next(iter(strides), "")
    b = next((n for n, stride in strides.items() if stride != strides[a]), "")
    return [re.sub(rf"\b({a}|{b})\b", lambda m: b if m[0] == a else a, match[0])] if b else []


def _other_digit(match: re.Match[str]) -> Variants:
    """Another last digit of a hexadecimal fraction; the lowest bit of six digits is beyond a float."""
    digit = format((int(match[2], 16) + 2) % 16, "x")
    return [f"{match[1]}{digit}{match[3]}"]


def _other_sign(match: re.Match[str]) -> Variants:
    return [match[0].translate({ord("<"): ">", ord(">"): "<"})]


INDEX = r"\[[^\[\]]*\]"
ARGUMENT = r"\bconstant_\w+|\bdata_of\(\w+\[\d\]\)"
LOOP = r"\b(\w+) = (\d+); \1 < (\d+);"

MISTAKES = (
    # Constants.
    Mistake("a weight by one", r"(?<=[ {])-?\d+(?=, -?\d+, -?\d+,)", _number(0, 1, -1)),
    Mistake("a weight's last digit", r"(0x\w\.\w*)(\w)(p[-+]?\d+f)", _other_digit),
    Mistake("a parameter's byte", r"(?<=,)\d+(?=,\d+,\d+)", _number(0, 1), files=r"\w+_data\.c"),
    Mistake("a zero point or a bias", r"(?<=\)) ([-+]) (\d+)(?=;|\)(?! >>))", _number(2, 1, -1)),
    Mistake("another multiplier", r"(?<=, )\d{6,}(?=\))", lambda m: [str(int(m[0]) * 7 // 8)]),
    Mistake("a padding value", r"(?<= : )-?\d+(?=(?:\.0f)?[);])", _number(0, 1, -1)),
    # Loops.
    Mistake("a loop ends early", LOOP, _number(3, -1)),
    Mistake("a loop ends late", LOOP, _number(3, 1)),
    Mistake("a loop begins late", LOOP, _number(2, 1)),
    # Indices.
    Mistake("an offset by one", r"(?<=[-+] )\d+(?=\])", _number(0, 1, -1)),
    Mistake("a stride by one", r"(?<=\w \* )\d+(?=[\] ])", _number(0, 1, -1)),
    Mistake("swapped indices", INDEX, _swapped),
    # Memory.
    Mistake("a local array is short", r"^ +(?:u?int\d+_t|float) \w+\[(\d+)\];", _number(1, -1)),
    Mistake("a pool is short", r"TVM_HARNESS_POOL\(guarded_\w+, (\d+)", _number(1, -1), files=r"\w+_parts\.h"),
    Mistake(
        "an arena is short", r"TVM_HARNESS_POOL\((arena|pool_\w+), \w+", _text(r"\g<0> - 1"), files=r"\w+_harness\.c"
    ),
    Mistake("a buffer is moved", r"\bpool_\w+ \+ (\d+)", _number(1, 16, -16)),
    Mistake("an accumulator begins elsewhere", r"= 0(?=(?:\.0f)?;$)", _text("= 1000")),
    # Arithmetic.
    Mistake("an assignment in place of a sum", r" \+= ", _text(" = ")),
    Mistake("a difference in place of a sum", r"(?<=[\w\])]) \+ (?=\(*[a-z(])(?!tensor->)", _text(" - ")),
    Mistake("a shift by one", r"(?<=>> )\d+(?=[,) ])", _number(0, 1, -1)),
    Mistake("a shift's rounding", r" \+ \d+(?=\) >> )", _text(" + 0")),
    Mistake("a clamp's end", r"(?<=, )-?\d{1,5}(?=, -?\d+\)| - |\) [-+])", _number(0, 1, -1)),
    Mistake("a dropped clamp", r"raised < high \? raised : high|value > low \? value : low", _text(r"raised", "value")),
    Mistake("a maximum in place of a minimum", r"return a [<>] b \?", _other_sign),
    Mistake("a dropped function", r"\b(?:expf|truncf|fabsf|sqrtf|tanhf|erff|rsqrtf)(?=\()", _text("")),
    # Conditions.
    Mistake("a bound by one", r"\d+ <= (?=\w)", lambda m: [m[0].replace("<=", "<")]),
    Mistake("the other bound by one", r" < (?=\d+ [&?])", _text(" <= ")),
    Mistake("or in place of and", r" && ", _text(" || ")),
    # The order of things.
    Mistake("a dropped call of a kernel", r"status = tvmgen_\w+\((?!workspace_pools)[^;]*;", _text("status = 0;")),
    Mistake("swapped arguments", f"({ARGUMENT}), +({ARGUMENT})", _text(r"\2, \1")),
)


def mutants_of(files: dict[str, str], count: int, seed: str) -> list[Mutant]:
    """At most ``count`` mutants for each kind of mistake, the same ones for the same files and ``seed``."""
    found = []
    for mistake in MISTAKES:
        chooser = random.Random(f"{seed} {mistake.name}")
        sites = mistake.sites(files)
        chosen = []
        for name, match in chooser.sample(sites, len(sites)):
            variants = [v for v in mistake.variants(match) if v != match[0]]
            if len(chosen) < count and variants:
                chosen.append(_mutant(mistake, files[name], name, match, chooser.choice(variants)))
        found += chosen
    return found


def _mutant(mistake: Mistake, text: str, name: str, match: re.Match[str], after: str) -> Mutant:
    changed = text[: match.start()] + after + text[match.end() :]
    line = text.count("\n", 0, match.start())
    words = [" ".join(s.split()) for s in (text.splitlines()[line], match[0], after)]
    return Mutant(mistake.name, name, *words, changed)
