/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract between the harness (crt_host_harness/src) and the generated description of one model
 * (<model>_harness.c, written by the exporter): recorded inputs, expected outputs, and how to run it.
 */
#ifndef TVM_MODEL_HARNESS_H_
#define TVM_MODEL_HARNESS_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  TVM_HARNESS_INT,
  TVM_HARNESS_UINT,
  TVM_HARNESS_FLOAT,
  TVM_HARNESS_BFLOAT,
  TVM_HARNESS_BOOL
} tvm_harness_kind_t;

/* A tensor in row-major order. data is the recorded input or the expected output. */
typedef struct {
  const char* name;
  tvm_harness_kind_t kind;
  uint8_t bits; /* of one element in memory: 8, 16, 32 or 64 */
  int32_t ndim;
  const int64_t* shape;
  size_t nbytes;
  const void* data;
} tvm_harness_tensor_t;

/* What one run reports besides its outputs. A figure that an executor can't know is SIZE_MAX. */
typedef struct {
  size_t arena_size; /* bytes that the executor was given */
  size_t arena_peak; /* bytes of it that were used */
} tvm_harness_usage_t;

/* One model. open prepares the executor once; run copies inputs in, runs once and copies outputs out.
 * Both return 0 or the error code of the runtime. */
typedef struct {
  const char* name;
  const char* executor; /* "graph" or "aot" */
  size_t num_inputs;
  const tvm_harness_tensor_t* inputs;
  size_t num_outputs;
  const tvm_harness_tensor_t* outputs;
  double rtol; /* both 0: exact */
  double atol;
  int32_t (*open)(void);
  int32_t (*run)(const void* const* inputs, void* const* outputs);
  void (*usage)(tvm_harness_usage_t* usage);
} tvm_harness_model_t;

/* Defined by <model>_harness.c. */
extern const tvm_harness_model_t* const tvm_harness_models[];
extern const size_t tvm_harness_num_models;

#ifdef __cplusplus
}
#endif

#endif /* TVM_MODEL_HARNESS_H_ */
