/* SPDX-License-Identifier: Apache-2.0
 *
 * What a bare-metal board gives the harness.
 */
#ifndef TVM_HARNESS_BOARD_H_
#define TVM_HARNESS_BOARD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Instructions executed since the start. Under QEMU with -icount shift=0 the count is deterministic; its grain is
 * a tick of SysTick on Arm (31 to 50 instructions) and 1 on RISC-V (minstret). */
uint64_t board_instructions(void);

/* Runs a loop of two instructions, at least once. */
void board_loop(uint32_t rounds);

/* The lowest address of the stack. */
extern uint8_t board_stack_bottom[];

/* Fill the unused part of the stack with a pattern, to measure what comes next. */
void board_paint_stack(void);

/* Bytes of stack that callees of board_paint_stack's caller have used since; 64 where it is less. */
size_t board_stack_used(void);

/* Whether they have used all there is: it may have overflowed. */
bool board_stack_is_exhausted(void);

/* What follows "fault" when the processor stops at an exception that nobody expects; the status that ends the program. */
#define BOARD_FAULT_TEXT "fault: the processor stopped at an exception; a stack that is too small is a common cause\n"
#define BOARD_FAULT_STATUS 2

#endif /* TVM_HARNESS_BOARD_H_ */
