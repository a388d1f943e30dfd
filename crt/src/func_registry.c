/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "func_registry_internal.h"

uint16_t TVMFuncRegistry_GetNumFuncs(const TVMFuncRegistry* reg) {
  const unsigned char* count = (const unsigned char*)reg->names;
  uint32_t value = count[0];
  if (TVM_CRT_FUNC_REGISTRY_COUNT_BYTES == 2) {
    value |= (uint32_t)count[1] << 8;
  }
  return (uint16_t)value;
}

static void set_num_funcs(char* names, size_t num_funcs) {
  names[0] = (char)(num_funcs & 0xff);
  if (TVM_CRT_FUNC_REGISTRY_COUNT_BYTES == 2) {
    names[1] = (char)(num_funcs >> 8 & 0xff);
  }
}

static bool is_name(const char* candidate, size_t candidate_size, const tvm_name_piece_t* pieces, size_t num_pieces) {
  for (size_t i = 0; i < num_pieces; i++) {
    if (pieces[i].size > candidate_size || memcmp(candidate, pieces[i].text, pieces[i].size) != 0) {
      return false;
    }
    candidate += pieces[i].size;
    candidate_size -= pieces[i].size;
  }
  return candidate_size == 0;
}

tvm_crt_error_t tvm_func_registry_find(const TVMFuncRegistry* reg, const tvm_name_piece_t* pieces, size_t num_pieces,
                                       tvm_function_index_t* index) {
  uint16_t num_funcs = TVMFuncRegistry_GetNumFuncs(reg);
  const char* name = reg->names + TVM_CRT_FUNC_REGISTRY_COUNT_BYTES;
  for (uint16_t i = 0; i < num_funcs && *name != '\0'; i++) {
    size_t size = strlen(name);
    if (is_name(name, size, pieces, num_pieces)) {
      *index = i;
      return kTvmErrorNoError;
    }
    name += size + 1;
  }
  return kTvmErrorFunctionNameNotFound;
}

tvm_crt_error_t TVMFuncRegistry_Lookup(const TVMFuncRegistry* reg, const char* name,
                                       tvm_function_index_t* function_index) {
  tvm_name_piece_t piece;
  if (reg == NULL || name == NULL || function_index == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  piece.text = name;
  piece.size = strlen(name);
  return tvm_func_registry_find(reg, &piece, 1, function_index);
}

tvm_crt_error_t TVMFuncRegistry_GetByIndex(const TVMFuncRegistry* reg, tvm_function_index_t index,
                                           TVMBackendPackedCFunc* out_func) {
  if (reg == NULL || out_func == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (index >= TVMFuncRegistry_GetNumFuncs(reg)) {
    return kTvmErrorFunctionIndexInvalid;
  }
  *out_func = reg->funcs[index];
  return kTvmErrorNoError;
}

tvm_crt_error_t TVMMutableFuncRegistry_Create(TVMMutableFuncRegistry* reg, uint8_t* buffer, size_t buffer_size_bytes) {
  const size_t entry = TVM_AVERAGE_FUNCTION_NAME_STRLEN_BYTES + 1 + sizeof(TVMBackendPackedCFunc);
  if (reg == NULL || buffer == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (buffer_size_bytes < TVM_CRT_FUNC_REGISTRY_COUNT_BYTES + 1 + entry) {
    return kTvmErrorBufferTooSmall;
  }
  reg->buffer = buffer;
  reg->buffer_size_bytes = buffer_size_bytes;
  reg->max_functions = (buffer_size_bytes - TVM_CRT_FUNC_REGISTRY_COUNT_BYTES - 1) / entry;
  if (reg->max_functions > UINT16_MAX) {
    reg->max_functions = UINT16_MAX;
  }
  if (TVM_CRT_FUNC_REGISTRY_COUNT_BYTES == 1 && reg->max_functions > UINT8_MAX) {
    reg->max_functions = UINT8_MAX;
  }
  /* Functions stand at the end, so that names can grow without moving them: handles to them stay valid. */
  size_t functions_size = reg->max_functions * sizeof(TVMBackendPackedCFunc);
  size_t functions_at = (buffer_size_bytes - functions_size) / sizeof(TVMBackendPackedCFunc) *
                        sizeof(TVMBackendPackedCFunc);
  reg->registry.names = (const char*)buffer;
  reg->registry.funcs = (const TVMBackendPackedCFunc*)(void*)(buffer + functions_at);
  memset(buffer, 0, buffer_size_bytes);
  return kTvmErrorNoError;
}

tvm_crt_error_t TVMMutableFuncRegistry_Set(TVMMutableFuncRegistry* reg, const char* name, TVMBackendPackedCFunc func,
                                           int override) {
  tvm_function_index_t index;
  if (reg == NULL || name == NULL || func == NULL || *name == '\0') {
    return kTvmErrorFunctionCallInvalidArg;
  }
  uint8_t* functions = reg->buffer + ((const uint8_t*)(const void*)reg->registry.funcs - reg->buffer);
  if (TVMFuncRegistry_Lookup(&reg->registry, name, &index) == kTvmErrorNoError) {
    if (!override) {
      return kTvmErrorFunctionAlreadyDefined;
    }
  } else {
    char* end = (char*)reg->buffer + TVM_CRT_FUNC_REGISTRY_COUNT_BYTES;
    index = TVMFuncRegistry_GetNumFuncs(&reg->registry);
    if (index == reg->max_functions) {
      return kTvmErrorFunctionRegistryFull;
    }
    for (tvm_function_index_t i = 0; i < index; i++) {
      end += strlen(end) + 1;
    }
    size_t size = strlen(name) + 1;
    if (size >= (size_t)((const char*)functions - end)) { /* the final NUL needs a byte, too */
      return kTvmErrorFunctionRegistryFull;
    }
    memcpy(end, name, size);
    end[size] = '\0';
    set_num_funcs((char*)reg->buffer, (size_t)index + 1);
  }
  memcpy(functions + (size_t)index * sizeof func, &func, sizeof func);
  return kTvmErrorNoError;
}
