/* SPDX-License-Identifier: Apache-2.0
 *
 * Bare metal: the figures that the board's files supply (crt_host_harness/boards).
 */
#include "board.h"
#include "harness_platform.h"

uint64_t tvm_harness_now_ns(void) { return UINT64_MAX; } /* an emulator's time says nothing about the real core's */

/* Tried on loops of known length: without -icount QEMU counts the time of the machine that it runs on. */
static bool try_counting(void) {
  enum { ROUNDS = 20000, TRIALS = 3, GRAIN = 200 };
  for (int trial = 0; trial < TRIALS; trial++) {
    const uint64_t begin = board_instructions();
    board_loop(ROUNDS);
    const uint64_t count = board_instructions() - begin;
    if (count + GRAIN < 2u * ROUNDS || count > 2u * ROUNDS + GRAIN) {
      return false;
    }
  }
  return true;
}

static bool counts_instructions(void) {
  static enum { UNKNOWN, COUNTED, NOT_COUNTED } state = UNKNOWN;
  if (state == UNKNOWN) {
    state = try_counting() ? COUNTED : NOT_COUNTED;
  }
  return state == COUNTED;
}

uint64_t tvm_harness_instructions(void) { return counts_instructions() ? board_instructions() : UINT64_MAX; }

const char* tvm_harness_why_not_counted(void) {
  return counts_instructions() ? NULL : "the emulator does not run with -icount shift=0";
}

void tvm_harness_stack_begin(void) { board_paint_stack(); }

size_t tvm_harness_stack_used(void) { return board_stack_used(); }

bool tvm_harness_stack_is_exhausted(void) { return board_stack_is_exhausted(); }
