/* SPDX-License-Identifier: Apache-2.0
 *
 * A harness description by hand: out = a + b + p0. Compiled as it is, it passes; each BREAK_ macro damages one thing that
 * the harness must notice. TWO_MODELS adds a second model, which fails while it runs.
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
static const float a[2] = {1.0f, 2.0f};
static const float b[2] = {10.0f, 20.0f};
#ifdef BREAK_OUTPUT
static const float expected[2] = {111.0f, 222.5f};
#else
static const float expected[2] = {111.0f, 222.0f};
#endif
#ifdef BREAK_WEIGHT
static const uint8_t weight[8] = {0, 0, 0xc8, 0x42, 0, 0, 0x49, 0x43}; /* 100, 201 */
#else
static const uint8_t weight[8] = {0, 0, 0xc8, 0x42, 0, 0, 0x48, 0x43}; /* 100, 200 */
#endif

static const tvm_harness_tensor_t inputs[] = {{"a", TVM_HARNESS_FLOAT, 32, 1, shape2, sizeof a, a},
                                              {"b", TVM_HARNESS_FLOAT, 32, 1, shape2, sizeof b, b}};
static const tvm_harness_tensor_t outputs[] = {
    {"output", TVM_HARNESS_FLOAT, 32, OUTPUT_NDIM, output_shape, sizeof expected, expected}};
static uint64_t got[1];
static uint64_t raw[2];
static void* const output_buffers[] = {got};
static void* const input_buffers[] = {&raw[0], &raw[1]};

static int32_t open_model(void) {
  static const char json[] = SUM_GRAPH;
  const DLDataType float32 = {kDLFloat, 32, 1};
  const parameter_t p0 = {"p0", float32, 1, shape2, weight, sizeof weight};
  fixture_blob(&blob, &p0, 1, 0);
  int32_t error = TVMGraphExecutor_CreateInArena(json, sizeof json, &fixture_module, arena.memory, sizeof arena.memory,
                                                 &executor);
  return error != 0 ? error : TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size);
}

static int32_t run_model(const void* const* input_data, void* const* output_data) {
#ifdef BREAK_GUARD
  volatile uint8_t* behind = arena.behind;
  behind[3] = 0;
#endif
  return tvm_harness_graph_run(executor, inputs, 2, input_data, outputs, 1, output_data);
}

static void usage_of_model(tvm_harness_usage_t* usage) { usage->arena_peak = TVMGraphExecutor_ArenaUsed(executor); }

#define MODEL(model_name, model_run)                                                                                    \
  {                                                                                                                      \
    .name = model_name, .executor = "graph", .num_inputs = 2, .inputs = inputs, .num_outputs = 1, .outputs = outputs,    \
    .rtol = 0.0, .atol = 0.0, .open = open_model, .run = model_run, .usage = usage_of_model,                             \
    .output_buffers = output_buffers, .input_buffers = input_buffers, .num_pools = 1, .pools = pools                     \
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
