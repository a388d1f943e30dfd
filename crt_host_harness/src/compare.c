/* SPDX-License-Identifier: Apache-2.0 */
#include "compare.h"

#include <math.h>
#include <string.h>

/* |a - b| of integers, which always fits: the largest is 2^63 + 2^63 - 1. */
static uint64_t distance(harness_element_t a, harness_element_t b) {
  if (a.is_negative != b.is_negative) {
    return a.magnitude + b.magnitude;
  }
  return a.magnitude > b.magnitude ? a.magnitude - b.magnitude : b.magnitude - a.magnitude;
}

static void note_error(harness_comparison_t* comparison, double error, double expected) {
  if (error > comparison->max_absolute) {
    comparison->max_absolute = error;
  }
  if (expected > 0.0 && error / expected > comparison->max_relative) {
    comparison->max_relative = error / expected;
  }
}

static bool integers_agree(harness_element_t got, harness_element_t expected, double atol,
                           harness_comparison_t* comparison) {
  uint64_t error = distance(got, expected);
  note_error(comparison, (double)error, (double)expected.magnitude);
  return error == 0 || (double)error <= floor(atol);
}

static bool floats_agree(double got, double expected, double rtol, double atol, harness_comparison_t* comparison) {
  if (isnan(got) || isnan(expected)) {
    return isnan(got) && isnan(expected);
  }
  if (isinf(got) || isinf(expected)) {
    return isinf(got) && isinf(expected) && (got < 0.0) == (expected < 0.0);
  }
  double error = fabs(got - expected);
  note_error(comparison, error, fabs(expected));
  return error <= atol + rtol * fabs(expected);
}

void harness_compare(const tvm_harness_tensor_t* expected, const void* got, double rtol, double atol,
                     harness_comparison_t* comparison) {
  size_t count = harness_num_elements(expected);
  memset(comparison, 0, sizeof *comparison);
  for (size_t i = 0; i < count; i++) {
    harness_element_t a = harness_element(expected, got, i);
    harness_element_t b = harness_element(expected, expected->data, i);
    bool agree;
    if (a.is_float) {
      agree = floats_agree(a.real, b.real, rtol, atol, comparison);
    } else {
      agree = integers_agree(a, b, expected->kind == TVM_HARNESS_BOOL ? 0.0 : atol, comparison);
    }
    if (!agree) {
      if (comparison->num_mismatches < HARNESS_MAX_MISMATCHES) {
        harness_mismatch_t* mismatch = &comparison->first[comparison->num_mismatches];
        mismatch->index = i;
        mismatch->got = a;
        mismatch->expected = b;
      }
      comparison->num_mismatches++;
    }
  }
}
