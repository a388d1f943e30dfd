/* SPDX-License-Identifier: Apache-2.0
 *
 * How a description runs the graph executor: tensors go in and out by the checked functions of the runtime, so that a
 * description whose dtypes or shapes are not the graph's fails instead of comparing other bytes.
 */
#ifndef TVM_HARNESS_GRAPH_H_
#define TVM_HARNESS_GRAPH_H_

#include <tvm/runtime/crt/graph_executor.h>

#include "tvm_model_harness.h"

static inline DLTensor tvm_harness_dltensor(const tvm_harness_tensor_t* tensor, const void* data) {
  static const uint8_t codes[] = {kDLInt, kDLUInt, kDLFloat, kDLBfloat, kDLUInt};
  const DLDevice cpu = {kDLCPU, 0};
  DLTensor result;
  result.data = (void*)(uintptr_t)data;
  result.device = cpu;
  result.ndim = tensor->ndim;
  result.dtype.code = codes[tensor->kind];
  result.dtype.bits = tensor->kind == TVM_HARNESS_BOOL ? 1 : tensor->bits;
  result.dtype.lanes = 1;
  result.shape = (int64_t*)(uintptr_t)tensor->shape;
  result.strides = NULL;
  result.byte_offset = 0;
  return result;
}

/* The run function of a graph executor's description. Outputs of the graph behind the described ones (a kernel's scratch)
 * are left alone. */
static inline int32_t tvm_harness_graph_run(TVMGraphExecutor* executor, const tvm_harness_tensor_t* inputs,
                                            size_t num_inputs, const void* const* input_data,
                                            const tvm_harness_tensor_t* outputs, size_t num_outputs,
                                            void* const* output_data) {
  int32_t error = 0;
  for (size_t i = 0; i < num_inputs && error == 0; i++) {
    DLTensor input = tvm_harness_dltensor(&inputs[i], input_data[i]);
    error = TVMGraphExecutor_SetInput(executor, inputs[i].name, &input);
  }
  if (error == 0) {
    error = TVMGraphExecutor_Run(executor);
  }
  for (size_t i = 0; i < num_outputs && error == 0; i++) {
    DLTensor output = tvm_harness_dltensor(&outputs[i], output_data[i]);
    error = TVMGraphExecutor_GetOutput(executor, (int32_t)i, &output);
  }
  return error;
}

#endif /* TVM_HARNESS_GRAPH_H_ */
