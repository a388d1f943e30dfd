/* SPDX-License-Identifier: Apache-2.0
 *
 * An allocator of runs of pages in memory that the caller owns, for firmware that uses the classic Create functions.
 * Free runs that touch are joined; allocating and freeing take constant time unless memory is nearly used up.
 */
#ifndef TVM_RUNTIME_CRT_PAGE_ALLOCATOR_H_
#define TVM_RUNTIME_CRT_PAGE_ALLOCATOR_H_

#include <stddef.h>
#include <stdint.h>
#include <tvm/runtime/c_runtime_api.h>
#include <tvm/runtime/crt/error_codes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct MemoryManagerInterface MemoryManagerInterface;

struct MemoryManagerInterface {
  /* Errors: kTvmErrorPlatformNoMemory, kTvmErrorFunctionCallInvalidArg. No bytes: a run of one page. */
  tvm_crt_error_t (*Allocate)(MemoryManagerInterface* interface, size_t num_bytes, DLDevice dev, void** out_ptr);

  /* Errors: kTvmErrorPlatformBadFree for what is no block, or free already. */
  tvm_crt_error_t (*Free)(MemoryManagerInterface* interface, void* ptr, DLDevice dev);

  /* Blocks that are allocated now. */
  int vleak_size;
};

/* Makes a manager inside the pool; its tables take about 12 bytes a page and 1 KB. Blocks are aligned to the page size,
 * at most to 64 bytes. Pages have at least 16 bytes (page_size_bytes_log2 4 to 30).
 * Errors: kTvmErrorPlatformNoMemory when no page is left, kTvmErrorFunctionCallInvalidArg. */
tvm_crt_error_t PageMemoryManagerCreate(MemoryManagerInterface** manager, uint8_t* memory_pool,
                                        size_t memory_pool_size_bytes, size_t page_size_bytes_log2);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_PAGE_ALLOCATOR_H_ */
