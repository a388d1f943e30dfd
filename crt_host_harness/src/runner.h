/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a model and measures.
 */
#ifndef TVM_HARNESS_RUNNER_H_
#define TVM_HARNESS_RUNNER_H_

#include <stdbool.h>

#include "tvm_model_harness.h"

/* What a run came to. A figure that is not known is UINT64_MAX or SIZE_MAX. */
typedef struct {
  const char* problem; /* what went wrong, or NULL */
  int32_t error;       /* the runtime's code, where there is one */
  uint64_t best_ns;    /* of the repeated runs */
  uint64_t mean_ns;
  uint64_t instructions; /* of the last run */
  size_t arena_size;
  size_t arena_peak;
  size_t arena_touched; /* by painting */
  size_t stack_used;
} harness_run_t;

/* Opens the model and runs it repeat times (at least once) on inputs; outputs are in model->output_buffers. */
void harness_run(const tvm_harness_model_t* model, const void* const* inputs, size_t repeat, harness_run_t* run);

/* The first thing that is wrong with a description, or NULL. */
const char* harness_check_model(const tvm_harness_model_t* model);

#endif /* TVM_HARNESS_RUNNER_H_ */
