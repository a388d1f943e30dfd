/* SPDX-License-Identifier: Apache-2.0
 *
 * The tensors that an AOT executor owns (tvm/runtime/crt/aot_executor.h), under the name that firmware knows.
 */
#ifndef TVM_RUNTIME_CRT_INTERNAL_COMMON_NDARRAY_H_
#define TVM_RUNTIME_CRT_INTERNAL_COMMON_NDARRAY_H_

#include <dlpack/dlpack.h>

typedef struct TVMNDArray {
  DLTensor dl_tensor;
  uint32_t reference_count;
} TVMNDArray;

#endif /* TVM_RUNTIME_CRT_INTERNAL_COMMON_NDARRAY_H_ */
