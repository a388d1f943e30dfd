/* SPDX-License-Identifier: Apache-2.0
 *
 * What kernels of TVM 0.8 to 0.18 call while they run.
 */
#include <string.h>
#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/crt/platform.h>
#include <tvm/runtime/crt/stack_allocator.h>
#include <tvm/runtime/crt/workspace.h>

static tvm_workspace_t g_workspace;
static size_t g_workspace_peak;
static bool g_has_workspace;

tvm_crt_error_t TVMWorkspaceInit(void* memory, size_t size_bytes) {
  g_workspace_peak = 0;
  g_has_workspace = memory != NULL;
  return memory == NULL ? kTvmErrorNoError : StackMemoryManager_Init(&g_workspace, memory, size_bytes);
}

size_t TVMWorkspacePeak(void) { return g_workspace_peak; }

TVM_WEAK void* TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t nbytes, int dtype_code_hint,
                                        int dtype_bits_hint) {
  void* memory = NULL;
  (void)dtype_code_hint;
  (void)dtype_bits_hint;
  if (g_has_workspace) {
    if (nbytes > INT32_MAX || StackMemoryManager_Allocate(&g_workspace, (int32_t)nbytes, &memory) != kTvmErrorNoError) {
      return NULL;
    }
    size_t used = (size_t)(g_workspace.next_alloc - g_workspace.workspace);
    if (used > g_workspace_peak) {
      g_workspace_peak = used;
    }
    return memory;
  }
  const DLDevice device = {(DLDeviceType)device_type, device_id};
  if (nbytes > SIZE_MAX || TVMPlatformMemoryAllocate((size_t)nbytes, device, &memory) != kTvmErrorNoError) {
    return NULL;
  }
  return memory;
}

TVM_WEAK int TVMBackendFreeWorkspace(int device_type, int device_id, void* ptr) {
  if (g_has_workspace) {
    return StackMemoryManager_Free(&g_workspace, ptr);
  }
  const DLDevice device = {(DLDeviceType)device_type, device_id};
  return TVMPlatformMemoryFree(ptr, device);
}

int TVMBackendParallelLaunch(FTVMParallelLambda flambda, void* cdata, int num_task) {
  TVMParallelGroupEnv environment = {NULL, 1};
  (void)num_task; /* a hint: the task reads the environment's */
  return flambda == NULL ? kTvmErrorFunctionCallInvalidArg : flambda(0, &environment, cdata);
}

int TVMBackendParallelBarrier(int task_id, TVMParallelGroupEnv* penv) {
  (void)task_id;
  (void)penv;
  return 0;
}
