/* SPDX-License-Identifier: Apache-2.0 */
#include "runner.h"

#include "element.h"
#include "harness_platform.h"
#include "pools.h"

const char* harness_check_model(const tvm_harness_model_t* model) {
  if (model->open == NULL || model->run == NULL || (model->num_outputs > 0 && model->output_buffers == NULL)) {
    return "the description lacks open, run or output_buffers";
  }
  for (size_t i = 0; i < model->num_inputs; i++) {
    if (!harness_tensor_is_valid(&model->inputs[i])) {
      return "an input's dtype, shape and size in the description don't fit together";
    }
  }
  for (size_t i = 0; i < model->num_outputs; i++) {
    if (!harness_tensor_is_valid(&model->outputs[i])) {
      return "an output's dtype, shape and size in the description don't fit together";
    }
  }
  return NULL;
}

/* Runs repeat times and times each run. */
static int32_t run_repeatedly(const tvm_harness_model_t* model, const void* const* inputs, size_t repeat,
                              harness_run_t* run) {
  uint64_t total = 0;
  for (size_t i = 0; i < repeat; i++) {
    uint64_t instructions = tvm_harness_instructions();
    uint64_t begin = tvm_harness_now_ns();
    int32_t error = model->run(inputs, model->output_buffers);
    uint64_t end = tvm_harness_now_ns();
    if (error != 0) {
      return error;
    }
    if (instructions != UINT64_MAX) {
      run->instructions = tvm_harness_instructions() - instructions;
    }
    if (begin != UINT64_MAX && end != UINT64_MAX) {
      total += end - begin;
      run->best_ns = end - begin < run->best_ns ? end - begin : run->best_ns;
      run->mean_ns = total / (i + 1);
    }
  }
  return 0;
}

void harness_run(const tvm_harness_model_t* model, const void* const* inputs, size_t repeat, harness_run_t* run) {
  const harness_run_t unknown = {NULL, 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
  tvm_harness_usage_t usage = {SIZE_MAX, SIZE_MAX};
  *run = unknown;
  harness_paint_pools(model);
  tvm_harness_stack_begin();
  run->error = model->open();
  if (run->error != 0) {
    run->problem = "the model can't be opened";
    return;
  }
  run->error = run_repeatedly(model, inputs, repeat, run);
  run->stack_used = tvm_harness_stack_used();
  if (run->error != 0) {
    run->problem = "the model failed while it ran";
    return;
  }
  if (tvm_harness_stack_is_exhausted()) {
    run->problem = "the model used the whole stack, and perhaps more";
    return;
  }
  if (!harness_guards_intact(model)) {
    run->problem = "the model wrote outside its memory";
    return;
  }
  if (model->num_pools > 0) {
    run->arena_touched = harness_pools_touched(model);
    usage.arena_size = harness_pools_size(model);
    usage.arena_peak = run->arena_touched;
  }
  if (model->usage != NULL) {
    model->usage(&usage);
  }
  run->arena_size = usage.arena_size;
  run->arena_peak = usage.arena_peak;
}
