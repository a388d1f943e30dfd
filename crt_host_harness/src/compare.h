/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares an output with what was expected.
 */
#ifndef TVM_HARNESS_COMPARE_H_
#define TVM_HARNESS_COMPARE_H_

#include "element.h"

/* Mismatches that are kept with index and values; all are counted. */
#define HARNESS_MAX_MISMATCHES 10

typedef struct {
  size_t index;
  harness_element_t got;
  harness_element_t expected;
} harness_mismatch_t;

typedef struct {
  size_t num_mismatches;
  harness_mismatch_t first[HARNESS_MAX_MISMATCHES];
  double max_absolute; /* largest error among finite elements, whether tolerated or not */
  double max_relative; /* the same divided by |expected|, where that is not 0 */
} harness_comparison_t;

/* Compares got, of the tensor's dtype and shape, with the tensor's data, by the rules of tvm_model_harness.h. */
void harness_compare(const tvm_harness_tensor_t* expected, const void* got, double rtol, double atol,
                     harness_comparison_t* comparison);

#endif /* TVM_HARNESS_COMPARE_H_ */
