/* SPDX-License-Identifier: Apache-2.0
 *
 * Stack high-water mark by painting: what still has its paint was never used.
 */
#include "board.h"

#define PAINT 0xA5u

static uint8_t* painted_top;

__attribute__((noinline)) void board_paint_stack(void) {
  /* Everything below this frame is free; the margin keeps this function's own frame whole. */
  painted_top = __builtin_frame_address(0);
  for (volatile uint8_t* p = board_stack_bottom; p < painted_top - 64; ++p) {
    *p = PAINT;
  }
}

size_t board_stack_used(void) {
  const volatile uint8_t* p = board_stack_bottom;
  while (p < painted_top && *p == PAINT) {
    ++p;
  }
  return (size_t)(painted_top - p);
}

bool board_stack_is_exhausted(void) { return *(const volatile uint8_t*)board_stack_bottom != PAINT; }
