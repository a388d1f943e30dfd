/* SPDX-License-Identifier: Apache-2.0
 *
 * What the harness asks of the machine it runs on: platform_host.c with an operating system, platform_board.c on
 * bare metal. A figure that is not to be had is UINT64_MAX or SIZE_MAX.
 */
#ifndef TVM_HARNESS_PLATFORM_H_
#define TVM_HARNESS_PLATFORM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A clock that only goes forward, in nanoseconds. */
uint64_t tvm_harness_now_ns(void);

/* Instructions executed since the start. */
uint64_t tvm_harness_instructions(void);

/* Why a machine that could count its instructions does not; NULL for others. */
const char* tvm_harness_why_not_counted(void);

/* Begins to measure the stack; then: bytes of it that callees have used since, and whether that is all there is, so that
 * it may have overflowed. */
void tvm_harness_stack_begin(void);
size_t tvm_harness_stack_used(void);
bool tvm_harness_stack_is_exhausted(void);

#endif /* TVM_HARNESS_PLATFORM_H_ */
