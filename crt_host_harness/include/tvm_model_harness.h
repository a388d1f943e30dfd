/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract between the harness (crt_host_harness/src) and the generated description of one program's models
 * (<model>_harness.c, written by the exporter): vectors (inputs, and the outputs that are right for them), memory, and how
 * to run them.
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
 *         {"a", TVM_HARNESS_UINT, 8, 2, shape_1_2, 2, in0}, {"b", TVM_HARNESS_FLOAT, 32, 2, shape_1_2, 8, in1}};
 *     static const tvm_harness_tensor_t outputs[] = {{"output", TVM_HARNESS_FLOAT, 32, 2, shape_1_2, 8, out0}};
 *     TVM_HARNESS_POOL(got0, 8, 4);
 *     static void* const output_buffers[] = {got0.memory};             // and input_buffers alike
 *     static tvm_harness_result_t results[1];
 *
 *     static int32_t open_model(void) { return tvmgen_add_create(arena.memory, sizeof arena.memory, &executor); }
 *     static int32_t run_model(const void* const* in, void* const* out) { ...set inputs, run, copy outputs... }
 *     static void usage_of_model(tvm_harness_usage_t* usage) { usage->arena_peak = TVMGraphExecutor_ArenaUsed(executor); }
 *
 *     static const tvm_harness_model_t model = {
 *         .name = "add", .executor = "graph", .num_inputs = 2, .inputs = inputs, .num_outputs = 1, .outputs = outputs,
 *         .num_recorded = 1, .rtol = 1e-4, .atol = 1e-5, .open = open_model, .run = run_model, .usage = usage_of_model,
 *         .output_buffers = output_buffers, .input_buffers = input_buffers, .results = results, .num_pools = 1,
 *         .pools = pools};
 *     const tvm_harness_model_t* const tvm_harness_models[] = {&model};
 *     const size_t tvm_harness_num_models = 1;
 */
#ifndef TVM_MODEL_HARNESS_H_
#define TVM_MODEL_HARNESS_H_

#include <stdbool.h>
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

/* A tensor in row-major order, in the target's byte order. data holds one tensor after the other, aligned for the dtype: of
 * an input those of the recorded vectors, of an output those expected of all vectors. name, shape and data may be NULL only
 * where there is none: shape of a scalar, data of an empty tensor or where nothing was recorded. An output without data is
 * printed and not compared. */
typedef struct {
  const char* name;
  tvm_harness_kind_t kind;
  uint8_t bits; /* of one element in memory: 8, 16, 32 or 64 */
  int32_t ndim;
  const int64_t* shape;
  size_t nbytes; /* of one tensor */
  const void* data;
} tvm_harness_tensor_t;

/* What the elements of an input may be: k * 2^exponent, where k is a whole number from low to high, and zero is the k that
 * stands for 0 (a zero point). low <= zero <= high, all below 2^62 in magnitude; exponent is 0 for integers; every value is
 * one that the dtype holds exactly. */
typedef struct {
  int64_t low;
  int64_t high;
  int64_t zero;
  int32_t exponent;
} tvm_harness_range_t;

/* What one run reports besides its outputs. A figure that an executor can't know is SIZE_MAX. */
typedef struct {
  size_t arena_size; /* bytes that the executor was given */
  size_t arena_peak; /* bytes of it that were used */
} tvm_harness_usage_t;

/* Constant data of a model. checksum: CRC-32 (that of zlib) of its elements, each with its lowest byte first. */
typedef struct {
  const char* name;
  const void* data;
  size_t nbytes;
  uint8_t bits; /* of one element in memory */
  uint32_t checksum;
} tvm_harness_constant_t;

typedef struct {
  size_t count;
  const tvm_harness_constant_t* first;
} tvm_harness_constants_t;

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

/* AddressSanitizer sees every byte before memory that begins at a multiple of 8; without it memory is aligned to what was
 * asked for and no more, so that code that counts on more does not work here by chance. */
#if defined(__SANITIZE_ADDRESS__)
#define TVM_HARNESS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TVM_HARNESS_ASAN 1
#endif
#endif
#ifdef TVM_HARNESS_ASAN
#define TVM_HARNESS_SLIDE(alignment) 0
#else
#define TVM_HARNESS_SLIDE(alignment) ((alignment) < TVM_HARNESS_GUARD_BYTES ? (alignment) : 0)
#endif

/* Declares memory of a nonzero number of bytes between its guards, aligned to a power of two. */
#define TVM_HARNESS_POOL(name, bytes, alignment)                                        \
  static struct {                                                                       \
    uint8_t before[TVM_HARNESS_GUARD_FOR(alignment) + TVM_HARNESS_SLIDE(alignment)];    \
    uint8_t memory[(bytes)];                                                            \
    uint8_t behind[TVM_HARNESS_GUARD_BYTES];                                            \
  } name __attribute__((aligned(TVM_HARNESS_GUARD_FOR(alignment))))

/* The initialiser of a tvm_harness_pool_t for it. */
#define TVM_HARNESS_POOL_OF(pool) {#pool, (pool).memory, sizeof (pool).memory}

/* An element of a tensor as a number: is_negative and magnitude of an integer or boolean, or real for every float. */
typedef struct {
  bool is_float;
  bool is_negative;
  uint64_t magnitude;
  double real;
} tvm_harness_element_t;

typedef struct {
  size_t vector;
  size_t index; /* row-major */
  tvm_harness_element_t got;
  tvm_harness_element_t expected;
} tvm_harness_mismatch_t;

#define TVM_HARNESS_MAX_MISMATCHES 10
#define TVM_HARNESS_MAX_VALUES 8

/* What the harness notes of one output while it runs the vectors. */
typedef struct {
  bool is_compared;
  size_t num_compared; /* elements */
  size_t num_mismatches;
  tvm_harness_mismatch_t first[TVM_HARNESS_MAX_MISMATCHES];
  double max_absolute; /* largest error among finite elements, whether tolerated or not */
  double max_relative; /* the same divided by |expected|, where that is not 0 */
  tvm_harness_element_t values[TVM_HARNESS_MAX_VALUES]; /* the first ones for the first vector */
  uint32_t checksum;                                    /* of the last run */
} tvm_harness_result_t;

/* One model, and the vectors to run it on: num_recorded recorded ones, then, where num_random is not 0, that many random
 * ones and one each of all inputs' lowest values, highest values, and zeros.
 *
 * open prepares the executor (it may be called again: it starts afresh); run copies inputs in, runs once and copies outputs
 * out. Both return 0 or the error code of the runtime. */
typedef struct {
  const char* name;
  const char* executor; /* "graph" or "aot" */
  size_t num_inputs;
  const tvm_harness_tensor_t* inputs;
  size_t num_outputs;
  const tvm_harness_tensor_t* outputs;
  size_t num_recorded;
  size_t num_random;
  const tvm_harness_range_t* ranges; /* one per input, for the vectors that are not recorded */
  /* Floats: |got - expected| <= atol + rtol * |expected|; both 0: exact. NaN equals NaN, an infinity itself.
   * Integers: |got - expected| <= integer_tolerance. Booleans: exact. */
  double rtol;
  double atol;
  uint64_t integer_tolerance;
  int32_t (*open)(void);
  int32_t (*run)(const void* const* inputs, void* const* outputs);
  /* Of a model that keeps state: run, without starting that anew; NULL for others. A run is a sequence of such steps. */
  int32_t (*step)(const void* const* inputs, void* const* outputs);
  void (*usage)(tvm_harness_usage_t* usage); /* fills what it knows over what was measured; may be NULL */
  /* One per tensor, of its nbytes, aligned for its dtype, between guards as TVM_HARNESS_POOL lays them. */
  void* const* output_buffers;
  void* const* input_buffers;
  tvm_harness_result_t* results; /* one per output */
  size_t num_pools;
  const tvm_harness_pool_t* pools;
  const tvm_harness_constants_t* constants; /* NULL: they can't be seen from outside */
  size_t num_warnings; /* what the exporter has to say about the vectors */
  const char* const* warnings;
} tvm_harness_model_t;

/* Defined by <model>_harness.c. */
extern const tvm_harness_model_t* const tvm_harness_models[];
extern const size_t tvm_harness_num_models;

#ifdef __cplusplus
}
#endif

#endif /* TVM_MODEL_HARNESS_H_ */
