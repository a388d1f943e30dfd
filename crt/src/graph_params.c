/* SPDX-License-Identifier: Apache-2.0 */
#include <tvm/runtime/crt/logging.h>

#include "graph_executor_internal.h"
#include "tensor.h"

#define LIST_MAGIC UINT64_C(0xF7E58D4F05049CB7)
#define TENSOR_MAGIC UINT64_C(0xDD5E40F096B4A13F)

typedef struct {
  const uint8_t* bytes;
  size_t left;
} cursor_t;

static bool skip(cursor_t* cursor, uint64_t bytes) {
  if (bytes > cursor->left) {
    return false;
  }
  cursor->bytes += (size_t)bytes;
  cursor->left -= (size_t)bytes;
  return true;
}

/* Reads a little-endian number of 1 to 8 bytes. */
static bool read_number(cursor_t* cursor, size_t bytes, uint64_t* value) {
  *value = 0;
  for (size_t i = 0; i < bytes && i < cursor->left; i++) {
    *value |= (uint64_t)cursor->bytes[i] << (8 * i);
  }
  return skip(cursor, bytes);
}

typedef struct {
  DLDataType dtype;
  uint64_t ndim;
  const uint8_t* shape; /* ndim little-endian numbers of 8 bytes */
  const uint8_t* data;
  uint64_t bytes;
} stored_tensor_t;

static tvm_crt_error_t read_tensor(cursor_t* cursor, stored_tensor_t* tensor) {
  enum { MAGIC, RESERVED, DEVICE_TYPE, DEVICE_ID, NDIM, CODE, BITS, LANES, NUM_FIELDS };
  static const uint8_t widths[NUM_FIELDS] = {8, 8, 4, 4, 4, 1, 1, 2};
  uint64_t field[NUM_FIELDS];
  for (size_t i = 0; i < NUM_FIELDS; i++) {
    if (!read_number(cursor, widths[i], &field[i])) {
      return kTvmErrorParamsTruncated;
    }
  }
  if (field[MAGIC] != TENSOR_MAGIC) {
    return kTvmErrorParamsMagic;
  }
  tensor->dtype.code = (uint8_t)field[CODE];
  tensor->dtype.bits = (uint8_t)field[BITS];
  tensor->dtype.lanes = (uint16_t)field[LANES];
  tensor->ndim = field[NDIM];
  tensor->shape = cursor->bytes;
  if (!skip(cursor, tensor->ndim * 8) || !read_number(cursor, 8, &tensor->bytes)) {
    return kTvmErrorParamsTruncated;
  }
  tensor->data = cursor->bytes;
  return skip(cursor, tensor->bytes) ? kTvmErrorNoError : kTvmErrorParamsTruncated;
}

static bool matches(const stored_tensor_t* stored, const DLTensor* entry) {
  cursor_t shape = {stored->shape, (size_t)stored->ndim * 8};
  uint64_t dim = 0;
  if (stored->ndim != (uint64_t)entry->ndim || !tvm_dtype_equal(stored->dtype, entry->dtype) ||
      stored->bytes != tvm_graph_entry_bytes(entry)) {
    return false;
  }
  for (int32_t i = 0; i < entry->ndim; i++) {
    if (!read_number(&shape, 8, &dim) || dim != (uint64_t)entry->shape[i]) {
      return false;
    }
  }
  return true;
}

static tvm_crt_error_t set_parameter(TVMGraphExecutor* executor, TVMGraphExecutorArgument* argument,
                                     const stored_tensor_t* stored) {
  const DLTensor* entry = &executor->entries[argument->entry];
  size_t lane = tvm_dtype_lane_bytes(entry->dtype);
  bool in_place = argument->is_written == 0 && tvm_graph_is_aligned(entry, stored->data) &&
                  (lane == 1 || tvm_is_little_endian());
  if (in_place) {
    /* Kernels take pointers to void; they only read what no operator of the graph writes. */
    tvm_graph_bind(executor, argument, (void*)(uintptr_t)stored->data);
    return kTvmErrorNoError;
  }
  tvm_crt_error_t error = tvm_graph_own(executor, argument);
  if (error == kTvmErrorNoError) {
    tvm_copy_little_endian(argument->own, stored->data, (size_t)stored->bytes, lane);
    tvm_graph_bind(executor, argument, argument->own);
  }
  return error;
}

/* Reads the count of names and moves *tensors behind the names, to the first tensor. */
static tvm_crt_error_t begin_blob(cursor_t* names, cursor_t* tensors, uint64_t* count) {
  uint64_t magic;
  uint64_t reserved;
  uint64_t value;
  if (!read_number(names, 8, &magic)) {
    return kTvmErrorParamsTruncated;
  }
  if (magic != LIST_MAGIC) {
    return kTvmErrorParamsMagic;
  }
  if (!read_number(names, 8, &reserved) || !read_number(names, 8, count)) {
    return kTvmErrorParamsTruncated;
  }
  *tensors = *names;
  for (uint64_t i = 0; i < *count; i++) {
    if (!read_number(tensors, 8, &value) || !skip(tensors, value)) {
      return kTvmErrorParamsTruncated;
    }
  }
  if (!read_number(tensors, 8, &value)) {
    return kTvmErrorParamsTruncated;
  }
  return value == *count ? kTvmErrorNoError : kTvmErrorParamsCount;
}

/* Goes through the blob, checks every parameter, and sets it if asked to. */
static tvm_crt_error_t walk(TVMGraphExecutor* executor, const void* blob, size_t size, bool set) {
  cursor_t names = {blob, size};
  cursor_t tensors = {NULL, 0};
  uint64_t count = 0;
  uint32_t hint = 0;
  tvm_crt_error_t error = begin_blob(&names, &tensors, &count);
  for (uint64_t i = 0; i < count && error == kTvmErrorNoError; i++) {
    stored_tensor_t stored;
    uint64_t name_size = 0;
    (void)read_number(&names, 8, &name_size); /* begin_blob has been here */
    const char* name = (const char*)names.bytes;
    (void)skip(&names, name_size);
    error = read_tensor(&tensors, &stored);
    if (error != kTvmErrorNoError) {
      return error;
    }
    uint32_t index = tvm_graph_find_argument(executor, name, (size_t)name_size, &hint);
    if (index == TVM_NO_INDEX) {
      LOG_ERROR("parameter '%.*s' is no input of the graph\n", (int)name_size, name);
      return kTvmErrorParamsUnknownName;
    }
    TVMGraphExecutorArgument* argument = &executor->arguments[index];
    if (!matches(&stored, &executor->entries[argument->entry])) {
      LOG_ERROR("parameter '%.*s': dtype, shape or length are not the graph's\n", (int)name_size, name);
      return kTvmErrorParamsMismatch;
    }
    if (set) {
      error = set_parameter(executor, argument, &stored);
    }
  }
  return error;
}

int TVMGraphExecutor_LoadParams(TVMGraphExecutor* executor, const void* param_blob, size_t param_size) {
  if (executor == NULL || param_blob == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  tvm_crt_error_t error = walk(executor, param_blob, param_size, false);
  return error == kTvmErrorNoError ? walk(executor, param_blob, param_size, true) : error;
}
