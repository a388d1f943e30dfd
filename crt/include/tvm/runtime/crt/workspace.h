/* SPDX-License-Identifier: Apache-2.0
 *
 * Scratch memory for the kernels of TVM 0.8 to 0.18, which allocate while they run. This project's kernels don't.
 */
#ifndef TVM_RUNTIME_CRT_WORKSPACE_H_
#define TVM_RUNTIME_CRT_WORKSPACE_H_

#include <stddef.h>
#include <tvm/runtime/crt/error_codes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lets TVMBackendAllocWorkspace take from this memory, last in first out; NULL: from TVMPlatformMemoryAllocate again.
 * As large as the archive's metadata.json says (workspace_size_bytes) and 16-byte aligned. */
tvm_crt_error_t TVMWorkspaceInit(void* memory, size_t size_bytes);

/* Most bytes of it that were in use at once. */
size_t TVMWorkspacePeak(void);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_WORKSPACE_H_ */
