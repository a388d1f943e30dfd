/* SPDX-License-Identifier: Apache-2.0
 *
 * The little that this firmware needs of its board: a serial line, and a way to end (for the emulator).
 */
#ifndef BOARD_H_
#define BOARD_H_

void board_initialise(void);
void board_print(const char* text);

/* Ends the emulation with this status. On hardware: stop in the debugger. */
__attribute__((noreturn)) void board_stop(int status);

#endif /* BOARD_H_ */
