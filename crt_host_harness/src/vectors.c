/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "element.h"

/* A range of fewer values than this is not narrowed. */
#define WIDE 16

typedef enum { RECORDED, RANDOM, MINIMUM, MAXIMUM, ZERO } kind_t;

/* Vectors after the random ones: one a kind. */
#define NUM_FIXED (ZERO - RANDOM)

size_t harness_num_vectors(const tvm_harness_model_t* model) {
  return model->num_recorded + (model->num_random > 0 ? model->num_random + (size_t)NUM_FIXED : 0);
}

/* The kind of a vector; *number counts within it. */
static kind_t kind_of(const tvm_harness_model_t* model, size_t vector, size_t* number) {
  *number = vector;
  if (vector < model->num_recorded) {
    return RECORDED;
  }
  *number -= model->num_recorded;
  if (*number < model->num_random) {
    return RANDOM;
  }
  *number -= model->num_random;
  return (kind_t)((size_t)MINIMUM + *number);
}

/* SplitMix64: the number that a state stands for. */
static uint64_t mixed(uint64_t state) {
  uint64_t z = state + UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* The range of a random vector: the whole, then the half, the quarter and the eighth of it around zero, and again. Noise
 * over the whole range alone drives most networks into saturation, where a wrong weight does not show. */
static tvm_harness_range_t narrowed(tvm_harness_range_t range, size_t number) {
  unsigned shift = (unsigned)(number % 4);
  if (range.high - range.low >= WIDE) {
    range.low = range.zero - ((range.zero - range.low) >> shift);
    range.high = range.zero + ((range.high - range.zero) >> shift);
  }
  return range;
}

static int64_t drawn(const tvm_harness_range_t* range, uint64_t state) {
  return range->low + (int64_t)(mixed(state) % ((uint64_t)(range->high - range->low) + 1));
}

/* IEEE 754 half precision of a value that it holds exactly. */
static uint64_t half_bits(double value) {
  const uint64_t sign = value < 0.0 ? 0x8000 : 0;
  int exponent;
  double fraction = frexp(fabs(value), &exponent); /* 0, or from 0.5 below 1 */
  if (exponent < -13 || fraction == 0.0) {
    return sign | (uint64_t)ldexp(fabs(value), 24);
  }
  return sign | ((uint64_t)(exponent + 14) << 10) | ((uint64_t)ldexp(fraction, 11) - 1024);
}

static uint64_t bits_of(const tvm_harness_tensor_t* tensor, int64_t k, int32_t exponent) {
  if (tensor->kind != TVM_HARNESS_FLOAT && tensor->kind != TVM_HARNESS_BFLOAT) {
    return (uint64_t)k;
  }
  const double value = ldexp((double)k, (int)exponent);
  const float single = (float)value;
  uint64_t wide;
  uint32_t word;
  memcpy(&wide, &value, sizeof wide);
  memcpy(&word, &single, sizeof word);
  if (tensor->kind == TVM_HARNESS_BFLOAT) {
    return word >> 16;
  }
  return tensor->bits == 16 ? half_bits(value) : tensor->bits == 32 ? word : wide;
}

static void fill(const tvm_harness_tensor_t* tensor, tvm_harness_range_t range, uint64_t state, void* buffer) {
  size_t size = tensor->bits / 8U;
  size_t count = harness_num_elements(tensor);
  for (size_t i = 0; i < count; i++) {
    uint64_t value = bits_of(tensor, drawn(&range, state + i), range.exponent);
    harness_store_bits((uint8_t*)buffer + i * size, tensor->bits, value);
  }
}

static void fill_input(const tvm_harness_model_t* model, size_t input, kind_t kind, size_t number) {
  const tvm_harness_tensor_t* tensor = &model->inputs[input];
  if (tensor->nbytes == 0) {
    return;
  }
  if (kind == RECORDED) {
    memcpy(model->input_buffers[input], (const uint8_t*)tensor->data + number * tensor->nbytes, tensor->nbytes);
    return;
  }
  tvm_harness_range_t range = model->ranges[input];
  uint64_t state = 0;
  if (kind == RANDOM) {
    range = narrowed(range, number);
    state = (uint64_t)(number * model->num_inputs + input) << 32;
  } else {
    int64_t constant = kind == MINIMUM ? range.low : kind == MAXIMUM ? range.high : range.zero;
    range.low = constant;
    range.high = constant;
  }
  fill(tensor, range, state, model->input_buffers[input]);
}

void harness_fill_inputs(const tvm_harness_model_t* model, size_t vector) {
  size_t number;
  kind_t kind = kind_of(model, vector, &number);
  for (size_t i = 0; i < model->num_inputs; i++) {
    fill_input(model, i, kind, number);
  }
}

const void* harness_expected(const tvm_harness_tensor_t* output, size_t vector) {
  return output->nbytes == 0 ? output->data : (const uint8_t*)output->data + vector * output->nbytes;
}

void harness_vector_text(const tvm_harness_model_t* model, size_t vector, char text[HARNESS_VECTOR_TEXT]) {
  static const char* const names[] = {"recorded", "random", "all minimum", "all maximum", "zero points"};
  char digits[HARNESS_NUMBER_TEXT];
  size_t number;
  if (vector == HARNESS_RAW_VECTOR) {
    (void)snprintf(text, HARNESS_VECTOR_TEXT, "raw inputs");
    return;
  }
  kind_t kind = kind_of(model, vector, &number);
  if (kind == RECORDED || kind == RANDOM) {
    (void)snprintf(text, HARNESS_VECTOR_TEXT, "%s %s", names[kind], harness_number_text(number, digits));
  } else {
    (void)snprintf(text, HARNESS_VECTOR_TEXT, "%s", names[kind]);
  }
}
