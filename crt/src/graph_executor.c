/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <tvm/runtime/crt/logging.h>

#include "graph_executor_internal.h"
#include "json_reader.h"
#include "tensor.h"

uint32_t tvm_graph_find_argument(const TVMGraphExecutor* executor, const char* name, size_t name_size,
                                 uint32_t* hint) {
  for (uint32_t tried = 0; tried < executor->num_arguments; tried++) {
    uint32_t i = (*hint + tried) % executor->num_arguments;
    tvm_json_string_t string = {executor->arguments[i].name, executor->arguments[i].name_size};
    if (tvm_json_equal(executor->json, string, name, name_size)) {
      *hint = i + 1;
      return i;
    }
  }
  return TVM_NO_INDEX;
}

int TVMGraphExecutor_GetNumInputs(TVMGraphExecutor* executor) {
  return executor == NULL ? 0 : (int)executor->num_arguments;
}

int TVMGraphExecutor_GetInputIndex(TVMGraphExecutor* executor, const char* name) {
  uint32_t hint = 0;
  if (executor == NULL || name == NULL) {
    return -1;
  }
  uint32_t index = tvm_graph_find_argument(executor, name, strlen(name), &hint);
  return index == TVM_NO_INDEX ? -1 : (int)index;
}

int TVMGraphExecutor_GetInputName(TVMGraphExecutor* executor, int index, const char** name, size_t* name_size) {
  if (executor == NULL || name == NULL || name_size == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (index < 0 || (uint32_t)index >= executor->num_arguments) {
    return kTvmErrorExecutorModuleNoSuchInput;
  }
  *name = executor->json + executor->arguments[index].name;
  *name_size = executor->arguments[index].name_size;
  return kTvmErrorNoError;
}

/* The argument of a name, if the caller's tensor suits it. */
static tvm_crt_error_t find_input(TVMGraphExecutor* executor, const char* name, const DLTensor* tensor,
                                  TVMGraphExecutorArgument** argument) {
  int index;
  if (executor == NULL || name == NULL || tensor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  index = TVMGraphExecutor_GetInputIndex(executor, name);
  if (index < 0) {
    LOG_ERROR("the graph has no input '%s'\n", name);
    return kTvmErrorExecutorModuleNoSuchInput;
  }
  *argument = &executor->arguments[index];
  const DLTensor* wanted = &executor->entries[(*argument)->entry];
  if (!tvm_tensor_matches(tensor, wanted)) {
    LOG_ERROR("input '%s': dtype, shape or strides are not the graph's\n", name);
    return kTvmErrorExecutorTensorMismatch;
  }
  if (tensor->data == NULL && tvm_graph_entry_bytes(wanted) > 0) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  return kTvmErrorNoError;
}

int TVMGraphExecutor_SetInput(TVMGraphExecutor* executor, const char* name, DLTensor* data_in) {
  TVMGraphExecutorArgument* argument = NULL;
  tvm_crt_error_t error = find_input(executor, name, data_in, &argument);
  if (error == kTvmErrorNoError) {
    error = tvm_graph_own(executor, argument);
  }
  if (error == kTvmErrorNoError) {
    size_t bytes = tvm_graph_entry_bytes(&executor->entries[argument->entry]);
    if (bytes > 0) {
      memmove(argument->own, tvm_tensor_data(data_in), bytes);
    }
    tvm_graph_bind(executor, argument, argument->own);
  }
  return error;
}

int TVMGraphExecutor_SetInputZeroCopy(TVMGraphExecutor* executor, const char* name, DLTensor* data_in) {
  TVMGraphExecutorArgument* argument = NULL;
  tvm_crt_error_t error = find_input(executor, name, data_in, &argument);
  if (error != kTvmErrorNoError) {
    return error;
  }
  if (argument->is_written != 0) {
    return kTvmErrorExecutorStorageIsWritten;
  }
  const DLTensor* entry = &executor->entries[argument->entry];
  bool is_empty = tvm_graph_entry_bytes(entry) == 0;
  void* data = is_empty ? (void*)executor : tvm_tensor_data(data_in);
  if (!is_empty && !tvm_graph_is_aligned(entry, data)) {
    return kTvmErrorExecutorInputMisaligned;
  }
  tvm_graph_bind(executor, argument, data);
  return kTvmErrorNoError;
}

int TVMGraphExecutor_GetInputView(TVMGraphExecutor* executor, int index, DLTensor* view) {
  if (executor == NULL || view == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (index < 0 || (uint32_t)index >= executor->num_arguments) {
    return kTvmErrorExecutorModuleNoSuchInput;
  }
  TVMGraphExecutorArgument* argument = &executor->arguments[index];
  tvm_crt_error_t error = tvm_graph_own(executor, argument);
  if (error == kTvmErrorNoError) {
    tvm_graph_bind(executor, argument, argument->own);
    *view = executor->entries[argument->entry];
  }
  return error;
}

/* __nop and __copy: moves the bytes unless both tensors are in one place. */
static void run_move(TVMGraphExecutor* executor, const TVMGraphExecutorOperator* op) {
  const DLTensor* from = &executor->entries[executor->operator_inputs[op->first_input]];
  const DLTensor* to = &executor->entries[op->first_output];
  size_t bytes = tvm_graph_entry_bytes(to);
  if (from->data != to->data && bytes > 0) {
    memmove(to->data, from->data, bytes);
  }
}

static int run_operator(TVMGraphExecutor* executor, const TVMGraphExecutorOperator* op) {
  uint32_t count = 0;
  TVMValue result;
  int result_type = (int)kTVMNullptr;
  if (op->function == NULL) {
    run_move(executor, op);
    return kTvmErrorNoError;
  }
  for (uint32_t i = 0; i < op->num_inputs; i++) {
    executor->call_values[count++].v_handle = &executor->entries[executor->operator_inputs[op->first_input + i]];
  }
  for (uint32_t i = 0; i < op->num_outputs; i++) {
    executor->call_values[count++].v_handle = &executor->entries[op->first_output + i];
  }
  result.v_handle = NULL;
  return op->function(executor->call_values, executor->call_type_codes, (int)count, &result, &result_type, NULL);
}

int TVMGraphExecutor_Run(TVMGraphExecutor* executor) {
  if (executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  for (uint32_t i = 0; i < executor->num_arguments; i++) {
    const TVMGraphExecutorArgument* argument = &executor->arguments[i];
    if (argument->is_set == 0) {
      LOG_ERROR("input '%.*s' is not set\n", (int)argument->name_size, executor->json + argument->name);
      return kTvmErrorExecutorInputNotSet;
    }
  }
  for (uint32_t i = 0; i < executor->num_arguments; i++) {
    executor->arguments[i].is_set = executor->arguments[i].is_written == 0;
  }
  for (uint32_t i = 0; i < executor->num_operators; i++) {
    int error = run_operator(executor, &executor->operators[i]);
    if (error != 0) {
      LOG_ERROR("operator %lu failed with %d\n", (unsigned long)i, error);
      return error;
    }
  }
  return kTvmErrorNoError;
}

int TVMGraphExecutor_GetNumOutputs(TVMGraphExecutor* executor) {
  return executor == NULL ? 0 : (int)executor->num_outputs;
}

int TVMGraphExecutor_GetOutputView(TVMGraphExecutor* executor, int index, DLTensor* view) {
  if (executor == NULL || view == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (index < 0 || (uint32_t)index >= executor->num_outputs) {
    return kTvmErrorExecutorNoSuchOutput;
  }
  const DLTensor* entry = &executor->entries[executor->outputs[index]];
  if (entry->data == NULL) {
    return kTvmErrorExecutorInputNotSet;
  }
  *view = *entry;
  return kTvmErrorNoError;
}

int TVMGraphExecutor_GetOutput(TVMGraphExecutor* executor, const int32_t index, DLTensor* out) {
  DLTensor view;
  int error = TVMGraphExecutor_GetOutputView(executor, (int)index, &view);
  if (out == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (error != kTvmErrorNoError) {
    return error;
  }
  if (!tvm_tensor_matches(out, &view)) {
    return kTvmErrorExecutorTensorMismatch;
  }
  size_t bytes = tvm_graph_entry_bytes(&view);
  if (bytes > 0) {
    if (out->data == NULL) {
      return kTvmErrorFunctionCallInvalidArg;
    }
    memmove(tvm_tensor_data(out), view.data, bytes);
  }
  return kTvmErrorNoError;
}

size_t TVMGraphExecutor_ArenaUsed(const TVMGraphExecutor* executor) {
  return executor == NULL ? 0 : executor->arena.peak;
}
