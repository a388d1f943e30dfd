/* SPDX-License-Identifier: Apache-2.0
 *
 * Arm MPS2: the CMSDK serial line, and semihosting's SYS_EXIT_EXTENDED to end.
 */
#include "board.h"

#include <stdint.h>

#define UART_DATA (*(volatile uint32_t*)0x40004000u)
#define UART_STATE (*(volatile uint32_t*)0x40004004u)
#define UART_CONTROL (*(volatile uint32_t*)0x40004008u)
#define UART_BAUD_DIVIDER (*(volatile uint32_t*)0x40004010u)

#define UART_TRANSMIT_FULL 1u
#define UART_TRANSMIT_ENABLE 1u

void board_initialise(void) {
  UART_BAUD_DIVIDER = 217; /* 115200 baud at 25 MHz */
  UART_CONTROL = UART_TRANSMIT_ENABLE;
}

void board_print(const char* text) {
  for (; *text != '\0'; ++text) {
    while ((UART_STATE & UART_TRANSMIT_FULL) != 0u) {
    }
    UART_DATA = (uint32_t)(unsigned char)*text;
  }
}

__attribute__((noreturn)) void board_stop(int status) {
  const uint32_t application_exit[2] = {0x20026u, (uint32_t)status};
  register uint32_t operation __asm("r0") = 0x20u;
  register const uint32_t* argument __asm("r1") = application_exit;
  __asm volatile("bkpt 0xAB" : : "r"(operation), "r"(argument) : "memory");
  for (;;) {
  }
}
