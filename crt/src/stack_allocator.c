/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <tvm/runtime/crt/stack_allocator.h>

#define ALIGNMENT ((size_t)TVM_RUNTIME_ALLOC_ALIGNMENT_BYTES)

/* Behind each block when order is checked: which block it is, and a mark that tells it from tensors' bytes. */
typedef struct {
  uint32_t tag;
  uint32_t size;
} footer_t;

/* Bytes of a footer, such that blocks stay aligned. */
#define FOOTER_BYTES ((sizeof(footer_t) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

tvm_crt_error_t StackMemoryManager_Init(tvm_workspace_t* tvm_runtime_workspace, uint8_t* g_aot_memory,
                                        size_t workspace_size) {
  if (tvm_runtime_workspace == NULL || (g_aot_memory == NULL && workspace_size > 0)) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  size_t skipped = (ALIGNMENT - (uintptr_t)g_aot_memory % ALIGNMENT) % ALIGNMENT;
  if (skipped > workspace_size) {
    skipped = workspace_size;
  }
  tvm_runtime_workspace->workspace = workspace_size == 0 ? g_aot_memory : g_aot_memory + skipped;
  tvm_runtime_workspace->next_alloc = tvm_runtime_workspace->workspace;
  tvm_runtime_workspace->workspace_size = workspace_size - skipped;
  return kTvmErrorNoError;
}

static size_t used(const tvm_workspace_t* stack) {
  return stack->workspace_size == 0 ? 0 : (size_t)(stack->next_alloc - stack->workspace);
}

tvm_crt_error_t StackMemoryManager_Allocate_Body(tvm_workspace_t* tvm_runtime_workspace, int32_t nbytes,
                                                 void** current_alloc, uint8_t do_lifo_check) {
  tvm_workspace_t* stack = tvm_runtime_workspace;
  if (stack == NULL || current_alloc == NULL || nbytes < 0) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *current_alloc = NULL;
  size_t size = ((size_t)nbytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  size_t left = stack->workspace_size - used(stack);
  size_t footer_bytes = do_lifo_check != 0 ? FOOTER_BYTES : 0;
  /* The last block needs no padding behind it: a workspace of exactly the planned size is enough. */
  if ((size_t)nbytes > left || (do_lifo_check != 0 && (size > left || footer_bytes > left - size))) {
    return kTvmErrorPlatformNoMemory;
  }
  if (size > left) {
    size = left;
  }
  *current_alloc = stack->next_alloc;
  stack->next_alloc += size;
  if (do_lifo_check != 0) {
    footer_t footer = {STACK_ALLOCATOR_TAG, (uint32_t)size};
    memcpy(stack->next_alloc, &footer, sizeof footer);
    stack->next_alloc += footer_bytes;
  }
  return kTvmErrorNoError;
}

static int is_last_block(const tvm_workspace_t* stack, const uint8_t* block) {
  footer_t footer;
  if ((size_t)(stack->next_alloc - block) < FOOTER_BYTES) {
    return 0;
  }
  memcpy(&footer, stack->next_alloc - FOOTER_BYTES, sizeof footer);
  return footer.tag == STACK_ALLOCATOR_TAG && footer.size == (size_t)(stack->next_alloc - block) - FOOTER_BYTES;
}

tvm_crt_error_t StackMemoryManager_Free_Body(tvm_workspace_t* tvm_runtime_workspace, void* ptr, uint8_t do_lifo_check) {
  tvm_workspace_t* stack = tvm_runtime_workspace;
  uint8_t* block = ptr;
  if (stack == NULL || ptr == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  uintptr_t address = (uintptr_t)block;
  if (address < (uintptr_t)stack->workspace || address > (uintptr_t)stack->next_alloc ||
      (address - (uintptr_t)stack->workspace) % ALIGNMENT != 0) {
    return kTvmErrorPlatformStackAllocBadFree;
  }
  if (do_lifo_check != 0 && !is_last_block(stack, block)) {
    return kTvmErrorPlatformStackAllocBadFree;
  }
  stack->next_alloc = block;
  return kTvmErrorNoError;
}

tvm_crt_error_t StackMemoryManager_Allocate(tvm_workspace_t* tvm_runtime_workspace, int32_t nbytes,
                                            void** current_alloc) {
  return StackMemoryManager_Allocate_Body(tvm_runtime_workspace, nbytes, current_alloc,
                                          TVM_CRT_STACK_ALLOCATOR_ENABLE_LIFO_CHECK_VALUE);
}

tvm_crt_error_t StackMemoryManager_Free(tvm_workspace_t* tvm_runtime_workspace, void* ptr) {
  return StackMemoryManager_Free_Body(tvm_runtime_workspace, ptr, TVM_CRT_STACK_ALLOCATOR_ENABLE_LIFO_CHECK_VALUE);
}
