"""Micro-kernels for the DSP extension of Armv7E-M and Armv8-M, in assembly where there is one, else in C.

Assembly keeps all accumulators of a loop in registers, whatever the compiler's options: each micro-kernel is a function
of its own that saves what it uses.
"""

from __future__ import annotations

from collections.abc import Mapping

_GUARD = "defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && !defined(__ARM_BIG_ENDIAN) && !defined(TVMGEN_PORTABLE)"


def _lines(*instructions: str) -> str:
    return "\n".join(f'      "{i}\\n"' for i in instructions)


def _word() -> list[str]:
    """Two taps: a word of weights, and a word of each window."""
    lines = ["ldr r12, [r1], #4", "sxtb16 r3, r12"]
    for p in (1, 2, 3, 0):
        place = f"[r0, #{4 * p}]" if p else "[r0], #16"
        lines += [f"ldr lr, {place}", f"smlad r{4 + p}, r12, lr, r{4 + p}", f"smlad r{8 + p}, r3, lr, r{8 + p}"]
    return lines


_DOTS = f"""\
/* Sums of the products of 4 windows with 2 filters: of the first one sums[0] to sums[3], of the second one
 * sums[4] to sums[7]. windows: two elements of each window in turn. weights: words of two halves, which are
 * 256 * (weight of the first filter) + (weight of the second); the sums of the first have to be less than 2^23. */
#if {_GUARD}
static __attribute__((noinline)) void tvmgen_dsp_dots(const int16_t* windows, const int32_t* weights, int32_t words,
    int32_t* sums) {{
  register const int16_t* x __asm__("r0") = windows;
  register const int32_t* w __asm__("r1") = weights;
  register int32_t count __asm__("r2") = words;
  register int32_t* s __asm__("r3") = sums;
  __asm__ volatile( /* r4 to r7: 256 * first + second, r8 to r11: second */
{
    _lines(
        "push {r3-r11}",
        "add r2, r1, r2, lsl #2",
        *(f"mov r{i}, #0" for i in range(4, 12)),
        "1:",
        "sub r3, r2, r1",
        "tst r3, #12",
        "beq 2f",
        *_word(),
        "b 1b",
        "2:",
        "cmp r1, r2",
        "beq 4f",
        "3:",
        *(_word() * 4),
        "cmp r1, r2",
        "bne 3b",
        "4:",
        *(line for i in range(4, 8) for line in (f"sub r{i}, r{i}, r{i + 4}", f"asr r{i}, r{i}, #8")),
        "ldr r3, [sp], #4",
        "stmia r3, {r4-r11}",
        "pop {r4-r11}",
    )
}
      : "+r"(x), "+r"(w), "+r"(count), "+r"(s)
      :
      : "r12", "lr", "cc", "memory");
}}
#else
static void tvmgen_dsp_dots(const int16_t* windows, const int32_t* weights, int32_t words, int32_t* sums) {{
  for (int32_t i = 0; i < 8; ++i) {{
    sums[i] = 0;
  }}
  for (int32_t i = 0; i < words; ++i) {{
    const int32_t lower = (int16_t)(weights[i] & 0xffff), upper = weights[i] >> 16;
    const int32_t second[2] = {{(int8_t)(lower & 0xff), (int8_t)(upper & 0xff)}};
    const int32_t first[2] = {{(lower - second[0]) / 256, (upper - second[1]) / 256}};
    for (int32_t p = 0; p < 4; ++p) {{
      sums[p] += windows[8 * i + 2 * p] * first[0] + windows[8 * i + 2 * p + 1] * first[1];
      sums[4 + p] += windows[8 * i + 2 * p] * second[0] + windows[8 * i + 2 * p + 1] * second[1];
    }}
  }}
}}
#endif
"""

_WIDEN = f"""/* Widens count elements of a window for tvmgen_dsp_dots, each four of them in the order 0, 2, 1, 3. */
static inline void tvmgen_dsp_widen(const int8_t* elements, int32_t count, int16_t* window) {{
  for (int32_t i = 0; i < count; i += 4, window += 16) {{
#if {_GUARD}
    int32_t four, even, odd;
    memcpy(&four, elements + i, 4);
    __asm__("sxtb16 %0, %1" : "=r"(even) : "r"(four));
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(four));
    memcpy(window, &even, 4);
    memcpy(window + 8, &odd, 4);
#else
    window[0] = elements[i];
    window[1] = elements[i + 2];
    window[8] = elements[i + 1];
    window[9] = elements[i + 3];
#endif
  }}
}}
"""

_SPREAD = """\
/* Widens count elements of a window for tvmgen_dsp_dots, in order: from the window's element number first on. */
static inline void tvmgen_dsp_spread(const int8_t* elements, int32_t count, int16_t* window, int32_t first) {
  window += first / 2 * 8;
  if (first % 2 != 0) {
    window[1] = *elements++;
    window += 8;
    --count;
  }
  for (; count > 1; count -= 2, elements += 2, window += 8) {
    window[0] = elements[0];
    window[1] = elements[1];
  }
  if (count > 0) {
    window[0] = *elements;
  }
}
"""

_MULTIPLY = f"""/* Products of the halves of two words, added up. */
#if {_GUARD}
static inline int32_t tvmgen_dsp_both(int32_t a, int32_t b, int32_t sum) {{
  __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}}

static inline int32_t tvmgen_dsp_word(const int16_t* halves) {{
  int32_t word;
  memcpy(&word, halves, 4);
  return word;
}}
#endif
"""

_ROW = f"""\
/* Sums of products of count windows of a plane, stride elements apart, with the taps of a filter: rows of words,
 * each of two taps for two neighbours in the plane, row_step and word_step elements apart. */
static inline void tvmgen_dsp_row(const int16_t* plane, int32_t row_step, const int32_t* taps, int32_t rows,
    int32_t words, int32_t word_step, int32_t stride, int32_t count, int32_t* sums) {{
  for (int32_t x = 0; x < count; ++x, plane += stride) {{
    int32_t sum = 0;
    for (int32_t row = 0; row < rows; ++row) {{
      for (int32_t word = 0; word < words; ++word) {{
        const int16_t* const pair = plane + row * row_step + word * word_step;
#if {_GUARD}
        sum = tvmgen_dsp_both(tvmgen_dsp_word(pair), taps[row * words + word], sum);
#else
        const int32_t tap = taps[row * words + word];
        sum += pair[0] * (int16_t)(tap & 0xffff) + pair[1] * (tap >> 16);
#endif
      }}
    }}
    sums[x] = sum;
  }}
}}
"""


_GATHER = f"""/* Widens count elements, step elements apart. */
static inline void tvmgen_dsp_gather(const int8_t* elements, int32_t step, int32_t count, int16_t* widened) {{
#if {_GUARD}
  for (; count >= 4; count -= 4, elements += 4 * step, widened += 4) {{
    int32_t first = elements[0], second = elements[2 * step];
    __asm__("pkhbt %0, %0, %1, lsl #16" : "+r"(first) : "r"((int32_t)elements[step]));
    __asm__("pkhbt %0, %0, %1, lsl #16" : "+r"(second) : "r"((int32_t)elements[3 * step]));
    memcpy(widened, &first, 4);
    memcpy(widened + 2, &second, 4);
  }}
#endif
  for (; count > 0; --count, elements += step, ++widened) {{
    *widened = *elements;
  }}
}}
"""


def _pair() -> list[str]:
    """Two windows of 3 x 3 next to each other: r10 and r11."""
    rows = ("[r0]", "[r0, r1]", "[r0, r1, lsl #1]")
    lines = []
    for i, row in enumerate(rows):  # elements 0 and 1 of the first window
        taps = f"r{4 + 2 * i}"
        first = [f"smuad r10, r2, {taps}", f"smultb r11, r2, {taps}"]
        more = [f"smlad r10, r2, {taps}, r10", f"smlatb r11, r2, {taps}, r11"]
        lines += [f"ldr r2, {row}", *(more if i else first)]
    for i, row in enumerate(("[r0, #4]!", *rows[1:])):  # elements 2 of the first one, 1 and 2 of the second
        taps = f"r{5 + 2 * i}"
        lines += [f"ldr r2, {row}", f"smlabt r10, r2, {taps}, r10", f"smlad r11, r2, {taps}, r11"]
    return [*lines, "stmia r12!, {r10, r11}"]


def _single() -> list[str]:
    """A window of 3 x 3, whose elements 0 and 1 of each row are in r2, r10 and lr: element 2 begins the next window."""
    return [
        "smuad r11, r2, r4",
        "smlad r11, r10, r6, r11",
        "smlad r11, lr, r8, r11",
        "ldr r2, [r0, #4]!",
        "ldr r10, [r0, r1]",
        "ldr lr, [r0, r1, lsl #1]",
        "smlabt r11, r2, r5, r11",
        "smlabt r11, r10, r7, r11",
        "smlabt r11, lr, r9, r11",
        "str r11, [r12], #4",
    ]


def _rows3(stride: int) -> str:
    """Rows of windows of 3 x 3."""
    what = "pairs of windows next to each other" if stride == 1 else "every other window"
    count, body = ("pairs", _pair()) if stride == 1 else ("windows", _single())
    begin = [] if stride == 1 else ["ldr r2, [r0]", "ldr r10, [r0, r1]", "ldr lr, [r0, r1, lsl #1]"]
    width = "2 * pairs" if stride == 1 else "windows"
    name = f"tvmgen_dsp_rows3_stride{stride}"
    return f"""/* Sums of products of windows of 3 x 3 elements of a plane with the taps of a filter: rows of {what}.
 * taps: for each row of a window a word of two taps and one of the third. */
#if {_GUARD}
static __attribute__((noinline)) void {name}(const int16_t* plane, int32_t row_step,
    const int32_t* taps, int32_t {count}, int32_t rows, int32_t* sums) {{
  register const int16_t* x __asm__("r0") = plane;
  register int32_t step __asm__("r1") = 2 * row_step;
  register const int32_t* w __asm__("r2") = taps;
  register int32_t count __asm__("r3") = {count};
  register int32_t* s __asm__("r12") = sums;
  register int32_t left __asm__("lr") = rows;
  __asm__ volatile( /* r4, r6, r8: taps 0 and 1 of a row, r5, r7, r9: taps 1 and 2 */
{
        _lines(
            "push {r4-r11}",
            "push {r0, r3, lr}",
            "ldmia r2, {r4-r9}",
            *(line for i in (4, 6, 8) for line in (f"lsr r2, r{i}, #16", f"orr r{i + 1}, r2, r{i + 1}, lsl #16")),
            "1:",
            "ldr r0, [sp]",
            f"add r2, r0, r1, lsl #{stride - 1}" if stride > 1 else "add r2, r0, r1",
            "str r2, [sp]",
            "ldr r3, [sp, #4]",
            *begin,
            "2:",
            *body,
            "subs r3, r3, #1",
            "bne 2b",
            "ldr r2, [sp, #8]",
            "subs r2, r2, #1",
            "str r2, [sp, #8]",
            "bne 1b",
            "add sp, sp, #12",
            "pop {r4-r11}",
        )
    }
      : "+r"(x), "+r"(step), "+r"(w), "+r"(count), "+r"(s), "+r"(left)
      :
      : "cc", "memory");
}}
#else
static void {name}(const int16_t* plane, int32_t row_step, const int32_t* taps, int32_t {count},
    int32_t rows, int32_t* sums) {{
  for (int32_t y = 0; y < rows; ++y, plane += {f"{stride} * " if stride > 1 else ""}row_step) {{
    for (int32_t x = 0; x < {width}; ++x, ++sums) {{
      *sums = 0;
      for (int32_t row = 0; row < 3; ++row) {{
        const int16_t* const element = plane + row * row_step + {f"{stride} * x" if stride > 1 else "x"};
        const int32_t taps01 = taps[2 * row], taps2 = taps[2 * row + 1];
        *sums += element[0] * (int16_t)(taps01 & 0xffff) + element[1] * (taps01 >> 16);
        *sums += element[2] * (int16_t)(taps2 & 0xffff) + element[3] * (taps2 >> 16);
      }}
    }}
  }}
}}
#endif
"""


def _four(pairs: int) -> list[str]:
    """Four elements of the data, widened, and the weights for them of some pairs of filters."""
    lines = ["ldr r12, [r0], #4", "sxtb16 lr, r12, ror #8", "sxtb16 r12, r12"]
    for elements in ("r12", "lr"):
        for j in range(pairs):
            lines += [
                "ldr r3, [r1], #4",
                f"smlad r{4 + j}, r3, {elements}, r{4 + j}",
                "sxtb16 r3, r3",
                f"smlad r{4 + pairs + j}, r3, {elements}, r{4 + pairs + j}",
            ]
    return lines


def _dense(pairs: int) -> str:
    registers = range(4, 4 + 2 * pairs)
    saved = f"{{r4-r{registers[-1]}}}"
    first, second = ("sums[0] to sums[3]", "sums[4] to sums[7]") if pairs == 4 else ("sums[0]", "sums[1]")
    return f"""/* Sums of products of 4 * fours elements with {2 * pairs} filters, in pairs: of the first ones {
        first
    }, of the second ones
 * {second}. weights: for elements 0 and 2 of four, then for 1 and 3, a word of two halves for each pair of filters:
 * 256 * (weight of the first) + (weight of the second); the sums of the first have to be less than 2^23. */
#if {_GUARD}
static __attribute__((noinline)) void tvmgen_dsp_dense{2 * pairs}(const int8_t* elements, const int32_t* weights,
    int32_t fours, int32_t* sums) {{
  register const int8_t* x __asm__("r0") = elements;
  register const int32_t* w __asm__("r1") = weights;
  register int32_t count __asm__("r2") = fours;
  register int32_t* s __asm__("r3") = sums;
  __asm__ volatile( /* from r4: 256 * first + second, then second */
{
        _lines(
            f"push {saved}",
            "push {r3}",
            *(f"mov r{i}, #0" for i in registers),
            "add r2, r0, r2, lsl #2",
            "sub r3, r2, r0",
            "tst r3, #4",
            "beq 2f",
            *_four(pairs),
            "2:",
            "cmp r0, r2",
            "beq 4f",
            "3:",
            *(_four(pairs) * 2),
            "cmp r0, r2",
            "bne 3b",
            "4:",
            *(line for i in registers[:pairs] for line in (f"sub r{i}, r{i}, r{i + pairs}", f"asr r{i}, r{i}, #8")),
            "pop {r3}",
            f"stmia r3, {saved}",
            f"pop {saved}",
        )
    }
      : "+r"(x), "+r"(w), "+r"(count), "+r"(s)
      :
      : "r12", "lr", "cc", "memory");
}}
#else
static void tvmgen_dsp_dense{2 * pairs}(const int8_t* elements, const int32_t* weights, int32_t fours, int32_t* sums) {{
  for (int32_t j = 0; j < {2 * pairs}; ++j) {{
    sums[j] = 0;
  }}
  for (int32_t i = 0; i < 2 * fours; ++i) {{
    const int32_t x0 = elements[i / 2 * 4 + i % 2], x1 = elements[i / 2 * 4 + i % 2 + 2];
    for (int32_t j = 0; j < {pairs}; ++j) {{
      const int32_t lower = (int16_t)(weights[{pairs} * i + j] & 0xffff), upper = weights[{pairs} * i + j] >> 16;
      const int32_t second0 = (int8_t)(lower & 0xff), second1 = (int8_t)(upper & 0xff);
      sums[j] += x0 * ((lower - second0) / 256) + x1 * ((upper - second1) / 256);
      sums[{pairs} + j] += x0 * second0 + x1 * second1;
    }}
  }}
}}
#endif
"""


MICRO_KERNELS: Mapping[str, tuple[str, ...]] = {
    "tvmgen_dsp_dots": (_DOTS,),
    "tvmgen_dsp_widen": (_WIDEN,),
    "tvmgen_dsp_spread": (_SPREAD,),
    "tvmgen_dsp_row": (_MULTIPLY, _ROW),
    "tvmgen_dsp_gather": (_GATHER,),
    "tvmgen_dsp_rows3_stride1": (_rows3(1),),
    "tvmgen_dsp_rows3_stride2": (_rows3(2),),
    "tvmgen_dsp_dense8": (_dense(4),),
    "tvmgen_dsp_dense2": (_dense(1),),
}
"""Definitions in C by name, with what each needs before it."""
