/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <tvm/runtime/crt/aot_executor.h>
#include <tvm/runtime/crt/crt_config.h>
#include <tvm/runtime/crt/module.h>
#include <tvm/runtime/crt/platform.h>

#include "func_registry_internal.h"
#include "tensor.h"

#define ALIGN_UP(bytes) (((bytes) + TVM_CRT_ALIGNMENT_BYTES - 1) / TVM_CRT_ALIGNMENT_BYTES * TVM_CRT_ALIGNMENT_BYTES)

static tvm_crt_error_t find_function(TVMModuleHandle handle, const char* prefix, const char* name, const char* suffix,
                                     TVMBackendPackedCFunc* function) {
  const TVMModule* module = handle;
  const tvm_name_piece_t pieces[] = {{prefix, strlen(prefix)}, {name, strlen(name)}, {suffix, strlen(suffix)}};
  tvm_function_index_t index = 0;
  tvm_crt_error_t error = tvm_func_registry_find(module->registry, pieces, 3, &index);
  if (error == kTvmErrorNoError) {
    *function = module->registry->funcs[index];
  }
  return error;
}

static int get_metadata(TVMModuleHandle module, const char* name, const TVMMetadata** metadata) {
  TVMBackendPackedCFunc function = NULL;
  TVMValue result;
  int result_type = (int)kTVMNullptr;
  int error = find_function(module, "tvmgen_", name, "_get_c_metadata", &function);
  if (error != 0) {
    return error;
  }
  result.v_handle = NULL;
  error = function(NULL, NULL, 0, &result, &result_type, NULL);
  *metadata = result.v_handle;
  return error == 0 && *metadata == NULL ? (int)kTvmErrorFunctionCallInvalidArg : error;
}

/* The i-th of inputs, outputs and workspace pools. */
static const struct TVMTensorInfo* argument_info(const TVMMetadata* metadata, int64_t i) {
  if (i < metadata->num_inputs) {
    return &metadata->inputs[i];
  }
  i -= metadata->num_inputs;
  return i < metadata->num_outputs ? &metadata->outputs[i] : &metadata->workspace_pools[i - metadata->num_outputs];
}

/* Where things are, from the beginning of the executor. */
typedef struct {
  size_t num_args;
  size_t args;
  size_t call;
  size_t data; /* of the first tensor */
  size_t total;
} layout_t;

static tvm_crt_error_t add(size_t* total, size_t bytes) {
  if (bytes > SIZE_MAX - (TVM_CRT_ALIGNMENT_BYTES - 1) || ALIGN_UP(bytes) > SIZE_MAX - *total) {
    return kTvmErrorGraphOverflow;
  }
  *total += ALIGN_UP(bytes);
  return kTvmErrorNoError;
}

static tvm_crt_error_t measure(const TVMMetadata* metadata, layout_t* layout) {
  const int64_t limit = 1 << 20; /* far more than a function's arguments; keeps the sums below in range */
  if (metadata->num_inputs < 0 || metadata->num_outputs < 0 || metadata->num_workspace_pools < 0 ||
      metadata->num_inputs > limit || metadata->num_outputs > limit || metadata->num_workspace_pools > limit) {
    return kTvmErrorGraphOverflow;
  }
  layout->num_args = (size_t)(metadata->num_inputs + metadata->num_outputs + metadata->num_workspace_pools);
  layout->args = ALIGN_UP(sizeof(TVMAotExecutor));
  layout->call = layout->args + ALIGN_UP(layout->num_args * sizeof(TVMNDArray));
  layout->data = layout->call + ALIGN_UP(layout->num_args * (sizeof(TVMValue) + sizeof(int)));
  layout->total = layout->data;
  for (size_t i = 0; i < layout->num_args; i++) {
    const struct TVMTensorInfo* info = argument_info(metadata, (int64_t)i);
    size_t bytes = 0;
    if (info->num_shape < 0 || info->num_shape > INT32_MAX ||
        !tvm_tensor_bytes(info->dtype, (int32_t)info->num_shape, info->shape, &bytes)) {
      return kTvmErrorGraphOverflow;
    }
    tvm_crt_error_t error = add(&layout->total, bytes);
    if (error != kTvmErrorNoError) {
      return error;
    }
  }
  return kTvmErrorNoError;
}

static TVMAotExecutor* build(const TVMMetadata* metadata, const layout_t* layout, TVMModuleHandle module,
                             DLDevice device, void* memory) {
  uint8_t* begin = memory;
  uint8_t* data = begin + layout->data;
  TVMAotExecutor* executor = memory;
  memset(memory, 0, layout->data);
  executor->metadata = metadata;
  executor->module_handle = module;
  executor->device = device;
  executor->args = (TVMNDArray*)(void*)(begin + layout->args);
  executor->num_args = (int64_t)layout->num_args;
  executor->call = begin + layout->call;
  TVMValue* values = executor->call;
  int* type_codes = (int*)(void*)(values + layout->num_args);
  for (size_t i = 0; i < layout->num_args; i++) {
    const struct TVMTensorInfo* info = argument_info(metadata, (int64_t)i);
    DLTensor* tensor = &executor->args[i].dl_tensor;
    size_t bytes = 0;
    (void)tvm_tensor_bytes(info->dtype, (int32_t)info->num_shape, info->shape, &bytes);
    executor->args[i].reference_count = 1;
    tensor->data = data;
    tensor->device = device;
    tensor->ndim = (int32_t)info->num_shape;
    tensor->dtype = info->dtype;
    tensor->shape = (int64_t*)(uintptr_t)info->shape; /* read only */
    values[i].v_handle = tensor;
    type_codes[i] = (int)kTVMDLTensorHandle;
    if (bytes > 0) {
      memset(data, 0, bytes);
    }
    data += ALIGN_UP(bytes);
  }
  return executor;
}

static int prepare(TVMModuleHandle module, const char* name, const TVMMetadata** metadata, layout_t* layout) {
  const TVMModule* checked = module;
  if (checked == NULL || checked->registry == NULL || name == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  int error = get_metadata(module, name, metadata);
  return error != 0 ? error : (int)measure(*metadata, layout);
}

int TVMAotExecutor_CreateInArena(TVMModuleHandle module_handle, const DLDevice device, const char* module_name,
                                 void* arena, size_t arena_size, TVMAotExecutor** executor) {
  const TVMMetadata* metadata = NULL;
  layout_t layout;
  if (arena == NULL || executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *executor = NULL;
  int error = prepare(module_handle, module_name, &metadata, &layout);
  if (error != 0) {
    return error;
  }
  if ((uintptr_t)arena % TVM_CRT_ALIGNMENT_BYTES != 0) {
    return kTvmErrorExecutorArenaMisaligned;
  }
  if (layout.total > arena_size) {
    return kTvmErrorExecutorArenaTooSmall;
  }
  *executor = build(metadata, &layout, module_handle, device, arena);
  return kTvmErrorNoError;
}

int TVMAotExecutor_Create(TVMModuleHandle module_handle, const DLDevice device, TVMAotExecutor** executor,
                          const char* module_name) {
  const TVMMetadata* metadata = NULL;
  layout_t layout;
  void* memory = NULL;
  if (executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *executor = NULL;
  int error = prepare(module_handle, module_name, &metadata, &layout);
  if (error == 0) {
    error = TVMPlatformMemoryAllocate(layout.total, device, &memory);
  }
  if (error != 0) {
    return error;
  }
  if ((uintptr_t)memory % TVM_CRT_ALIGNMENT_BYTES != 0) {
    (void)TVMPlatformMemoryFree(memory, device);
    return kTvmErrorExecutorArenaMisaligned;
  }
  *executor = build(metadata, &layout, module_handle, device, memory);
  (*executor)->owns_memory = 1;
  return kTvmErrorNoError;
}

int TVMAotExecutor_Release(TVMAotExecutor* executor, const DLDevice device) {
  if (executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  return executor->owns_memory != 0 ? TVMPlatformMemoryFree(executor, device) : kTvmErrorNoError;
}

int TVMAotExecutor_GetNumInputs(TVMAotExecutor* executor) {
  return executor == NULL ? 0 : (int)executor->metadata->num_inputs;
}

int TVMAotExecutor_GetNumOutputs(TVMAotExecutor* executor) {
  return executor == NULL ? 0 : (int)executor->metadata->num_outputs;
}

int TVMAotExecutor_GetInputIndex(TVMAotExecutor* executor, const char* name) {
  if (executor == NULL || name == NULL) {
    return -1;
  }
  for (int64_t i = 0; i < executor->metadata->num_inputs; i++) {
    if (strcmp(executor->metadata->inputs[i].name, name) == 0) {
      return (int)i;
    }
  }
  return -1;
}

int TVMAotExecutor_GetInputName(TVMAotExecutor* executor, int index, const char** name) {
  if (executor == NULL || name == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (index < 0 || index >= executor->metadata->num_inputs) {
    return kTvmErrorExecutorModuleNoSuchInput;
  }
  *name = executor->metadata->inputs[index].name;
  return kTvmErrorNoError;
}

int TVMAotExecutor_Run(TVMAotExecutor* executor) {
  TVMBackendPackedCFunc function = NULL;
  TVMValue result;
  int result_type = (int)kTVMNullptr;
  if (executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  int error = find_function(executor->module_handle, "", executor->metadata->mod_name, "_run", &function);
  if (error != 0) {
    return error;
  }
  TVMValue* values = executor->call;
  int* type_codes = (int*)(void*)(values + executor->num_args);
  result.v_handle = NULL;
  return function(values, type_codes, (int)executor->num_args, &result, &result_type, NULL);
}
