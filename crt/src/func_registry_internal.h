/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TVM_CRT_FUNC_REGISTRY_INTERNAL_H_
#define TVM_CRT_FUNC_REGISTRY_INTERNAL_H_

#include <tvm/runtime/crt/func_registry.h>

/* A function name in up to three pieces, so that none has to be put together in a buffer. */
typedef struct {
  const char* text;
  size_t size;
} tvm_name_piece_t;

/* Index of the function whose name is the pieces one after the other. */
tvm_crt_error_t tvm_func_registry_find(const TVMFuncRegistry* reg, const tvm_name_piece_t* pieces, size_t num_pieces,
                                       tvm_function_index_t* index);

#endif /* TVM_CRT_FUNC_REGISTRY_INTERNAL_H_ */
