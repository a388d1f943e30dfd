/* SPDX-License-Identifier: Apache-2.0
 *
 * What kernels call, and what a kernel looks like from outside.
 */
#ifndef TVM_RUNTIME_C_BACKEND_API_H_
#define TVM_RUNTIME_C_BACKEND_API_H_

#include <tvm/runtime/c_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A packed function. A tensor argument is a DLTensor* in v_handle with type code kTVMDLTensorHandle. Returns 0, or
 * an error code that the executor hands on. */
typedef int (*TVMBackendPackedCFunc)(TVMValue* args, int* type_codes, int num_args, TVMValue* out_ret_value,
                                     int* out_ret_tcode, void* resource_handle);

/* Scratch memory for a kernel, 16-byte aligned, or NULL when there is none. Comes from the stack given to
 * TVMWorkspaceInit (tvm/runtime/crt/workspace.h), else from TVMPlatformMemoryAllocate. Weak: firmware may define its
 * own, as it had to with TVM's AOT executor. Kernels of this project's archives never call it. */
TVM_DLL void* TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t nbytes, int dtype_code_hint,
                                       int dtype_bits_hint);

/* Gives it back, last allocated first. Returns 0 or an error code. */
TVM_DLL int TVMBackendFreeWorkspace(int device_type, int device_id, void* ptr);

/* Finds a function in a module, as TVMModGetFunction; with mod_node NULL among the global ones. */
TVM_DLL int TVMBackendGetFuncFromEnv(void* mod_node, const char* func_name, TVMFunctionHandle* out);

/* Adds a global function of that name; registers at start-up in objects made by LLVM with --system-lib. */
TVM_DLL int TVMBackendRegisterSystemLibSymbol(const char* name, void* ptr);

typedef struct {
  void* sync_handle;
  int32_t num_task;
} TVMParallelGroupEnv;

typedef int (*FTVMParallelLambda)(int task_id, TVMParallelGroupEnv* penv, void* cdata);

/* Runs the whole of a parallel loop in the caller, as one task. Returns what the task returns. */
TVM_DLL int TVMBackendParallelLaunch(FTVMParallelLambda flambda, void* cdata, int num_task);

/* Nothing to wait for. Always 0. */
TVM_DLL int TVMBackendParallelBarrier(int task_id, TVMParallelGroupEnv* penv);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_C_BACKEND_API_H_ */
