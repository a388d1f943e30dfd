/* SPDX-License-Identifier: Apache-2.0
 *
 * Start of an Arm Cortex-M image under QEMU with semihosting (newlib's rdimon): memory, floating-point unit,
 * SysTick counting instructions, then main. Serves Armv6-M to Armv8.1-M.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

extern uint8_t board_data_start[], board_data_end[], board_data_load[];
extern uint8_t board_bss_start[], board_bss_end[];
extern uint8_t board_stack_top[];
extern uint8_t end[], board_heap_end[];

extern int main(int argc, char** argv);
extern void initialise_monitor_handles(void);

void Reset_Handler(void);
void SysTick_Handler(void);
void _init(void);
void _fini(void);
void* _sbrk(ptrdiff_t increment);

void _init(void) {}
void _fini(void) {}

/* The C library's own takes the stack to be above the heap. */
void* _sbrk(ptrdiff_t increment) {
  static uint8_t* heap = end;
  uint8_t* const old = heap;
  if (increment > board_heap_end - heap || increment < end - heap) {
    return (void*)-1;
  }
  heap += increment;
  return old;
}

#define SYSTICK_CSR (*(volatile uint32_t*)0xE000E010u)
#define SYSTICK_RVR (*(volatile uint32_t*)0xE000E014u)
#define SYSTICK_CVR (*(volatile uint32_t*)0xE000E018u)
#define SYSTICK_PERIOD 0x1000000u /* 24 bits */
#define CPACR (*(volatile uint32_t*)0xE000ED88u)

/* With -icount shift=0 an instruction takes 1 ns of virtual time. BOARD_SYSTICK_HZ comes from the toolchain file. */
#define INSTRUCTIONS_PER_SECOND 1000000000u

static volatile uint32_t systick_wraps;

void SysTick_Handler(void) { ++systick_wraps; }

uint64_t board_instructions(void) {
  uint32_t wraps;
  uint32_t value;
  do {
    wraps = systick_wraps;
    value = SYSTICK_CVR;
  } while (wraps != systick_wraps);
  const uint64_t ticks = (uint64_t)wraps * SYSTICK_PERIOD + (SYSTICK_PERIOD - value) % SYSTICK_PERIOD;
  return ticks * INSTRUCTIONS_PER_SECOND / BOARD_SYSTICK_HZ;
}

void board_loop(uint32_t rounds) {
  __asm volatile(
      ".syntax unified\n"
      "1: subs %0, %0, #1\n"
      "bne 1b"
      : "+l"(rounds)
      :
      : "cc");
}

/* A request to the debugger or emulator. */
static void semihosting(uint32_t request, const void* parameter) {
  register uint32_t operation __asm("r0") = request;
  register const void* argument __asm("r1") = parameter;
  __asm volatile("bkpt 0xAB" : "+r"(operation) : "r"(argument) : "memory");
}

__attribute__((noreturn, used)) static void stop_at_fault(void) {
  static const uint32_t application_exit[2] = {0x20026u, BOARD_FAULT_STATUS};
  semihosting(0x04u, BOARD_FAULT_TEXT);  /* SYS_WRITE0 */
  semihosting(0x20u, application_exit); /* SYS_EXIT_EXTENDED */
  for (;;) {
  }
}

/* The stack may be what failed: begin a new one. */
__attribute__((naked)) static void fault(void) {
  __asm volatile(
      ".syntax unified\n"
      "ldr r0, =board_stack_top\n"
      "msr msp, r0\n"
      "ldr r0, =stop_at_fault\n"
      "bx r0\n"
      ".ltorg\n");
}

__attribute__((noreturn)) static void start(void) {
  memcpy(board_data_start, board_data_load, (size_t)(board_data_end - board_data_start));
  memset(board_bss_start, 0, (size_t)(board_bss_end - board_bss_start));
  SYSTICK_RVR = SYSTICK_PERIOD - 1u;
  SYSTICK_CVR = 0;
  SYSTICK_CSR = 7u;
  initialise_monitor_handles();
  static char name[] = "harness";
  static char* arguments[] = {name, NULL};
  exit(main(1, arguments));
}

__attribute__((noreturn)) void Reset_Handler(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  CPACR |= 0xFu << 20;
  __asm volatile("dsb\n isb" ::: "memory");
#endif
  start();
}

typedef union {
  void (*handler)(void);
  const void* stack;
} vector_t;

__attribute__((section(".vectors"), used)) static const vector_t vectors[16] = {
    {.stack = board_stack_top}, {.handler = Reset_Handler}, {.handler = fault}, {.handler = fault},
    {.handler = fault},         {.handler = fault},         {.handler = fault}, {.handler = NULL},
    {.handler = NULL},          {.handler = NULL},          {.handler = NULL},  {.handler = fault},
    {.handler = fault},         {.handler = NULL},          {.handler = fault}, {.handler = SysTick_Handler},
};
