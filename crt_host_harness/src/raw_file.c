/* SPDX-License-Identifier: Apache-2.0 */
#include "raw_file.h"

#include <stdio.h>

static const char* const not_opened = "the model can't be opened";

static const char* read_tensors(const tvm_harness_model_t* model, FILE* file) {
  for (size_t i = 0; i < model->num_inputs; i++) {
    size_t bytes = model->inputs[i].nbytes;
    if (bytes > 0 && fread(model->input_buffers[i], 1, bytes, file) != bytes) {
      return "the file of inputs is too short";
    }
  }
  return NULL;
}

static const char* write_tensors(const tvm_harness_model_t* model, FILE* file) {
  for (size_t i = 0; i < model->num_outputs; i++) {
    size_t bytes = model->outputs[i].nbytes;
    if (bytes > 0 && fwrite(model->output_buffers[i], 1, bytes, file) != bytes) {
      return "the file of outputs can't be written";
    }
  }
  return NULL;
}

const char* harness_stream(const tvm_harness_model_t* model, FILE* in, FILE* out, int32_t* error) {
  const char* problem = NULL;
  int command;
  *error = 0;
  *error = model->open();
  if (*error != 0) {
    return not_opened;
  }
  while (problem == NULL && (command = fgetc(in)) != EOF) {
    if (command == 'o') {
      *error = model->open();
      problem = *error != 0 ? not_opened : NULL;
      continue;
    }
    if (command != 'r') {
      return "the stream has neither 'r' nor 'o' where a run could begin";
    }
    problem = read_tensors(model, in);
    if (problem == NULL) {
      int32_t (*step)(const void* const*, void* const*) = model->step != NULL ? model->step : model->run;
      *error = step((const void* const*)model->input_buffers, model->output_buffers);
      problem = *error != 0 ? "the model failed while it ran" : NULL;
    }
    if (problem == NULL && fputc('r', out) == EOF) {
      problem = "the outputs can't be written";
    }
    if (problem == NULL) {
      problem = write_tensors(model, out);
    }
    if (problem == NULL && fflush(out) != 0) {
      problem = "the outputs can't be written";
    }
  }
  return problem;
}

const char* harness_read_inputs(const tvm_harness_model_t* model, const char* path) {
  const char* problem = NULL;
  FILE* file = fopen(path, "rb");
  if (file == NULL) {
    return "the file of inputs can't be opened";
  }
  problem = read_tensors(model, file);
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
  problem = write_tensors(model, file);
  if (fclose(file) != 0 && problem == NULL) {
    problem = "the file of outputs can't be written";
  }
  return problem;
}
