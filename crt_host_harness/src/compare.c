/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

#include <math.h>

/* |a - b| of integers, which always fits: the largest is 2^63 + 2^63 - 1. */
static uint64_t distance(tvm_harness_element_t a, tvm_harness_element_t b) {
  if (a.is_negative != b.is_negative) {
    return a.magnitude + b.magnitude;
  }
  return a.magnitude > b.magnitude ? a.magnitude - b.magnitude : b.magnitude - a.magnitude;
}

static void note_error(tvm_harness_result_t* result, double error, double expected) {
  if (error > result->max_absolute) {
    result->max_absolute = error;
  }
  if (expected > 0.0 && error / expected > result->max_relative) {
    result->max_relative = error / expected;
  }
}

static bool integers_agree(tvm_harness_element_t got, tvm_harness_element_t expected, uint64_t tolerance,
                           tvm_harness_result_t* result) {
  uint64_t error = distance(got, expected);
  note_error(result, (double)error, (double)expected.magnitude);
  return error <= tolerance;
}

static bool floats_agree(double got, double expected, double rtol, double atol, tvm_harness_result_t* result) {
  if (isnan(got) || isnan(expected)) {
    return isnan(got) && isnan(expected);
  }
  if (isinf(got) || isinf(expected)) {
    return isinf(got) && isinf(expected) && (got < 0.0) == (expected < 0.0);
  }
  double error = fabs(got - expected);
  note_error(result, error, fabs(expected));
  return error <= atol + rtol * fabs(expected);
}

void harness_compare(const tvm_harness_model_t* model, const tvm_harness_tensor_t* tensor, size_t vector, const void* got,
                     const void* expected, tvm_harness_result_t* result) {
  size_t count = harness_num_elements(tensor);
  uint64_t steps = tensor->kind == TVM_HARNESS_BOOL ? 0 : model->integer_tolerance;
  for (size_t i = 0; i < count; i++) {
    tvm_harness_element_t a = harness_element(tensor, got, i);
    tvm_harness_element_t b = harness_element(tensor, expected, i);
    if (a.is_float ? floats_agree(a.real, b.real, model->rtol, model->atol, result)
                   : integers_agree(a, b, steps, result)) {
      continue;
    }
    if (result->num_mismatches < TVM_HARNESS_MAX_MISMATCHES) {
      const tvm_harness_mismatch_t mismatch = {vector, i, a, b};
      result->first[result->num_mismatches] = mismatch;
    }
    result->num_mismatches++;
  }
  result->num_compared += count;
  result->is_compared = true;
}
