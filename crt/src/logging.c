/* SPDX-License-Identifier: Apache-2.0
 *
 * What needs printf, apart from the other defaults: a small program does without.
 */
#include <stdio.h>
#include <tvm/runtime/crt/logging.h>

TVM_WEAK void TVMLogf(const char* fmt, ...) {
  va_list args;
  va_start(args, fmt);
  (void)vfprintf(stderr, fmt, args); /* NOLINT(clang-analyzer-valist.Uninitialized): clang-tidy 14 misses va_start */
  va_end(args);
}

TVM_WEAK size_t TVMPlatformFormatMessage(char* out_buf, size_t out_buf_size_bytes, const char* fmt, va_list args) {
  int length = vsnprintf(out_buf, out_buf_size_bytes, fmt, args);
  return length < 0 ? 0 : (size_t)length;
}
