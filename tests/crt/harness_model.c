/* SPDX-License-Identifier: Apache-2.0
 *
 * A harness description by hand: out = a + b + p0. Compiled as it is, it passes; each BREAK_ macro damages one thing that
 * the harness must notice. TWO_MODELS adds a second model, which fails while it runs; VECTORS has it run on eight vectors.
 */
#include "fixture.h"
#include "tvm_harness_graph.h"
#include "tvm_model_harness.h"

#ifdef BREAK_ARENA
#define ARENA_BYTES 512
#else
#define ARENA_BYTES 4096
#endif
TVM_HARNESS_POOL(arena, ARENA_BYTES, 64);
static const tvm_harness_pool_t pools[] = {TVM_HARNESS_POOL_OF(arena)};
static TVMGraphExecutor* executor;
static blob_t blob;

#ifdef BREAK_SHAPE
static const int64_t output_shape[2] = {1, 2};
#define OUTPUT_NDIM 2
#else
static const int64_t output_shape[1] = {2};
#define OUTPUT_NDIM 1
#endif
static const int64_t shape2[1] = {2};
#if defined(VECTORS) || defined(BREAK_VECTOR)
/* Two recorded ones; then a is from -1 to 1 in halves, the random ones as the exporter's vectors.py has them, and b 0. */
#define NUM_RECORDED 2
#define NUM_RANDOM 3
static const float a[4] = {1.0f, 2.0f, 3.0f, 4.0f};
static const float b[4] = {10.0f, 20.0f, 30.0f, 40.0f};
#ifdef BREAK_VECTOR
#define HIGHEST 1.5f
#else
#define HIGHEST 1.0f
#endif
static const float expected[16] = {111.0f, 222.0f, 133.0f, 244.0f, 99.0f,           199.0f, 100.0f, 201.0f,
                                   100.5f, 200.5f, 99.0f,  199.0f, 100.0f + HIGHEST, 201.0f, 100.0f, 200.0f};
#else
#define NUM_RECORDED 1
#define NUM_RANDOM 0
static const float a[2] = {1.0f, 2.0f};
static const float b[2] = {10.0f, 20.0f};
#ifdef BREAK_OUTPUT
static const float expected[2] = {111.0f, 222.5f};
#else
static const float expected[2] = {111.0f, 222.0f};
#endif
#endif
static const tvm_harness_range_t ranges[] = {{-2, 2, 0, -1}, {0, 0, 0, 0}};
static const char* const warnings[] = {"this test proves \"little\""};
#ifdef BREAK_WEIGHT
static const uint8_t weight[8] = {0, 0, 0xc8, 0x42, 0, 0, 0x49, 0x43}; /* 100, 201 */
#else
static const uint8_t weight[8] = {0, 0, 0xc8, 0x42, 0, 0, 0x48, 0x43}; /* 100, 200 */
#endif

static const tvm_harness_tensor_t inputs[] = {{"a", TVM_HARNESS_FLOAT, 32, 1, shape2, 8, a},
                                              {"b", TVM_HARNESS_FLOAT, 32, 1, shape2, 8, b}};
static const tvm_harness_tensor_t outputs[] = {
    {"output", TVM_HARNESS_FLOAT, 32, OUTPUT_NDIM, output_shape, 8, expected}};
TVM_HARNESS_POOL(got, 8, 4);
TVM_HARNESS_POOL(given_a, 8, 4);
TVM_HARNESS_POOL(given_b, 8, 4);
static void* const output_buffers[] = {got.memory};
static void* const input_buffers[] = {given_a.memory, given_b.memory};
static tvm_harness_result_t results[1];

static int32_t open_model(void) {
  static const char json[] = SUM_GRAPH;
  const DLDataType float32 = {kDLFloat, 32, 1};
  const parameter_t p0 = {"p0", float32, 1, shape2, weight, sizeof weight};
  fixture_blob(&blob, &p0, 1, 0);
  int32_t error = TVMGraphExecutor_CreateInArena(json, sizeof json, &fixture_module, arena.memory, sizeof arena.memory,
                                                 &executor);
  return error != 0 ? error : TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size);
}

/* What a model may do wrong while it runs. */
static void misbehave(const void* const* input_data, void* const* output_data) {
  volatile uint8_t* input = (uint8_t*)(uintptr_t)input_data[0];
  volatile uint8_t* output = output_data[0];
  volatile uint8_t* memory = arena.memory;
  (void)input;
  (void)output;
  (void)memory;
#if defined(BREAK_GUARD)
  volatile size_t beyond = ARENA_BYTES + 3; /* a sanitizer trusts a constant index into one object */
  memory[beyond] = 0;
#elif defined(BREAK_FRONT)
  output[-1] = 0;
#elif defined(BREAK_EDGE)
  output[8] = 0;
#elif defined(BREAK_INPUT)
  input[5] = 1;
#elif defined(BREAK_READ)
  (void)input[8];
#elif defined(BREAK_READ_FRONT)
  (void)input[-1];
#elif defined(BREAK_STATE)
  static uint8_t times;
  output[0] = times++;
#endif
}

static int32_t run_model(const void* const* input_data, void* const* output_data) {
#ifdef BREAK_SILENCE
  return 0;
#endif
  int32_t error = tvm_harness_graph_run(executor, inputs, 2, input_data, outputs, 1, output_data);
  misbehave(input_data, output_data);
  return error;
}

#ifdef BREAK_CONSTANT
#define NUM_CONSTANTS 1
#else
#define NUM_CONSTANTS 0
#endif
static const tvm_harness_constant_t constant = {"p0", weight, sizeof weight, 8, 0x12345678};
static const tvm_harness_constants_t constants = {NUM_CONSTANTS, &constant};

static void usage_of_model(tvm_harness_usage_t* usage) { usage->arena_peak = TVMGraphExecutor_ArenaUsed(executor); }

#define MODEL(model_name, model_run)                                                                                    \
  {                                                                                                                      \
    .name = model_name, .executor = "graph", .num_inputs = 2, .inputs = inputs, .num_outputs = 1, .outputs = outputs,    \
    .num_recorded = NUM_RECORDED, .num_random = NUM_RANDOM, .ranges = ranges, .open = open_model, .run = model_run,      \
    .usage = usage_of_model, .output_buffers = output_buffers, .input_buffers = input_buffers, .results = results,       \
    .num_pools = 1, .pools = pools, .constants = &constants, .num_warnings = 1, .warnings = warnings                      \
  }

static const tvm_harness_model_t model = MODEL("sum", run_model);

#ifdef TWO_MODELS
static int32_t refuse(const void* const* input_data, void* const* output_data) {
  (void)input_data;
  (void)output_data;
  return 0x503;
}

static const tvm_harness_model_t other = MODEL("other", refuse);

const tvm_harness_model_t* const tvm_harness_models[] = {&other, &model};
const size_t tvm_harness_num_models = 2;
#else
const tvm_harness_model_t* const tvm_harness_models[] = {&model};
const size_t tvm_harness_num_models = 1;
#endif
