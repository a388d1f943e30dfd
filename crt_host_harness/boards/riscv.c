/* SPDX-License-Identifier: Apache-2.0
 *
 * RISC-V under QEMU's virt machine: picolibc starts the image (--crt0=hosted) and gives semihosting; what remains is
 * the instruction counter and the painted stack.
 */
#include "board.h"

/* The -march of the C library's variants does not name zicsr, which every core with counters has. */
#define READ_CSR(name, value) \
  __asm volatile(".option push\n .option arch, +zicsr\n csrr %0, " #name "\n .option pop" : "=r"(value))

extern uint8_t __heap_end[], __stack[];

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

__attribute__((constructor)) static void paint(void) { board_paint_stack(__heap_end, __stack); }
