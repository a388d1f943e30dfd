/* SPDX-License-Identifier: Apache-2.0
 *
 * Reset and faults of a Cortex-M4F. Replace with your vendor's startup file.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "board.h"

extern uint8_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_bottom[], stack_top[];
extern int main(void);

void Reset_Handler(void);
void SysTick_Handler(void);

#define CPACR (*(volatile uint32_t*)0xE000ED88u)

static void fault(void) {
  board_print("fault\n");
  board_stop(1);
}

__attribute__((noreturn)) static void start(void) {
  memcpy(data_start, data_load, (size_t)(data_end - data_start));
  memset(bss_start, 0, (size_t)(bss_end - bss_start));
  /* Paint the stack below this frame, to see later how much of it was used. */
  const volatile uint8_t* frame = __builtin_frame_address(0);
  for (volatile uint8_t* p = stack_bottom; p < frame - 64; ++p) {
    *p = 0xA5u;
  }
  board_initialise();
  board_stop(main());
}

__attribute__((noreturn)) void Reset_Handler(void) {
  CPACR |= 0xFu << 20; /* floating-point unit on */
  __asm volatile("dsb\n isb" ::: "memory");
  start();
}

typedef union {
  void (*handler)(void);
  const void* stack;
} vector_t;

__attribute__((section(".vectors"), used)) static const vector_t vectors[16] = {
    {.stack = stack_top},
    {.handler = Reset_Handler},
    {.handler = fault}, /* NMI */
    {.handler = fault}, /* hard fault */
    {.handler = fault}, /* memory management */
    {.handler = fault}, /* bus */
    {.handler = fault}, /* usage */
    {.handler = NULL},  {.handler = NULL}, {.handler = NULL}, {.handler = NULL},
    {.handler = fault}, /* SVCall */
    {.handler = fault}, /* debug monitor */
    {.handler = NULL},
    {.handler = fault}, /* PendSV */
    {.handler = SysTick_Handler},
};
