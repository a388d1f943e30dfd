/* SPDX-License-Identifier: Apache-2.0
 *
 * A stack of blocks in memory that the caller owns: what was allocated last is freed first.
 */
#ifndef TVM_RUNTIME_CRT_STACK_ALLOCATOR_H_
#define TVM_RUNTIME_CRT_STACK_ALLOCATOR_H_

#include <stddef.h>
#include <stdint.h>
#include <tvm/runtime/crt/crt_config.h>
#include <tvm/runtime/crt/error_codes.h>

/* Blocks begin at multiples of this. */
#ifndef TVM_RUNTIME_ALLOC_ALIGNMENT_BYTES
#define TVM_RUNTIME_ALLOC_ALIGNMENT_BYTES 16
#endif

#define STACK_ALLOCATOR_TAG 0xabcd1234
#define STACK_ALLOCATOR_TAG_SIZE_BYTES 4

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint8_t* next_alloc;   /* end of the last block */
  uint8_t* workspace;    /* aligned beginning of the memory */
  size_t workspace_size; /* bytes from there */
} tvm_workspace_t;

/* Prepares an empty stack. Memory that is not aligned loses the bytes up to the first multiple of the alignment.
 * Errors: kTvmErrorFunctionCallInvalidArg. */
tvm_crt_error_t StackMemoryManager_Init(tvm_workspace_t* tvm_runtime_workspace, uint8_t* g_aot_memory,
                                        size_t workspace_size);

/* Errors: kTvmErrorPlatformNoMemory (the stack stays as it was), kTvmErrorFunctionCallInvalidArg. */
tvm_crt_error_t StackMemoryManager_Allocate(tvm_workspace_t* tvm_runtime_workspace, int32_t nbytes,
                                            void** current_alloc);

/* Frees a block and all that were allocated after it; with TVM_CRT_STACK_ALLOCATOR_ENABLE_LIFO_CHECK the last block
 * only. Errors: kTvmErrorPlatformStackAllocBadFree (the stack stays as it was). */
tvm_crt_error_t StackMemoryManager_Free(tvm_workspace_t* tvm_runtime_workspace, void* ptr);

/* The same with the check as an argument. A stack must be used with one value of it throughout. */
tvm_crt_error_t StackMemoryManager_Allocate_Body(tvm_workspace_t* tvm_runtime_workspace, int32_t nbytes,
                                                 void** current_alloc, uint8_t do_lifo_check);
tvm_crt_error_t StackMemoryManager_Free_Body(tvm_workspace_t* tvm_runtime_workspace, void* ptr, uint8_t do_lifo_check);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_STACK_ALLOCATOR_H_ */
