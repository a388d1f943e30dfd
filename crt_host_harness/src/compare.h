/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares an output with what was expected.
 */
#ifndef TVM_HARNESS_COMPARE_H_
#define TVM_HARNESS_COMPARE_H_

#include "element.h"

/* Compares got with expected, both of the tensor's dtype and shape, by the tolerances of the model, and adds what it finds
 * to the result. */
void harness_compare(const tvm_harness_model_t* model, const tvm_harness_tensor_t* tensor, size_t vector, const void* got,
                     const void* expected, tvm_harness_result_t* result);

#endif /* TVM_HARNESS_COMPARE_H_ */
