/* SPDX-License-Identifier: Apache-2.0 */
#include "raw_file.h"

#include <stdio.h>

const char* harness_read_inputs(const tvm_harness_model_t* model, const char* path) {
  const char* problem = NULL;
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    return "the file of inputs can't be opened";
  }
  for (size_t i = 0; i < model->num_inputs && problem == NULL; i++) {
    size_t bytes = model->inputs[i].nbytes;
    if (bytes > 0 && fread(model->input_buffers[i], 1, bytes, file) != bytes) {
      problem = "the file of inputs is too short";
    }
  }
  if (problem == NULL && fgetc(file) != EOF) {
    problem = "the file of inputs is too long";
  }
  if (fclose(file) != 0 && problem == NULL) {
    problem = "the file of inputs can't be read";
  }
  return problem;
}

const char* harness_write_outputs(const tvm_harness_model_t* model, const char* path) {
  const char* problem = NULL;
  FILE* file = fopen(path, "wb");
  if (file == NULL) {
    return "the file of outputs can't be opened";
  }
  for (size_t i = 0; i < model->num_outputs && problem == NULL; i++) {
    size_t bytes = model->outputs[i].nbytes;
    if (bytes > 0 && fwrite(model->output_buffers[i], 1, bytes, file) != bytes) {
      problem = "the file of outputs can't be written";
    }
  }
  if (fclose(file) != 0 && problem == NULL) {
    problem = "the file of outputs can't be written";
  }
  return problem;
}
