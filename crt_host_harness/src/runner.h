/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a model and measures.
 */
#ifndef TVM_HARNESS_RUNNER_H_
#define TVM_HARNESS_RUNNER_H_

#include <stdbool.h>

#include "vectors.h"

/* How to run. */
typedef struct {
  bool is_raw;             /* on what is in the input buffers, instead of on the model's vectors; nothing is compared */
  size_t repeat;           /* runs on the first vector, which are timed; on the others at most two */
  const char* raw_outputs; /* file for the outputs of the first vector, or NULL */
} harness_settings_t;

/* What a run came to. A figure that is not known is UINT64_MAX or SIZE_MAX. */
typedef struct {
  const char* problem;             /* what went wrong, or NULL */
  char place[2 * HARNESS_VECTOR_TEXT]; /* in which vector or constant, or empty */
  int32_t error; /* the runtime's code, where there is one */
  bool is_raw;
  size_t repeat; /* runs on each vector but perhaps the first */
  size_t num_vectors;
  uint64_t best_ns; /* of the repeated runs */
  uint64_t mean_ns;
  uint64_t instructions; /* of the last one of them */
  const char* why_not_counted; /* NULL where they are, or never can be */
  size_t arena_size;
  size_t arena_peak;
  size_t arena_touched; /* by painting */
  size_t stack_used;
} harness_run_t;

/* Checks the model's constants, then runs it on each vector: from a painted arena and with outputs painted, twice in a row,
 * so that a run that leans on what was there before shows. What the outputs came to is in model->results. */
void harness_run(const tvm_harness_model_t* model, const harness_settings_t* settings, harness_run_t* run);

/* The first thing that is wrong with a description, or NULL. */
const char* harness_check_model(const tvm_harness_model_t* model);

#endif /* TVM_HARNESS_RUNNER_H_ */
