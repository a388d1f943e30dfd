/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor.h"

#include <string.h>
#include <tvm/runtime/crt/packed_func.h>

static bool parse_number(const char** text, const char* end, uint32_t max, uint32_t* value) {
  const char* begin = *text;
  *value = 0;
  while (*text < end && **text >= '0' && **text <= '9') {
    *value = *value * 10 + (uint32_t)(**text - '0');
    if (*value > max) {
      return false;
    }
    (*text)++;
  }
  return *text > begin && *value > 0;
}

bool tvm_dtype_parse(const char* text, size_t size, DLDataType* dtype) {
  static const struct {
    const char* name;
    uint8_t code;
  } kinds[] = {{"int", kDLInt}, {"uint", kDLUInt}, {"float", kDLFloat}, {"bfloat", kDLBfloat}};
  const char* end = text + size;
  const DLDataType boolean = {kDLUInt, 1, 1};
  uint32_t bits = 0;
  uint32_t lanes = 1;
  if (size == 4 && memcmp(text, "bool", 4) == 0) {
    *dtype = boolean;
    return true;
  }
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    size_t length = strlen(kinds[i].name);
    if (size <= length || memcmp(text, kinds[i].name, length) != 0) {
      continue;
    }
    const char* at = text + length;
    if (!parse_number(&at, end, 255, &bits)) {
      continue; /* "int" begins no "interval" */
    }
    if (at < end && *at == 'x') {
      at++;
      if (!parse_number(&at, end, 65535, &lanes)) {
        return false;
      }
    }
    dtype->code = kinds[i].code;
    dtype->bits = (uint8_t)bits;
    dtype->lanes = (uint16_t)lanes;
    return at == end;
  }
  return false;
}

DLDataType String2DLDataType(const char* s) {
  DLDataType dtype = {0, 0, 0};
  DLDataType parsed;
  if (s != NULL && tvm_dtype_parse(s, strlen(s), &parsed)) {
    dtype = parsed;
  }
  return dtype;
}

static bool is_bool(DLDataType dtype) {
  return (dtype.code == kDLUInt && dtype.bits == 1) || (dtype.code == kDLBool && dtype.bits == 8);
}

bool tvm_dtype_equal(DLDataType a, DLDataType b) {
  if (is_bool(a) && is_bool(b)) {
    return a.lanes == b.lanes;
  }
  return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes;
}

size_t tvm_dtype_lane_bytes(DLDataType dtype) { return dtype.bits <= 8 ? 1 : ((size_t)dtype.bits + 7) / 8; }

bool tvm_tensor_bytes(DLDataType dtype, int32_t ndim, const int64_t* shape, size_t* bytes) {
  size_t element_bits = (is_bool(dtype) ? 8 : (size_t)dtype.bits) * dtype.lanes;
  size_t elements = 1;
  bool empty = false;
  for (int32_t i = 0; i < ndim; i++) {
    if (shape[i] < 0) {
      return false;
    }
    empty = empty || shape[i] == 0;
  }
  for (int32_t i = 0; i < ndim && !empty; i++) {
    if ((uint64_t)shape[i] > SIZE_MAX / elements) {
      return false;
    }
    elements *= (size_t)shape[i];
  }
  if (empty || element_bits == 0) {
    *bytes = 0;
    return true;
  }
  if (element_bits % 8 == 0) {
    if (elements > SIZE_MAX / (element_bits / 8)) {
      return false;
    }
    *bytes = elements * (element_bits / 8);
    return true;
  }
  if (elements > (SIZE_MAX - 7) / element_bits) {
    return false;
  }
  *bytes = (elements * element_bits + 7) / 8;
  return true;
}

static bool is_compact(const DLTensor* tensor) {
  uint64_t stride = 1; /* may wrap around where another dimension is 0 */
  if (tensor->strides == NULL) {
    return true;
  }
  for (int32_t i = tensor->ndim - 1; i >= 0; i--) {
    if (tensor->shape[i] != 1 && (uint64_t)tensor->strides[i] != stride) {
      return false;
    }
    stride *= (uint64_t)tensor->shape[i];
  }
  return true;
}

bool tvm_tensor_matches(const DLTensor* given, const DLTensor* wanted) {
  if (given->ndim != wanted->ndim || !tvm_dtype_equal(given->dtype, wanted->dtype)) {
    return false;
  }
  if (given->ndim > 0 && (given->shape == NULL || memcmp(given->shape, wanted->shape,
                                                         (size_t)given->ndim * sizeof(int64_t)) != 0)) {
    return false;
  }
  return is_compact(given);
}

void* tvm_tensor_data(const DLTensor* tensor) { return (uint8_t*)tensor->data + (size_t)tensor->byte_offset; }

bool tvm_is_little_endian(void) {
  const uint16_t one = 1;
  uint8_t first;
  memcpy(&first, &one, 1);
  return first == 1;
}

void tvm_copy_reversed(void* to, const void* from, size_t bytes, size_t lane_bytes) {
  uint8_t* target = to;
  const uint8_t* source = from;
  for (size_t lane = 0; lane + lane_bytes <= bytes; lane += lane_bytes) {
    for (size_t i = 0; i < lane_bytes; i++) {
      target[lane + i] = source[lane + lane_bytes - 1 - i];
    }
  }
}

void tvm_copy_little_endian(void* to, const void* from, size_t bytes, size_t lane_bytes) {
  if (tvm_is_little_endian() || lane_bytes == 1) {
    if (bytes > 0) {
      memcpy(to, from, bytes);
    }
  } else {
    tvm_copy_reversed(to, from, bytes, lane_bytes);
  }
}
