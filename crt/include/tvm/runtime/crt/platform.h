/* SPDX-License-Identifier: Apache-2.0
 *
 * What the firmware may supply. The runtime brings a weak definition of each, described here; define a function of
 * the same name to replace it.
 */
#ifndef TVM_RUNTIME_CRT_PLATFORM_H_
#define TVM_RUNTIME_CRT_PLATFORM_H_

#include <stdarg.h>
#include <stddef.h>
#include <tvm/runtime/c_runtime_api.h>
#include <tvm/runtime/crt/error_codes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ends the program after a broken CHECK of logging.h. The runtime's own code never calls it. Default: abort(). */
void __attribute__((noreturn)) TVMPlatformAbort(tvm_crt_error_t code);

/* Formats a message as vsnprintf and returns its length without the NUL. Default: vsnprintf. */
size_t TVMPlatformFormatMessage(char* out_buf, size_t out_buf_size_bytes, const char* fmt, va_list args);

/* Memory for the classic Create functions, which own no arena, and for kernels of old archives; 16-byte aligned
 * (TVM_CRT_ALIGNMENT_BYTES). Default: from the memory given to TVMPlatformMemoryInit, else
 * kTvmErrorPlatformNoMemory. */
tvm_crt_error_t TVMPlatformMemoryAllocate(size_t num_bytes, DLDevice dev, void** out_ptr);
tvm_crt_error_t TVMPlatformMemoryFree(void* ptr, DLDevice dev);

/* Hands memory to the default TVMPlatformMemoryAllocate, which manages it in pages of 64 bytes (page_allocator.h).
 * A second call forgets the first. Errors: those of PageMemoryManagerCreate. */
tvm_crt_error_t TVMPlatformMemoryInit(void* memory, size_t size_bytes);

/* A stopwatch. Default: kTvmErrorPlatformUnsupported. */
tvm_crt_error_t TVMPlatformTimerStart(void);
tvm_crt_error_t TVMPlatformTimerStop(double* elapsed_time_seconds);

/* Called around a timed run. Default: nothing. */
tvm_crt_error_t TVMPlatformBeforeMeasurement(void);
tvm_crt_error_t TVMPlatformAfterMeasurement(void);

/* Fills a buffer with random bytes. Default: kTvmErrorPlatformUnsupported. */
tvm_crt_error_t TVMPlatformGenerateRandom(uint8_t* buffer, size_t num_bytes);

/* Prepares the above. Called by the firmware. Default: nothing. */
tvm_crt_error_t TVMPlatformInitialize(void);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_PLATFORM_H_ */
