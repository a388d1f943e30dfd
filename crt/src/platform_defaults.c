/* SPDX-License-Identifier: Apache-2.0
 *
 * Definitions that firmware may replace; tvm/runtime/crt/platform.h says what each does.
 */
#include <stdlib.h>
#include <tvm/runtime/crt/page_allocator.h>
#include <tvm/runtime/crt/platform.h>

#define PAGE_BYTES_LOG2 6

static MemoryManagerInterface* g_memory;

TVM_WEAK void TVMPlatformAbort(tvm_crt_error_t code) {
  (void)code;
  abort();
  for (;;) { /* not every C library says that abort does not return */
  }
}

tvm_crt_error_t TVMPlatformMemoryInit(void* memory, size_t size_bytes) {
  g_memory = NULL;
  return PageMemoryManagerCreate(&g_memory, memory, size_bytes, PAGE_BYTES_LOG2);
}

TVM_WEAK tvm_crt_error_t TVMPlatformMemoryAllocate(size_t num_bytes, DLDevice dev, void** out_ptr) {
  return g_memory == NULL ? kTvmErrorPlatformNoMemory : g_memory->Allocate(g_memory, num_bytes, dev, out_ptr);
}

TVM_WEAK tvm_crt_error_t TVMPlatformMemoryFree(void* ptr, DLDevice dev) {
  return g_memory == NULL ? kTvmErrorPlatformBadFree : g_memory->Free(g_memory, ptr, dev);
}

TVM_WEAK tvm_crt_error_t TVMPlatformTimerStart(void) { return kTvmErrorPlatformUnsupported; }

TVM_WEAK tvm_crt_error_t TVMPlatformTimerStop(double* elapsed_time_seconds) {
  (void)elapsed_time_seconds;
  return kTvmErrorPlatformUnsupported;
}

TVM_WEAK tvm_crt_error_t TVMPlatformBeforeMeasurement(void) { return kTvmErrorNoError; }

TVM_WEAK tvm_crt_error_t TVMPlatformAfterMeasurement(void) { return kTvmErrorNoError; }

TVM_WEAK tvm_crt_error_t TVMPlatformGenerateRandom(uint8_t* buffer, size_t num_bytes) {
  (void)buffer;
  (void)num_bytes;
  return kTvmErrorPlatformUnsupported;
}

TVM_WEAK tvm_crt_error_t TVMPlatformInitialize(void) { return kTvmErrorNoError; }
