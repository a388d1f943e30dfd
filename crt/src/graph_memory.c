/* SPDX-License-Identifier: Apache-2.0 */
/* Where the graph's tensors lie: what loading, creating and running share. */
#include <tvm/runtime/crt/platform.h>

#include "graph_executor_internal.h"
#include "tensor.h"

size_t tvm_graph_entry_bytes(const DLTensor* entry) {
  size_t bytes = 0;
  (void)tvm_tensor_bytes(entry->dtype, entry->ndim, entry->shape, &bytes);
  return bytes;
}

bool tvm_graph_align_up(size_t* bytes) {
  if (*bytes > SIZE_MAX - (TVM_CRT_ALIGNMENT_BYTES - 1)) {
    return false;
  }
  *bytes = TVM_CRT_ALIGN_UP_(*bytes);
  return true;
}

tvm_crt_error_t tvm_graph_allocate(TVMGraphExecutor* executor, size_t bytes, void** memory) {
  TVMGraphExecutorArena* arena = &executor->arena;
  tvm_crt_error_t error = kTvmErrorNoError;
  if (!tvm_graph_align_up(&bytes)) {
    return kTvmErrorGraphOverflow;
  }
  if (arena->next == NULL) {
    error = TVMPlatformMemoryAllocate(bytes, executor->device, memory);
  } else if (bytes > arena->left) {
    error = kTvmErrorExecutorArenaTooSmall;
  } else {
    *memory = arena->next;
    arena->next += bytes;
    arena->left -= bytes;
  }
  if (error == kTvmErrorNoError) {
    arena->used += bytes;
    if (arena->used > arena->peak) {
      arena->peak = arena->used;
    }
  }
  return error;
}

tvm_crt_error_t tvm_graph_own(TVMGraphExecutor* executor, TVMGraphExecutorArgument* argument) {
  size_t bytes = tvm_graph_entry_bytes(&executor->entries[argument->entry]);
  if (argument->own != NULL) {
    return kTvmErrorNoError;
  }
  if (bytes == 0) {
    argument->own = executor; /* anywhere but NULL, which means not set */
    return kTvmErrorNoError;
  }
  return tvm_graph_allocate(executor, bytes, &argument->own);
}

void tvm_graph_bind(TVMGraphExecutor* executor, TVMGraphExecutorArgument* argument, void* data) {
  argument->is_set = 1;
  uint32_t storage = executor->storage_ids[argument->entry];
  for (uint32_t i = 0; i < executor->num_entries; i++) {
    if (executor->storage_ids[i] == storage) {
      executor->entries[i].data = data;
    }
  }
}

bool tvm_graph_is_aligned(const DLTensor* tensor, const void* data) {
  size_t alignment = tvm_dtype_lane_bytes(tensor->dtype);
  if (TVM_CRT_ALIGNMENT_BYTES > 16) {
    alignment = TVM_CRT_ALIGNMENT_BYTES;
  }
  return (uintptr_t)data % alignment == 0;
}
