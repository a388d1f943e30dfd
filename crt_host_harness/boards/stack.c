/* SPDX-License-Identifier: Apache-2.0
 *
 * Stack high-water mark by painting: what still has its paint was never used.
 */
#include "board.h"

#define PAINT 0xA5u

static uint8_t* painted_bottom;
static uint8_t* painted_top;

__attribute__((noinline)) void board_paint_stack(uint8_t* bottom, uint8_t* top) {
  /* Everything below this frame is free; the margin keeps this function's own frame whole. */
  uint8_t* limit = (uint8_t*)__builtin_frame_address(0) - 64;
  painted_bottom = bottom;
  painted_top = top;
  for (volatile uint8_t* p = bottom; p < limit; ++p) {
    *p = PAINT;
  }
}

void board_repaint_stack(void) { board_paint_stack(painted_bottom, painted_top); }

size_t board_stack_used(void) {
  const volatile uint8_t* p = painted_bottom;
  while (p < painted_top && *p == PAINT) {
    ++p;
  }
  return (size_t)(painted_top - p);
}
