/* SPDX-License-Identifier: Apache-2.0 */
#include "runner.h"

#include <stdio.h>
#include <string.h>

#include "checksum.h"
#include "compare.h"
#include "harness_platform.h"
#include "pools.h"
#include "raw_file.h"

const char* harness_check_model(const tvm_harness_model_t* model) {
  if (model->open == NULL || model->run == NULL) {
    return "the description lacks open or run";
  }
  if ((model->num_inputs > 0 && model->input_buffers == NULL) ||
      (model->num_outputs > 0 && (model->output_buffers == NULL || model->results == NULL))) {
    return "the description lacks buffers or results";
  }
  if (model->num_random > 0 && model->num_inputs > 0 && model->ranges == NULL) {
    return "the description has random vectors and no ranges";
  }
  for (size_t i = 0; i < model->num_inputs; i++) {
    if (!harness_tensor_is_valid(&model->inputs[i])) {
      return "an input's dtype, shape and size in the description don't fit together";
    }
    if (model->num_recorded > 0 && model->inputs[i].data == NULL && model->inputs[i].nbytes > 0) {
      return "an input has no recorded data";
    }
  }
  for (size_t i = 0; i < model->num_outputs; i++) {
    if (!harness_tensor_is_valid(&model->outputs[i])) {
      return "an output's dtype, shape and size in the description don't fit together";
    }
  }
  return NULL;
}

/* A checksum over all inputs. */
static uint32_t inputs_checksum(const tvm_harness_model_t* model) {
  uint32_t sum = 0;
  for (size_t i = 0; i < model->num_inputs; i++) {
    sum = sum * 31 + harness_checksum(model->input_buffers[i], model->inputs[i].nbytes, 8);
  }
  return sum;
}

/* Notes the outputs of the first run on a vector. */
static void note_outputs(const tvm_harness_model_t* model, size_t vector) {
  for (size_t i = 0; i < model->num_outputs; i++) {
    const tvm_harness_tensor_t* tensor = &model->outputs[i];
    const void* got = model->output_buffers[i];
    tvm_harness_result_t* result = &model->results[i];
    result->checksum = harness_checksum(got, tensor->nbytes, 8);
    if (vector == 0 || vector == HARNESS_RAW_VECTOR) {
      for (size_t k = 0; k < harness_num_elements(tensor) && k < TVM_HARNESS_MAX_VALUES; k++) {
        result->values[k] = harness_element(tensor, got, k);
      }
    }
    if (vector != HARNESS_RAW_VECTOR && tensor->data != NULL) {
      harness_compare(model, tensor, vector, got, harness_expected(tensor, vector), result);
    }
  }
}

/* Whether the outputs of another run on a vector have the same bytes. */
static bool outputs_are_the_same(const tvm_harness_model_t* model) {
  bool are_same = true;
  for (size_t i = 0; i < model->num_outputs; i++) {
    uint32_t checksum = harness_checksum(model->output_buffers[i], model->outputs[i].nbytes, 8);
    are_same = are_same && checksum == model->results[i].checksum;
  }
  return are_same;
}

/* Runs once; the figures are those of the first vector. */
static int32_t run_timed(const tvm_harness_model_t* model, bool is_first, uint64_t* total, size_t count,
                         harness_run_t* run) {
  uint64_t instructions = tvm_harness_instructions();
  uint64_t begin = tvm_harness_now_ns();
  int32_t error = model->run((const void* const*)model->input_buffers, model->output_buffers);
  uint64_t end = tvm_harness_now_ns();
  if (!is_first) {
    return error;
  }
  if (instructions != UINT64_MAX) {
    run->instructions = tvm_harness_instructions() - instructions;
  }
  if (begin != UINT64_MAX && end != UINT64_MAX) {
    *total += end - begin;
    run->best_ns = end - begin < run->best_ns ? end - begin : run->best_ns;
    run->mean_ns = *total / count;
  }
  return error;
}

/* What went wrong in a run, or NULL. */
static const char* problem_after_run(const tvm_harness_model_t* model, uint32_t inputs) {
  if (tvm_harness_stack_is_exhausted()) {
    return "the model used the whole stack, and perhaps more";
  }
  if (!harness_guards_intact(model)) {
    return "the model wrote outside its memory";
  }
  return inputs_checksum(model) == inputs ? NULL : "the model wrote to its inputs";
}

/* Runs a vector count times; what went wrong, or NULL. */
static const char* run_vector(const tvm_harness_model_t* model, size_t vector, size_t count, const char* raw_outputs,
                              harness_run_t* run) {
  uint64_t total = 0;
  bool is_first = vector == 0 || vector == HARNESS_RAW_VECTOR;
  uint32_t inputs = inputs_checksum(model);
  harness_paint_pools(model);
  run->error = model->open();
  if (run->error != 0) {
    return "the model can't be opened";
  }
  for (size_t i = 0; i < count; i++) {
    harness_paint_outputs(model, i);
    run->error = run_timed(model, is_first, &total, i + 1, run);
    if (run->error != 0) {
      return "the model failed while it ran";
    }
    const char* problem = problem_after_run(model, inputs);
    if (problem == NULL && i > 0 && !outputs_are_the_same(model)) {
      problem = "a second run on the same inputs gave other outputs: the model keeps state, reads what it never wrote, or "
                "leaves outputs unwritten";
    }
    if (problem == NULL && i == 0) {
      note_outputs(model, vector);
      problem = raw_outputs == NULL ? NULL : harness_write_outputs(model, raw_outputs);
    }
    if (problem != NULL) {
      return problem;
    }
  }
  return NULL;
}

/* Runs what the settings say; what went wrong, or NULL. */
static const char* run_all(const tvm_harness_model_t* model, const harness_settings_t* settings, harness_run_t* run) {
  size_t touched = 0;
  for (size_t i = 0; i < run->num_vectors; i++) {
    size_t vector = settings->is_raw ? HARNESS_RAW_VECTOR : i;
    if (!settings->is_raw) {
      harness_fill_inputs(model, i);
    }
    const char* problem = run_vector(model, vector, i == 0 ? settings->repeat : run->repeat,
                                     i == 0 ? settings->raw_outputs : NULL, run);
    if (problem != NULL) {
      char name[HARNESS_VECTOR_TEXT];
      harness_vector_text(model, vector, name);
      (void)snprintf(run->place, sizeof run->place, "vector: %s", name);
      return problem;
    }
    size_t bytes = harness_pools_touched(model);
    touched = bytes > touched ? bytes : touched;
  }
  run->arena_touched = model->num_pools > 0 ? touched : SIZE_MAX;
  return NULL;
}

void harness_run(const tvm_harness_model_t* model, const harness_settings_t* settings, harness_run_t* run) {
  tvm_harness_usage_t usage = {SIZE_MAX, SIZE_MAX};
  const char* constant = harness_wrong_constant(model);
  run->is_raw = settings->is_raw;
  run->repeat = settings->repeat < 2 ? settings->repeat : 2;
  run->num_vectors = settings->is_raw ? 1 : harness_num_vectors(model);
  run->best_ns = UINT64_MAX;
  run->mean_ns = UINT64_MAX;
  run->instructions = UINT64_MAX;
  run->why_not_counted = tvm_harness_why_not_counted();
  run->arena_size = SIZE_MAX;
  run->arena_peak = SIZE_MAX;
  run->arena_touched = SIZE_MAX;
  run->stack_used = SIZE_MAX;
  for (size_t i = 0; i < model->num_outputs; i++) {
    memset(&model->results[i], 0, sizeof model->results[i]);
  }
  if (run->num_vectors == 0) {
    run->problem = "there are no vectors to run on, so that --raw-inputs is needed";
    return;
  }
  if (constant != NULL) {
    run->problem = "a constant is not what was exported";
    (void)snprintf(run->place, sizeof run->place, "constant: %s", constant);
    return;
  }
  tvm_harness_stack_begin();
  run->problem = run_all(model, settings, run);
  run->stack_used = tvm_harness_stack_used();
  if (run->problem != NULL) {
    return;
  }
  if (model->num_pools > 0) {
    usage.arena_size = harness_pools_size(model);
    usage.arena_peak = run->arena_touched;
  }
  if (model->usage != NULL) {
    model->usage(&usage);
  }
  run->arena_size = usage.arena_size;
  run->arena_peak = usage.arena_peak;
}
