/* SPDX-License-Identifier: Apache-2.0
 *
 * Bare metal: the figures that the board's files supply (crt_host_harness/boards).
 */
#include "board.h"
#include "harness_platform.h"

uint64_t tvm_harness_now_ns(void) { return UINT64_MAX; } /* an emulator's time says nothing about the real core's */

uint64_t tvm_harness_instructions(void) { return board_instructions(); }

void tvm_harness_stack_begin(void) { board_paint_stack(); }

size_t tvm_harness_stack_used(void) { return board_stack_used(); }

bool tvm_harness_stack_is_exhausted(void) { return board_stack_is_exhausted(); }
