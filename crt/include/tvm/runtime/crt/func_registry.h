/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of functions by name, in constant data or in memory that the caller owns.
 */
#ifndef TVM_RUNTIME_CRT_FUNC_REGISTRY_H_
#define TVM_RUNTIME_CRT_FUNC_REGISTRY_H_

#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/crt/crt_config.h>
#include <tvm/runtime/crt/error_codes.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint16_t tvm_function_index_t;
typedef uint16_t tvm_module_index_t;

/* names: the number of functions, little-endian, in TVM_CRT_FUNC_REGISTRY_COUNT_BYTES bytes (on every target, since
 * the exporter writes the bytes); then the names, each with its NUL; then a NUL. funcs: one per name. */
typedef struct TVMFuncRegistry {
  const char* names;
  const TVMBackendPackedCFunc* funcs;
} TVMFuncRegistry;

uint16_t TVMFuncRegistry_GetNumFuncs(const TVMFuncRegistry* reg);

/* Index of a function. Errors: kTvmErrorFunctionNameNotFound, kTvmErrorFunctionCallInvalidArg. */
tvm_crt_error_t TVMFuncRegistry_Lookup(const TVMFuncRegistry* reg, const char* name,
                                       tvm_function_index_t* function_index);

/* The function of an index. Errors: kTvmErrorFunctionIndexInvalid, kTvmErrorFunctionCallInvalidArg. */
tvm_crt_error_t TVMFuncRegistry_GetByIndex(const TVMFuncRegistry* reg, tvm_function_index_t index,
                                           TVMBackendPackedCFunc* out_func);

/* A registry that can grow in a buffer: names from its beginning, functions from its end. */
typedef struct TVMMutableFuncRegistry {
  TVMFuncRegistry registry;
  size_t max_functions;
  uint8_t* buffer;
  size_t buffer_size_bytes;
} TVMMutableFuncRegistry;

/* Average length of a name by which max_functions is reckoned. */
#define TVM_AVERAGE_FUNCTION_NAME_STRLEN_BYTES 10

/* Makes an empty registry in a buffer, which must be aligned for a pointer and outlive it.
 * Errors: kTvmErrorBufferTooSmall, kTvmErrorFunctionCallInvalidArg. */
tvm_crt_error_t TVMMutableFuncRegistry_Create(TVMMutableFuncRegistry* reg, uint8_t* buffer, size_t buffer_size_bytes);

/* Adds a function, or replaces it if override. Handles to functions already there stay valid.
 * Errors: kTvmErrorFunctionAlreadyDefined, kTvmErrorFunctionRegistryFull, kTvmErrorFunctionCallInvalidArg. */
tvm_crt_error_t TVMMutableFuncRegistry_Set(TVMMutableFuncRegistry* reg, const char* name, TVMBackendPackedCFunc func,
                                           int override);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_FUNC_REGISTRY_H_ */
