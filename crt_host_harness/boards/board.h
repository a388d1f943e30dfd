/* SPDX-License-Identifier: Apache-2.0
 *
 * What a bare-metal board gives the harness.
 */
#ifndef TVM_HARNESS_BOARD_H_
#define TVM_HARNESS_BOARD_H_

#include <stddef.h>
#include <stdint.h>

/* Instructions executed since the start. Under QEMU with -icount shift=0 the count is deterministic; its grain is
 * a tick of SysTick on Arm (31 to 50 instructions) and 1 on RISC-V (minstret). */
uint64_t board_instructions(void);

/* Fill the unused part of the stack with a pattern. */
void board_paint_stack(uint8_t* bottom, uint8_t* top);

/* Paint it again, to measure what comes next. */
void board_repaint_stack(void);

/* Bytes of stack used since it was painted last. */
size_t board_stack_used(void);

#endif /* TVM_HARNESS_BOARD_H_ */
