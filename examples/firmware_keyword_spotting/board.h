/* SPDX-License-Identifier: Apache-2.0
 *
 * The little that this firmware needs of its board: a serial line, a clock, and a way to end (for the emulator).
 */
#ifndef BOARD_H_
#define BOARD_H_

#include <stddef.h>
#include <stdint.h>

void board_initialise(void);
void board_print(const char* text);

/* Microseconds since the start. */
uint32_t board_microseconds(void);

/* The most bytes of stack that were in use since the start, and how many there are. */
size_t board_stack_used(void);
size_t board_stack_size(void);

/* Ends the emulation with this status. On hardware: stop in the debugger. */
__attribute__((noreturn)) void board_stop(int status);

#endif /* BOARD_H_ */
