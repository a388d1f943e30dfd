/* SPDX-License-Identifier: Apache-2.0
 *
 * The vectors of a model: inputs recorded in the description or made by rule, which takes no memory.
 */
#ifndef TVM_HARNESS_VECTORS_H_
#define TVM_HARNESS_VECTORS_H_

#include "tvm_model_harness.h"

/* Stands for inputs that are in the buffers already and have no expected outputs. */
#define HARNESS_RAW_VECTOR SIZE_MAX

size_t harness_num_vectors(const tvm_harness_model_t* model);

/* Fills model->input_buffers with a vector's inputs. The rule by which random ones are made is also the exporter's
 * (vectors.py), which has the reference compute the outputs. */
void harness_fill_inputs(const tvm_harness_model_t* model, size_t vector);

/* What an output must be for a vector. */
const void* harness_expected(const tvm_harness_tensor_t* output, size_t vector);

/* "recorded 0", "random 3", "all minimum" and the like. */
#define HARNESS_VECTOR_TEXT 40
void harness_vector_text(const tvm_harness_model_t* model, size_t vector, char text[HARNESS_VECTOR_TEXT]);

#endif /* TVM_HARNESS_VECTORS_H_ */
