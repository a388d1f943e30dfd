/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a model through the packed interface of TVM's AOT executor: a module with tvmgen_<model>_get_c_metadata and
 * tvmgen_<model>_run. Archives with the C interface need none of this: they are called through tvmgen_<model>.h.
 */
#ifndef TVM_RUNTIME_CRT_AOT_EXECUTOR_H_
#define TVM_RUNTIME_CRT_AOT_EXECUTOR_H_

#include <dlpack/dlpack.h>
#include <tvm/runtime/c_runtime_api.h>
#include <tvm/runtime/crt/error_codes.h>
#include <tvm/runtime/crt/internal/common/ndarray.h>
#include <tvm/runtime/metadata_types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TVMMetadata TVMMetadata;

/* args: inputs, then outputs, then workspace pools; fill inputs and read outputs through args[i].dl_tensor. */
typedef struct TVMAotExecutor {
  const TVMMetadata* metadata;
  TVMModuleHandle module_handle;
  DLDevice device;
  TVMNDArray* args;
  int64_t num_args;
  void* call;     /* argument values and type codes */
  int owns_memory; /* Release gives it to TVMPlatformMemoryFree */
} TVMAotExecutor;

/* Makes an executor and its tensors in memory from TVMPlatformMemoryAllocate. module_name is the model's, without
 * "tvmgen_". Errors: kTvmErrorFunctionNameNotFound, kTvmErrorPlatformNoMemory, kTvmErrorGraphOverflow,
 * kTvmErrorFunctionCallInvalidArg, and what tvmgen_<model>_get_c_metadata returns. */
int TVMAotExecutor_Create(TVMModuleHandle module_handle, const DLDevice device, TVMAotExecutor** executor,
                          const char* module_name);

/* The same in an arena of the caller, aligned to TVM_CRT_ALIGNMENT_BYTES. Also kTvmErrorExecutorArenaTooSmall,
 * kTvmErrorExecutorArenaMisaligned. */
int TVMAotExecutor_CreateInArena(TVMModuleHandle module_handle, const DLDevice device, const char* module_name,
                                 void* arena, size_t arena_size, TVMAotExecutor** executor);

/* Gives the memory back. */
int TVMAotExecutor_Release(TVMAotExecutor* executor, const DLDevice device);

int TVMAotExecutor_GetNumInputs(TVMAotExecutor* executor);
int TVMAotExecutor_GetNumOutputs(TVMAotExecutor* executor);

/* Index of an input, or -1. */
int TVMAotExecutor_GetInputIndex(TVMAotExecutor* executor, const char* name);

/* Errors: kTvmErrorExecutorModuleNoSuchInput. */
int TVMAotExecutor_GetInputName(TVMAotExecutor* executor, int index, const char** name);

/* Runs the model once. Returns what tvmgen_<model>_run returns. */
int TVMAotExecutor_Run(TVMAotExecutor* executor);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_AOT_EXECUTOR_H_ */
