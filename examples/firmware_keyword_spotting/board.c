/* SPDX-License-Identifier: Apache-2.0
 *
 * Arm MPS2: the CMSDK serial line, SysTick, and semihosting's SYS_EXIT_EXTENDED to end.
 */
#include "board.h"

#define UART_DATA (*(volatile uint32_t*)0x40004000u)
#define UART_STATE (*(volatile uint32_t*)0x40004004u)
#define UART_CONTROL (*(volatile uint32_t*)0x40004008u)
#define UART_BAUD_DIVIDER (*(volatile uint32_t*)0x40004010u)

#define UART_TRANSMIT_FULL 1u
#define UART_TRANSMIT_ENABLE 1u

#define CLOCK_HZ 25000000u
#define SYSTICK_CONTROL (*(volatile uint32_t*)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t*)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t*)0xE000E018u)
#define SYSTICK_PERIOD 0x1000000u

extern uint8_t stack_bottom[], stack_top[];

static volatile uint32_t systick_periods;

void SysTick_Handler(void);
void SysTick_Handler(void) { ++systick_periods; }

void board_initialise(void) {
  UART_BAUD_DIVIDER = CLOCK_HZ / 115200u;
  UART_CONTROL = UART_TRANSMIT_ENABLE;
  SYSTICK_RELOAD = SYSTICK_PERIOD - 1u;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 7; /* the processor's clock, interrupt, on */
}

void board_print(const char* text) {
  for (; *text != '\0'; ++text) {
    while ((UART_STATE & UART_TRANSMIT_FULL) != 0u) {
    }
    UART_DATA = (uint32_t)(unsigned char)*text;
  }
}

uint32_t board_microseconds(void) {
  uint32_t periods;
  uint32_t value;
  do {
    periods = systick_periods;
    value = SYSTICK_VALUE;
  } while (periods != systick_periods);
  const uint64_t ticks = (uint64_t)periods * SYSTICK_PERIOD + (SYSTICK_PERIOD - value) % SYSTICK_PERIOD;
  return (uint32_t)(ticks / (CLOCK_HZ / 1000000u));
}

size_t board_stack_used(void) {
  const volatile uint8_t* unused = stack_bottom;
  while (unused < stack_top && *unused == 0xA5u) { /* what the start painted */
    ++unused;
  }
  return (size_t)(stack_top - unused);
}

size_t board_stack_size(void) { return (size_t)(stack_top - stack_bottom); }

__attribute__((noreturn)) void board_stop(int status) {
  const uint32_t application_exit[2] = {0x20026u, (uint32_t)status};
  register uint32_t operation __asm("r0") = 0x20u;
  register const uint32_t* argument __asm("r1") = application_exit;
  __asm volatile("bkpt 0xAB" : : "r"(operation), "r"(argument) : "memory");
  for (;;) {
  }
}
