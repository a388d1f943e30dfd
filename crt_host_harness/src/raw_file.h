/* SPDX-License-Identifier: Apache-2.0
 *
 * Tensors from and to a file: their bytes one after the other, in the order of the model's inputs or outputs, in the
 * target's byte order.
 */
#ifndef TVM_HARNESS_RAW_FILE_H_
#define TVM_HARNESS_RAW_FILE_H_

#include <stdio.h>

#include "tvm_model_harness.h"

/* Fill model->input_buffers from a file, or write model->output_buffers to one. NULL, or what went wrong. */
const char* harness_read_inputs(const tvm_harness_model_t* model, const char* path);
const char* harness_write_outputs(const tvm_harness_model_t* model, const char* path);

/* Runs the model on what comes in until that ends: an 'r' and the bytes of the inputs, answered by an 'r' and the bytes
 * of the outputs; an 'o' opens the model anew. NULL, or what went wrong, with the runtime's code in *error. */
const char* harness_stream(const tvm_harness_model_t* model, FILE* in, FILE* out, int32_t* error);

#endif /* TVM_HARNESS_RAW_FILE_H_ */
