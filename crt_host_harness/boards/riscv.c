/* SPDX-License-Identifier: Apache-2.0
 *
 * RISC-V under QEMU's virt machine: picolibc starts the image (--crt0=hosted) and gives semihosting; what remains is
 * the instruction counter and what happens at an exception.
 */
#include <stdio.h>
#include <unistd.h>

#include "board.h"

/* The -march of the C library's variants does not name zicsr, which every core with counters has. */
#define READ_CSR(name, value) \
  __asm volatile(".option push\n .option arch, +zicsr\n csrr %0, " #name "\n .option pop" : "=r"(value))

uint64_t board_instructions(void) {
#if __riscv_xlen == 64
  uint64_t count;
  READ_CSR(minstret, count);
  return count;
#else
  uint32_t high;
  uint32_t low;
  uint32_t again;
  do {
    READ_CSR(minstreth, high);
    READ_CSR(minstret, low);
    READ_CSR(minstreth, again);
  } while (high != again);
  return ((uint64_t)high << 32) | low;
#endif
}

void board_loop(uint32_t rounds) {
  __asm volatile(
      "1: addi %0, %0, -1\n"
      "bnez %0, 1b"
      : "+r"(rounds));
}

__attribute__((noreturn, used)) static void stop_at_fault(void) {
  (void)fputs(BOARD_FAULT_TEXT, stderr);
  _exit(BOARD_FAULT_STATUS);
}

/* The stack may be what failed: begin a new one. */
__attribute__((naked, aligned(4))) static void trap(void) { __asm volatile("la sp, __stack\n j stop_at_fault"); }

__attribute__((constructor)) static void set_trap(void) { __asm volatile(".option push\n .option arch, +zicsr\n csrw mtvec, %0\n .option pop" : : "r"(trap)); }
