/* SPDX-License-Identifier: Apache-2.0 */
#include <tvm/runtime/crt/platform.h>

#include "check.h"
#include "fixture.h"

static int64_t shape2[1] = {2};

static void runs_a_graph(void) {
  TVMGraphExecutor* executor = NULL;
  float result[2] = {0.0f, 0.0f};
  DLTensor out = fixture_tensor(result, 1, shape2);
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetNumInputs(executor), 3);
  CHECK_EQUAL(TVMGraphExecutor_GetNumOutputs(executor), 1);
  CHECK_EQUAL(TVMGraphExecutor_GetInputIndex(executor, "b"), 1);
  CHECK_EQUAL(TVMGraphExecutor_GetInputIndex(executor, "nobody"), -1);
  CHECK_EQUAL(fixture_set2(executor, "a", 1.0f, 2.0f), 0);
  CHECK_EQUAL(fixture_set2(executor, "b", 10.0f, 20.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), kTvmErrorExecutorInputNotSet);
  CHECK_EQUAL(fixture_set2(executor, "p0", 100.0f, 200.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutput(executor, 0, &out), 0);
  CHECK_THAT(result[0] == 111.0f && result[1] == 222.0f);
  CHECK_THAT(fixture_touched(TVMGraphExecutor_ArenaUsed(executor)) > 0);
  CHECK_EQUAL(TVMGraphExecutor_Release(&executor), 0);
  CHECK_THAT(executor == NULL);
}

static void checks_arguments(void) {
  TVMGraphExecutor* executor = NULL;
  float data[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  int64_t shape3[1] = {3};
  int64_t shape12[2] = {1, 2};
  int64_t strides[1] = {2};
  const char* name = NULL;
  size_t name_size = 0;
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  DLTensor wrong = fixture_tensor(data, 1, shape3);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", &wrong), kTvmErrorExecutorTensorMismatch);
  wrong = fixture_tensor(data, 2, shape12);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", &wrong), kTvmErrorExecutorTensorMismatch);
  wrong = fixture_tensor(data, 1, shape2);
  wrong.dtype.code = kDLInt;
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", &wrong), kTvmErrorExecutorTensorMismatch);
  wrong = fixture_tensor(data, 1, shape2);
  wrong.strides = strides;
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", &wrong), kTvmErrorExecutorTensorMismatch);
  wrong = fixture_tensor(NULL, 1, shape2);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", &wrong), kTvmErrorFunctionCallInvalidArg);
  wrong = fixture_tensor(data, 1, NULL);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", &wrong), kTvmErrorExecutorTensorMismatch);
  CHECK_EQUAL(fixture_set2(executor, "nobody", 0.0f, 0.0f), kTvmErrorExecutorModuleNoSuchInput);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 1, &wrong), kTvmErrorExecutorNoSuchOutput);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, -1, &wrong), kTvmErrorExecutorNoSuchOutput);
  CHECK_EQUAL(TVMGraphExecutor_GetInputView(executor, 3, &wrong), kTvmErrorExecutorModuleNoSuchInput);
  CHECK_EQUAL(TVMGraphExecutor_GetInputName(executor, 2, &name, &name_size), 0);
  CHECK_THAT(name_size == 2 && memcmp(name, "p0", 2) == 0);
  CHECK_EQUAL(TVMGraphExecutor_GetInputName(executor, -1, &name, &name_size), kTvmErrorExecutorModuleNoSuchInput);
  wrong = fixture_tensor(data, 1, shape3);
  CHECK_EQUAL(TVMGraphExecutor_GetOutput(executor, 0, &wrong), kTvmErrorExecutorTensorMismatch);
  CHECK_EQUAL(TVMGraphExecutor_Run(NULL), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(NULL, "a", &wrong), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, NULL, &wrong), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", NULL), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_GetOutput(executor, 0, NULL), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, NULL, 0), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_Release(NULL), kTvmErrorFunctionCallInvalidArg);
}

static void checks_the_arena(void) {
  TVMGraphExecutor* executor = NULL;
  const char* json = SUM_GRAPH;
  size_t needed;
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  needed = TVMGraphExecutor_ArenaUsed(executor);
  /* Tables, working memory and the one tensor that no input brings. */
  CHECK_EQUAL(needed, TVM_CRT_GRAPH_ARENA_BYTES_EXACT(4, 3, 4, 4, 4, 16, 4, 1));
  CHECK_THAT(needed <= TVM_CRT_GRAPH_ARENA_BYTES(4, 3, 4, 4, 4, 16));
  CHECK_EQUAL(fixture_set2(executor, "a", 0.0f, 0.0f), 0);
  CHECK_EQUAL(fixture_set2(executor, "b", 0.0f, 0.0f), 0);
  CHECK_EQUAL(fixture_set2(executor, "p0", 0.0f, 0.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_ArenaUsed(executor), TVM_CRT_GRAPH_ARENA_BYTES_EXACT(4, 3, 4, 4, 4, 64, 4, 1));
  for (size_t size = 0; size < needed; size++) {
    fixture_paint();
    CHECK_EQUAL(TVMGraphExecutor_CreateInArena(json, strlen(json), &fixture_module, fixture_arena.memory, size, &executor),
                kTvmErrorExecutorArenaTooSmall);
    CHECK_THAT(executor == NULL && fixture_touched(size) >= 0);
  }
  fixture_paint();
  CHECK_EQUAL(
      TVMGraphExecutor_CreateInArena(json, strlen(json), &fixture_module, fixture_arena.memory, needed, &executor), 0);
  CHECK_THAT(fixture_touched(needed) > 0);
  CHECK_EQUAL(
      TVMGraphExecutor_CreateInArena(json, strlen(json), &fixture_module, fixture_arena.memory + 8, 9999, &executor),
      kTvmErrorExecutorArenaMisaligned);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(json, strlen(json), &fixture_module, NULL, 9999, &executor),
              kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(NULL, 0, &fixture_module, fixture_arena.memory, 9999, &executor),
              kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(json, strlen(json), NULL, fixture_arena.memory, 9999, &executor),
              kTvmErrorFunctionCallInvalidArg);
}

static void reports_an_arena_too_small_for_inputs(void) {
  TVMGraphExecutor* executor = NULL;
  const char* json = SUM_GRAPH;
  size_t tables = TVM_CRT_GRAPH_ARENA_BYTES_EXACT(4, 3, 4, 4, 4, 16, 4, 1);
  /* Working memory at create time leaves room for some inputs; a huge tensor leaves none. */
  const char* large = GRAPH(INPUT_NODE("a") "," OPERATOR_NODE("s", "sum", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                            "\"float32\",\"float32\"", "0,1", "[1000],[1]", "0,1,2");
  float data[1000] = {0.0f};
  int64_t shape[1] = {1000};
  DLTensor input = fixture_tensor(data, 1, shape);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(json, strlen(json), &fixture_module, fixture_arena.memory, tables, &executor),
              0);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(large, strlen(large), &fixture_module, fixture_arena.memory, 3000, &executor),
              0);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "a", &input), kTvmErrorExecutorArenaTooSmall);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), kTvmErrorExecutorInputNotSet);
  CHECK_EQUAL(TVMGraphExecutor_SetInputZeroCopy(executor, "a", &input), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
}

static void sets_inputs_without_a_copy(void) {
  TVMGraphExecutor* executor = NULL;
  float a[3] = {1.0f, 2.0f, 3.0f};
  DLTensor tensor = fixture_tensor(a, 1, shape2);
  DLTensor view;
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  CHECK_EQUAL(fixture_set2(executor, "b", 10.0f, 20.0f), 0);
  CHECK_EQUAL(fixture_set2(executor, "p0", 0.0f, 0.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_SetInputZeroCopy(executor, "a", &tensor), 0);
  a[0] = 5.0f; /* seen at the next run: nothing was copied */
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 0, &view), 0);
  CHECK_THAT(((const float*)view.data)[0] == 15.0f && ((const float*)view.data)[1] == 22.0f);
  tensor.byte_offset = 4;
  CHECK_EQUAL(TVMGraphExecutor_SetInputZeroCopy(executor, "a", &tensor), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_THAT(((const float*)view.data)[0] == 12.0f);
  tensor.byte_offset = 1;
  CHECK_EQUAL(TVMGraphExecutor_SetInputZeroCopy(executor, "a", &tensor), kTvmErrorExecutorInputMisaligned);
  /* Back to a copy: the caller's memory stays as it is. */
  CHECK_EQUAL(fixture_set2(executor, "a", 7.0f, 7.0f), 0);
  CHECK_THAT(a[0] == 5.0f && a[1] == 2.0f);
  CHECK_EQUAL(TVMGraphExecutor_GetInputView(executor, 0, &view), 0);
  CHECK_THAT(((const float*)view.data)[0] == 7.0f);
}

static void refuses_bad_graphs(void) {
#define ONE(nodes, args, heads, types, ids, shapes, rows) GRAPH(nodes, args, heads, types, ids, shapes, rows)
#define X INPUT_NODE("x")
#define S(inputs) OPERATOR_NODE("s", "sum", 1, 1, inputs)
#define F2 "\"float32\",\"float32\""
  static const struct {
    const char* json;
    int error;
  } cases[] = {
      {"{}", kTvmErrorGraphMissingKey},
      {"[]", kTvmErrorGraphType},
      {"", kTvmErrorGraphSyntax},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2") "x", kTvmErrorGraphSyntax},
      {ONE(X "," S("[1,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphReference}, /* itself */
      {ONE(X "," S("[0,1,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphReference},
      {ONE(X "," S("[0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S(""), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[2,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphReference},
      {ONE(X "," S("[0,0,0]"), "0", "[1,1,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphReference},
      {ONE(X "," S("[0,0,0]"), "1", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphReference},
      {ONE(X "," S("[0,0,0]"), "9", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphReference},
      {ONE(X "," S("[0,0,0]"), "", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", "\"float32\"", "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2 "," F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", "\"float32\",\"complex64\"", "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphDtype},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", "\"float32\",\"float0\"", "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphDtype},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0", "[2],[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,2", "[2],[2]", "0,1,2"), kTvmErrorGeneratedInvalidStorageId},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,-1", "[2],[2]", "0,1,2"), kTvmErrorGeneratedInvalidStorageId},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[-1]", "0,1,2"), kTvmErrorGraphType},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2]", "0,1,2"), kTvmErrorGeneratedInvalidStorageId},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,0", "[2]", "0,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[9223372036854775807,9223372036854775807]", "0,1,2"),
       kTvmErrorGraphOverflow},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[99999999999999999999]", "0,1,2"), kTvmErrorGraphOverflow},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[4611686018427387904]", "0,1,2"), kTvmErrorGraphOverflow},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,2,1"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,0,2"), kTvmErrorGraphReference},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "1,1,2"), kTvmErrorGraphCount},
      {ONE(X "," S("[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,3"), kTvmErrorGraphCount},
      {ONE(X "," OPERATOR_NODE("s", "sum", 2, 1, "[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"),
       kTvmErrorGraphCount},
      {ONE(X "," OPERATOR_NODE("s", "sum", 1, 2, "[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"),
       kTvmErrorGraphCount},
      {ONE(X "," OPERATOR_NODE("s", "sum", 1, 70000, "[0,0,0]"), "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"),
       kTvmErrorGraphOverflow},
      {ONE(X ",{\"op\":\"tvm_op\",\"name\":\"s\",\"inputs\":[[0,0,0]]}", "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"),
       kTvmErrorGraphMissingKey},
      {ONE(X ",{\"op\":\"mystery\",\"name\":\"s\",\"inputs\":[]}", "0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"),
       kTvmErrorGraphUnsupported},
      {ONE(X "," INPUT_NODE("y"), "0,1", "[1,0,0]", F2, "0,0", "[2],[2]", "0,1,2"), kTvmErrorGeneratedInvalidStorageId},
      {ONE(X "," INPUT_NODE("y"), "0,0", "[1,0,0]", F2, "0,1", "[2],[2]", "0,1,2"), kTvmErrorGraphReference},
      {"{\"nodes\": [], \"nodes\": [], \"arg_nodes\": [], \"heads\": [], \"attrs\": {}, \"node_row_ptr\": [0]}",
       kTvmErrorGraphDuplicateKey},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    TVMGraphExecutor* executor = NULL;
    check_test = cases[i].json;
    CHECK_EQUAL(fixture_create(cases[i].json, &executor), cases[i].error);
    CHECK_THAT(executor == NULL && fixture_touched(sizeof fixture_arena.memory) >= 0);
  }
}

static void keeps_inputs_whose_memory_is_reused_apart(void) {
  /* The output takes the place of the input. */
  static const char json[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("s", "sum", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                   "\"float32\",\"float32\"", "0,0", "[2],[2]", "0,1,2");
  TVMGraphExecutor* executor = NULL;
  float x[2] = {3.0f, 4.0f};
  float result[2] = {0.0f, 0.0f};
  DLTensor input = fixture_tensor(x, 1, shape2);
  DLTensor out = fixture_tensor(result, 1, shape2);
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_SetInputZeroCopy(executor, "x", &input), kTvmErrorExecutorStorageIsWritten);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "x", &input), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutput(executor, 0, &out), 0);
  CHECK_THAT(result[0] == 3.0f && result[1] == 4.0f);
  /* Its value is used up: running again would compute with the output. */
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), kTvmErrorExecutorInputNotSet);
  CHECK_EQUAL(TVMGraphExecutor_GetOutput(executor, 0, &out), 0);
}

static uint8_t platform_memory[32 * 1024] __attribute__((aligned(64)));

static void classic_create_uses_the_platform(void) {
  TVMGraphExecutor* executor = NULL;
  const DLDevice cpu = {kDLCPU, 0};
  float result[2] = {0.0f, 0.0f};
  DLTensor out = fixture_tensor(result, 1, shape2);
  TVMModuleHandle module = NULL;
  CHECK_EQUAL(TVMModCreateFromCModule(&fixture_module, &module), 0);
  CHECK_EQUAL(TVMGraphExecutor_Create(SUM_GRAPH, module, &cpu, &executor), kTvmErrorPlatformNoMemory);
  CHECK_EQUAL(TVMPlatformMemoryInit(platform_memory, sizeof platform_memory), 0);
  for (int round = 0; round < 200; round++) { /* far more than there is memory for, unless all is given back */
    CHECK_EQUAL(TVMGraphExecutor_Create(SUM_GRAPH, module, &cpu, &executor), 0);
    CHECK_EQUAL(fixture_set2(executor, "a", 1.0f, 2.0f), 0);
    CHECK_EQUAL(fixture_set2(executor, "b", 1.0f, 2.0f), 0);
    CHECK_EQUAL(fixture_set2(executor, "p0", 1.0f, 2.0f), 0);
    CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
    CHECK_EQUAL(TVMGraphExecutor_GetOutput(executor, 0, &out), 0);
    CHECK_THAT(result[0] == 3.0f && result[1] == 6.0f);
    CHECK_EQUAL(TVMGraphExecutor_Release(&executor), 0);
    CHECK_EQUAL(TVMGraphExecutor_Create("{}", module, &cpu, &executor), kTvmErrorGraphMissingKey);
  }
}

int main(void) {
  RUN_TEST(runs_a_graph);
  RUN_TEST(checks_arguments);
  RUN_TEST(checks_the_arena);
  RUN_TEST(reports_an_arena_too_small_for_inputs);
  RUN_TEST(sets_inputs_without_a_copy);
  RUN_TEST(refuses_bad_graphs);
  RUN_TEST(keeps_inputs_whose_memory_is_reused_apart);
  RUN_TEST(classic_create_uses_the_platform);
  return TESTS_END();
}
