/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract between the harness (crt_host_harness/src) and the generated description of one program's models
 * (<model>_harness.c, written by the exporter): recorded inputs, expected outputs, memory, and how to run them.
 *
 * The harness has no heap: every byte it needs is supplied here. A description looks like this:
 *
 *     #include "tvm_model_harness.h"
 *     #include "tvmgen_add.h"
 *
 *     TVM_HARNESS_POOL(arena, TVMGEN_ADD_ARENA_SIZE, TVMGEN_ADD_ARENA_ALIGNMENT);
 *     static const tvm_harness_pool_t pools[] = {TVM_HARNESS_POOL_OF(arena)};
 *
 *     static const uint32_t in1[2] = {0x3f800000u, 0x40000000u};       // values, not bytes: right on either byte order
 *     ...
 *     static const tvm_harness_tensor_t inputs[] = {
 *         {"a", TVM_HARNESS_UINT, 8, 2, shape_1_2, sizeof in0, in0}, {"b", TVM_HARNESS_FLOAT, 32, 2, shape_1_2, sizeof in1, in1}};
 *     static const tvm_harness_tensor_t outputs[] = {{"output", TVM_HARNESS_FLOAT, 32, 2, shape_1_2, sizeof out0, out0}};
 *     static uint64_t got0[(sizeof out0 + 7) / 8];                     // aligned for every dtype
 *     static void* const output_buffers[] = {got0};
 *
 *     static int32_t open_model(void) { return tvmgen_add_create(arena.memory, sizeof arena.memory, &executor); }
 *     static int32_t run_model(const void* const* in, void* const* out) { ...set inputs, run, copy outputs... }
 *     static void usage_of_model(tvm_harness_usage_t* usage) { usage->arena_peak = TVMGraphExecutor_ArenaUsed(executor); }
 *
 *     static const tvm_harness_model_t model = {
 *         .name = "add", .executor = "graph", .num_inputs = 2, .inputs = inputs, .num_outputs = 1, .outputs = outputs,
 *         .rtol = 1e-4, .atol = 1e-5, .open = open_model, .run = run_model, .usage = usage_of_model,
 *         .output_buffers = output_buffers, .input_buffers = NULL, .num_pools = 1, .pools = pools};
 *     const tvm_harness_model_t* const tvm_harness_models[] = {&model};
 *     const size_t tvm_harness_num_models = 1;
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

/* A tensor in row-major order, in the target's byte order, aligned for its dtype. data is the recorded input or the
 * expected output. name, shape and data may be NULL only where there is none: shape of a scalar, data of an empty
 * tensor; data of an output is also NULL where nothing was recorded: it is then printed and not compared. */
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

/* Memory that a model works in. The harness paints it before open and looks afterwards how much was touched; the
 * TVM_HARNESS_GUARD_BYTES before and behind it must still be as painted. Declare with TVM_HARNESS_POOL. */
typedef struct {
  const char* name;
  uint8_t* memory;
  size_t size;
} tvm_harness_pool_t;

#define TVM_HARNESS_GUARD_BYTES 64

/* Before the memory, so that what follows it is aligned. */
#define TVM_HARNESS_GUARD_FOR(alignment) \
  ((alignment) > TVM_HARNESS_GUARD_BYTES ? (alignment) : TVM_HARNESS_GUARD_BYTES)

/* Declares a pool of a nonzero number of bytes between its guards, aligned to a power of two. */
#define TVM_HARNESS_POOL(name, bytes, alignment)       \
  static struct {                                      \
    uint8_t before[TVM_HARNESS_GUARD_FOR(alignment)];  \
    uint8_t memory[(bytes)];                           \
    uint8_t behind[TVM_HARNESS_GUARD_BYTES];           \
  } name __attribute__((aligned(TVM_HARNESS_GUARD_FOR(alignment))))

/* The initialiser of a tvm_harness_pool_t for it. */
#define TVM_HARNESS_POOL_OF(pool) {#pool, (pool).memory, sizeof (pool).memory}

/* One model. open prepares the executor (it may be called again: it starts afresh); run copies inputs in, runs once
 * and copies outputs out. Both return 0 or the error code of the runtime. */
typedef struct {
  const char* name;
  const char* executor; /* "graph" or "aot" */
  size_t num_inputs;
  const tvm_harness_tensor_t* inputs;
  size_t num_outputs;
  const tvm_harness_tensor_t* outputs;
  /* Floats: |got - expected| <= atol + rtol * |expected|; both 0: exact. NaN equals NaN, an infinity itself.
   * Integers: |got - expected| <= atol rounded down, so that a tolerance for floats leaves them exact. Booleans: exact. */
  double rtol;
  double atol;
  int32_t (*open)(void);
  int32_t (*run)(const void* const* inputs, void* const* outputs);
  void (*usage)(tvm_harness_usage_t* usage); /* fills what it knows over what was measured; may be NULL */
  void* const* output_buffers;               /* one per output, of its nbytes, aligned for its dtype */
  void* const* input_buffers;                /* one per input, for --raw-inputs; NULL: that option is refused */
  size_t num_pools;
  const tvm_harness_pool_t* pools;
} tvm_harness_model_t;

/* Defined by <model>_harness.c. */
extern const tvm_harness_model_t* const tvm_harness_models[];
extern const size_t tvm_harness_num_models;

#ifdef __cplusplus
}
#endif

#endif /* TVM_MODEL_HARNESS_H_ */
