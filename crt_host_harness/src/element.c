/* SPDX-License-Identifier: Apache-2.0 */
#include "element.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_known_dtype(tvm_harness_kind_t kind, uint8_t bits) {
  switch (kind) {
    case TVM_HARNESS_INT:
    case TVM_HARNESS_UINT:
      return bits == 8 || bits == 16 || bits == 32 || bits == 64;
    case TVM_HARNESS_FLOAT:
      return bits == 16 || bits == 32 || bits == 64;
    case TVM_HARNESS_BFLOAT:
      return bits == 16;
    case TVM_HARNESS_BOOL:
      return bits == 8;
  }
  return false;
}

bool harness_tensor_is_valid(const tvm_harness_tensor_t* tensor) {
  size_t bytes = tensor->bits / 8U;
  if (!is_known_dtype(tensor->kind, tensor->bits) || tensor->ndim < 0) {
    return false;
  }
  for (int32_t i = 0; i < tensor->ndim; i++) {
    int64_t dim = tensor->shape[i];
    if (dim < 0 || (dim > 0 && bytes > SIZE_MAX / (uint64_t)dim)) {
      return false;
    }
    bytes *= (size_t)dim;
  }
  return bytes == tensor->nbytes;
}

size_t harness_num_elements(const tvm_harness_tensor_t* tensor) { return tensor->nbytes / (tensor->bits / 8U); }

uint64_t harness_load_bits(const void* data, uint8_t bits) {
  uint8_t byte;
  uint16_t half;
  uint32_t word;
  uint64_t value;
  switch (bits) {
    case 8:
      memcpy(&byte, data, sizeof byte);
      return byte;
    case 16:
      memcpy(&half, data, sizeof half);
      return half;
    case 32:
      memcpy(&word, data, sizeof word);
      return word;
    default:
      memcpy(&value, data, sizeof value);
      return value;
  }
}

void harness_store_bits(void* data, uint8_t bits, uint64_t value) {
  const uint8_t byte = (uint8_t)value;
  const uint16_t half = (uint16_t)value;
  const uint32_t word = (uint32_t)value;
  switch (bits) {
    case 8:
      memcpy(data, &byte, sizeof byte);
      break;
    case 16:
      memcpy(data, &half, sizeof half);
      break;
    case 32:
      memcpy(data, &word, sizeof word);
      break;
    default:
      memcpy(data, &value, sizeof value);
      break;
  }
}

static double float_from_word(uint32_t word) {
  float value;
  memcpy(&value, &word, sizeof value);
  return (double)value;
}

/* IEEE 754 half precision: 1 sign, 5 exponent, 10 fraction bits. */
static double float_from_half(uint32_t half) {
  int exponent = (int)(half >> 10 & 0x1f);
  double fraction = (double)(half & 0x3ff);
  double value;
  if (exponent == 0x1f) {
    value = fraction > 0.0 ? (double)NAN : (double)INFINITY;
  } else if (exponent == 0) {
    value = ldexp(fraction, -24);
  } else {
    value = ldexp(fraction + 1024.0, exponent - 25);
  }
  return (half & 0x8000) != 0 ? -value : value;
}

static double load_float(tvm_harness_kind_t kind, uint8_t bits, uint64_t raw) {
  double value;
  if (kind == TVM_HARNESS_BFLOAT) {
    return float_from_word((uint32_t)raw << 16);
  }
  if (bits == 16) {
    return float_from_half((uint32_t)raw);
  }
  if (bits == 32) {
    return float_from_word((uint32_t)raw);
  }
  memcpy(&value, &raw, sizeof value);
  return value;
}

tvm_harness_element_t harness_element(const tvm_harness_tensor_t* tensor, const void* data, size_t index) {
  tvm_harness_element_t element = {false, false, 0, 0.0};
  uint64_t raw = harness_load_bits((const uint8_t*)data + index * (tensor->bits / 8U), tensor->bits);
  switch (tensor->kind) {
    case TVM_HARNESS_FLOAT:
    case TVM_HARNESS_BFLOAT:
      element.is_float = true;
      element.real = load_float(tensor->kind, tensor->bits, raw);
      break;
    case TVM_HARNESS_INT:
      element.is_negative = (raw >> (tensor->bits - 1) & 1U) != 0;
      element.magnitude = raw;
      if (element.is_negative) {
        uint64_t mask = tensor->bits == 64 ? UINT64_MAX : (UINT64_C(1) << tensor->bits) - 1;
        element.magnitude = (~raw + 1) & mask;
      }
      break;
    default:
      element.magnitude = raw;
      break;
  }
  return element;
}

const char* harness_number_text(uint64_t value, char text[HARNESS_NUMBER_TEXT]) {
  char* at = &text[HARNESS_NUMBER_TEXT - 1];
  *at = '\0';
  do {
    *--at = (char)('0' + (char)(value % 10));
    value /= 10;
  } while (value > 0);
  return at;
}

void harness_element_text(tvm_harness_element_t element, char text[HARNESS_ELEMENT_TEXT]) {
  char digits[HARNESS_NUMBER_TEXT];
  if (!element.is_float) {
    (void)snprintf(text, HARNESS_ELEMENT_TEXT, "%s%s", element.is_negative ? "-" : "",
                   harness_number_text(element.magnitude, digits));
  } else if (isnan(element.real)) {
    (void)snprintf(text, HARNESS_ELEMENT_TEXT, "nan");
  } else if (isinf(element.real)) {
    (void)snprintf(text, HARNESS_ELEMENT_TEXT, element.real < 0.0 ? "-inf" : "inf");
  } else {
    (void)snprintf(text, HARNESS_ELEMENT_TEXT, "%.9g", element.real);
  }
}

void harness_dtype_text(const tvm_harness_tensor_t* tensor, char text[16]) {
  static const char* const names[] = {"int", "uint", "float", "bfloat", "bool"};
  if (tensor->kind == TVM_HARNESS_BOOL) {
    (void)snprintf(text, 16, "bool");
  } else {
    (void)snprintf(text, 16, "%s%u", names[tensor->kind], (unsigned)tensor->bits);
  }
}
