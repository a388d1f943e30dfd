/* SPDX-License-Identifier: Apache-2.0
 *
 * What was wrong with the C runtime of TVM 0.8 to 0.18, one test each.
 */
#include <stdlib.h>
#include <tvm/runtime/crt/crt.h>
#include <tvm/runtime/crt/module.h>

#include "check.h"
#include "fixture.h"
#include "tensor.h"

static int64_t shape2[1] = {2};
static const DLDataType float32 = {kDLFloat, 32, 1};

/* A graph of one input and a chain of operators, each with two tensors' worth of storage in turn. */
static char* chain_graph(size_t length) {
  char* text = malloc(length * 400 + 1000);
  char* at = text;
  at += sprintf(at, "{\"nodes\": [" INPUT_NODE("x"));
  for (size_t i = 0; i < length; i++) {
    at += sprintf(at, ",{\"op\":\"tvm_op\",\"name\":\"n%zu\",\"attrs\":{\"func_name\":\"sum\",\"num_inputs\":\"1\","
                      "\"num_outputs\":\"1\",\"flatten_data\":\"0\"},\"inputs\":[[%zu,0,0]]}", i, i);
  }
  at += sprintf(at, "],\"arg_nodes\":[0],\"heads\":[[%zu,0,0]],\"attrs\":{\"dltype\":[\"list_str\",[", length);
  for (size_t i = 0; i <= length; i++) {
    at += sprintf(at, "%s\"float32\"", i > 0 ? "," : "");
  }
  at += sprintf(at, "]],\"storage_id\":[\"list_int\",[");
  for (size_t i = 0; i <= length; i++) {
    at += sprintf(at, "%s%zu", i > 0 ? "," : "", i == 0 ? 0 : 1 + i % 2);
  }
  at += sprintf(at, "]],\"shape\":[\"list_shape\",[");
  for (size_t i = 0; i <= length; i++) {
    at += sprintf(at, "%s[2]", i > 0 ? "," : "");
  }
  at += sprintf(at, "]]},\"node_row_ptr\":[0");
  for (size_t i = 0; i <= length; i++) {
    at += sprintf(at, ",%zu", i + 1);
  }
  (void)sprintf(at, "]}");
  return text;
}

static void graph_is_not_kept_parsed_at_a_kilobyte_a_node(void) {
  TVMGraphExecutor* executor = NULL;
  DLTensor view;
  char* json = chain_graph(100);
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_THAT(TVMGraphExecutor_ArenaUsed(executor) < 101 * 120 + 500);
  CHECK_EQUAL(fixture_set2(executor, "x", 1.5f, 2.5f), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 0, &view), 0);
  CHECK_THAT(((const float*)view.data)[0] == 1.5f && ((const float*)view.data)[1] == 2.5f);
  free(json);
}

static void parameters_are_not_copied(void) {
  TVMGraphExecutor* executor = NULL;
  blob_t blob;
  const float p0[2] = {1.0f, 2.0f};
  const int64_t shape[1] = {2};
  const parameter_t parameter = {"p0", float32, 1, shape, p0, sizeof p0};
  fixture_blob(&blob, &parameter, 1, 0);
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  size_t before = TVMGraphExecutor_ArenaUsed(executor);
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), 0);
  CHECK_EQUAL(TVMGraphExecutor_ArenaUsed(executor), before);
  const uint8_t* data = executor->entries[2].data;
  /* A blob is little-endian: the other machines need a copy. */
  CHECK_THAT((data > blob.bytes && data < blob.bytes + blob.size) == tvm_is_little_endian());
}

#define LONG_NAME \
  "fused_nn_conv2d_add_fixed_point_multiply_per_axis_add_clip_cast_subtract_nn_conv2d_add_fixed_point_multiply_per_axis_add_" \
  "clip_cast_subtract_nn_conv2d_add_fixed_point_multiply_per_axis_add_clip_cast_subtract_nn_conv2d_add_fixed_point_multiply_"

static int nothing(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)args;
  (void)type_codes;
  (void)num_args;
  (void)ret;
  (void)ret_code;
  (void)resource;
  return 0;
}

static void long_names_are_whole(void) {
  static const TVMBackendPackedCFunc functions[] = {nothing, nothing};
  static const TVMFuncRegistry registry = {"\002\000" LONG_NAME "1\000" LONG_NAME "2\000", functions};
  static const TVMModule module = {&registry};
  static const char json[] = GRAPH(INPUT_NODE(LONG_NAME) "," OPERATOR_NODE("s", LONG_NAME "2", 1, 1, "[0,0,0]"), "0",
                                   "[1,0,0]", "\"float32\",\"float32\"", "0,1", "[2],[2]", "0,1,2");
  static const char missing[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("s", LONG_NAME "3", 1, 1, "[0,0,0]"), "0",
                                      "[1,0,0]", "\"float32\",\"float32\"", "0,1", "[2],[2]", "0,1,2");
  TVMGraphExecutor* executor = NULL;
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(json, sizeof json, &module, fixture_arena.memory, sizeof fixture_arena.memory,
                                             &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetInputIndex(executor, LONG_NAME), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetInputIndex(executor, LONG_NAME "x"), -1);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(missing, sizeof missing, &module, fixture_arena.memory,
                                             sizeof fixture_arena.memory, &executor), kTvmErrorFunctionNameNotFound);
}

static void every_cut_text_is_refused(void) {
  TVMGraphExecutor* executor = NULL;
  const char* json = SUM_GRAPH;
  for (size_t size = 0; size < strlen(json); size++) {
    char* cut = malloc(size + 1); /* on its own, so that a sanitizer sees what lies behind */
    memcpy(cut, json, size);
    CHECK_THAT(TVMGraphExecutor_CreateInArena(cut, size, &fixture_module, fixture_arena.memory,
                                              sizeof fixture_arena.memory, &executor) != 0);
    free(cut);
  }
}

static void missing_function_is_refused_at_create(void) {
  static const char json[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("s", "nobody", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                   "\"float32\",\"float32\"", "0,1", "[2],[2]", "0,1,2");
  TVMGraphExecutor* executor = NULL;
  CHECK_EQUAL(fixture_create(json, &executor), kTvmErrorFunctionNameNotFound);
}

static void nop_and_copy_work(void) {
  /* y = reshape(x) shares x's storage; z = copy(y) has its own; w = reshape(z) has another one, so it is moved. */
  static const char json[] =
      GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("y", "__nop", 1, 1, "[0,0,0]") "," OPERATOR_NODE("z", "__copy", 1, 1, "[1,0,0]")
            "," OPERATOR_NODE("w", "__nop", 1, 1, "[2,0,0]"), "0", "[1,0,0],[2,0,0],[3,0,0]",
            "\"float32\",\"float32\",\"float32\",\"float32\"", "0,0,1,2", "[2],[2,1],[2,1],[1,2]", "0,1,2,3,4");
  static const char unequal[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("y", "__nop", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                      "\"float32\",\"float32\"", "0,0", "[2],[3]", "0,1,2");
  static const char recast[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("y", "__copy", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                     "\"float32\",\"int32\"", "0,1", "[2],[2]", "0,1,2");
  TVMGraphExecutor* executor = NULL;
  DLTensor views[3];
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_EQUAL(fixture_set2(executor, "x", 1.0f, 2.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  for (int i = 0; i < 3; i++) {
    CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, i, &views[i]), 0);
    CHECK_THAT(((const float*)views[i].data)[0] == 1.0f && ((const float*)views[i].data)[1] == 2.0f);
  }
  CHECK_THAT(views[0].data == executor->entries[0].data && views[1].data != views[0].data);
  CHECK_EQUAL(fixture_create(unequal, &executor), kTvmErrorGraphOperator);
  CHECK_EQUAL(fixture_create(recast, &executor), kTvmErrorGraphOperator);
}

static void run_returns_the_error_of_an_operator(void) {
  static const char json[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("s", "refuse", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                   "\"float32\",\"float32\"", "0,1", "[2],[2]", "0,1,2");
  TVMGraphExecutor* executor = NULL;
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_EQUAL(fixture_set2(executor, "x", 1.0f, 2.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 1234);
}

static void a_parameter_may_be_the_first_input(void) {
  TVMGraphExecutor* executor = NULL;
  blob_t blob;
  const float a[2] = {1.0f, 2.0f};
  const int64_t shape[1] = {2};
  const parameter_t parameter = {"a", float32, 1, shape, a, sizeof a};
  fixture_blob(&blob, &parameter, 1, 0);
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), 0);
  CHECK_EQUAL(fixture_set2(executor, "b", 1.0f, 1.0f), 0);
  CHECK_EQUAL(fixture_set2(executor, "p0", 1.0f, 1.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
}

static void inputs_that_share_a_storage_are_refused(void) {
  static const char json[] =
      GRAPH(INPUT_NODE("x") "," INPUT_NODE("p0") "," OPERATOR_NODE("s", "sum", 2, 1, "[0,0,0],[1,0,0]"), "0,1", "[2,0,0]",
            "\"float32\",\"float32\",\"float32\"", "0,0,1", "[2],[2],[2]", "0,1,2,3");
  TVMGraphExecutor* executor = NULL;
  CHECK_EQUAL(fixture_create(json, &executor), kTvmErrorGeneratedInvalidStorageId);
}

static void scalars_and_high_ranks_work(void) {
  static const char json[] =
      GRAPH(INPUT_NODE("x") "," INPUT_NODE("y") "," OPERATOR_NODE("s", "sum", 1, 1, "[0,0,0]") ","
            OPERATOR_NODE("t", "sum", 1, 1, "[1,0,0]"), "0,1", "[2,0,0],[3,0,0]",
            "\"float32\",\"float32\",\"float32\",\"float32\"", "0,1,2,3", "[],[1,1,2,1,1,1,1,1,1],[],[1,1,2,1,1,1,1,1,1]",
            "0,1,2,3,4");
  TVMGraphExecutor* executor = NULL;
  DLTensor view;
  int64_t shape9[9] = {1, 1, 2, 1, 1, 1, 1, 1, 1};
  float x = 3.0f;
  float y[2] = {4.0f, 5.0f};
  DLTensor scalar = fixture_tensor(&x, 0, NULL);
  DLTensor deep = fixture_tensor(y, 9, shape9);
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "x", &scalar), 0);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "y", &deep), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 0, &view), 0);
  CHECK_THAT(view.ndim == 0 && ((const float*)view.data)[0] == 3.0f);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 1, &view), 0);
  CHECK_THAT(view.ndim == 9 && view.shape[2] == 2 && ((const float*)view.data)[1] == 5.0f);
}

static void an_empty_tensor_is_no_crash(void) {
  static const char json[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("s", "touch", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                   "\"float32\",\"int8\"", "0,1", "[3,0,9223372036854775807],[0]", "0,1,2");
  TVMGraphExecutor* executor = NULL;
  int64_t shape[3] = {3, 0, INT64_MAX};
  int64_t strides[3] = {0, INT64_MAX, 1};
  float nothing_in_it = 0.0f;
  DLTensor x = fixture_tensor(&nothing_in_it, 3, shape);
  x.strides = strides;
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_SetInput(executor, "x", &x), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
}

static void nodes_may_have_several_outputs(void) {
  static const char json[] =
      GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("h", "halves", 1, 2, "[0,0,0]") ","
            OPERATOR_NODE("s", "sum", 2, 1, "[1,0,0],[1,1,0]"), "0", "[2,0,0],[1,1,0]",
            "\"float32\",\"float32\",\"float32\",\"float32\"", "0,1,2,3", "[2],[2],[2],[2]", "0,1,3,4");
  TVMGraphExecutor* executor = NULL;
  DLTensor view;
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_EQUAL(fixture_set2(executor, "x", 4.0f, 8.0f), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 0, &view), 0);
  CHECK_THAT(((const float*)view.data)[0] == 3.0f && ((const float*)view.data)[1] == 6.0f);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 1, &view), 0);
  CHECK_THAT(((const float*)view.data)[0] == 1.0f && ((const float*)view.data)[1] == 2.0f);
}

static void all_devices_are_used(void) {
  static const char json[] =
      "{\"nodes\": [" INPUT_NODE("x") "," OPERATOR_NODE("s", "sum", 1, 1, "[0,0,0]") "], \"arg_nodes\": [0], \"heads\": "
      "[[1,0,0]], \"attrs\": {\"dltype\": [\"list_str\", [\"float32\",\"float32\"]], \"device_index\": [\"list_int\", [1,12]],"
      "\"storage_id\": [\"list_int\", [0,1]], \"shape\": [\"list_shape\", [[2],[2]]]}, \"node_row_ptr\": [0,1,2]}";
  const DLDevice devices[] = {{kDLCPU, 0}, {kDLExtDev, 3}};
  const DLDevice others[] = {{kDLCPU, 0}, {kDLVulkan, 0}};
  TVMGraphExecutor* executor = NULL;
  DLTensor view;
  CHECK_EQUAL(TVMGraphExecutor_CreateInArenaOnDevices(json, strlen(json), &fixture_module, devices, 2,
                                                      fixture_arena.memory, sizeof fixture_arena.memory, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 0, &view), 0);
  CHECK_EQUAL(view.device.device_type, kDLExtDev);
  CHECK_EQUAL(view.device.device_id, 3);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArenaOnDevices(json, strlen(json), &fixture_module, others, 2, fixture_arena.memory,
                                                      sizeof fixture_arena.memory, &executor),
              kTvmErrorExecutorModuleBadContext);
}

static void unknown_attributes_are_passed_over(void) {
  static const char json[] =
      "{\"future\": {\"deep\": [1, {\"er\": null}]}, \"nodes\": [{\"op\": \"null\", \"name\": \"x\", \"inputs\": [], \"new\": "
      "true}," OPERATOR_NODE("s", "sum", 1, 1, "[0,0]") "], \"arg_nodes\": [0], \"heads\": [[1,0]], \"attrs\": {\"dltype\": "
      "[\"list_str\", [\"float32\",\"float32\"]], \"storage_scope\": [\"list_str\", [\"global\", \"global\"]], \"storage_id\": "
      "[\"list_int\", [0,1]], \"shape\": [\"list_shape\", [[2],[2]]]}, \"node_row_ptr\": [0,1,2], \"metadata\": 1.5e3}";
  TVMGraphExecutor* executor = NULL;
  CHECK_EQUAL(fixture_create(json, &executor), 0);
}

static void the_runtime_may_be_initialized_twice(void) {
  TVMFunctionHandle before = NULL;
  TVMFunctionHandle after = NULL;
  CHECK_EQUAL(TVMInitializeRuntime(), 0);
  CHECK_EQUAL(TVMFuncGetGlobal("runtime.SystemLib", &before), 0);
  CHECK_EQUAL(TVMInitializeRuntime(), 0);
  CHECK_EQUAL(TVMFuncGetGlobal("runtime.SystemLib", &after), 0);
  CHECK_THAT(before != NULL && before == after);
}

static void more_than_255_functions_are_found(void) {
  enum { COUNT = 700 };
  static TVMBackendPackedCFunc functions[COUNT];
  static char names[2 + COUNT * 8 + 1];
  const TVMFuncRegistry registry = {names, functions};
  tvm_function_index_t index = 0;
  char name[16];
  char* at = names + 2;
  names[0] = (char)(COUNT & 0xff);
  names[1] = (char)(COUNT >> 8);
  for (int i = 0; i < COUNT; i++) {
    at += sprintf(at, "f%d", i) + 1;
  }
  CHECK_EQUAL(TVMFuncRegistry_GetNumFuncs(&registry), COUNT);
  for (int i = 0; i < COUNT; i += 37) {
    (void)sprintf(name, "f%d", i);
    CHECK_EQUAL(TVMFuncRegistry_Lookup(&registry, name, &index), 0);
    CHECK_EQUAL(index, i);
  }
  CHECK_EQUAL(TVMFuncRegistry_Lookup(&registry, "f700", &index), kTvmErrorFunctionNameNotFound);
}

static int double_it(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  const DLTensor* in = args[0].v_handle;
  const DLTensor* out = args[num_args - 1].v_handle;
  (void)type_codes;
  (void)ret;
  (void)ret_code;
  (void)resource;
  ((float*)out->data)[0] = 2.0f * ((const float*)in->data)[0];
  return 0;
}

static void two_models_live_in_one_program(void) {
  /* Both have a function of one name, which means something else in each. */
  static const TVMBackendPackedCFunc functions[] = {double_it};
  static const TVMFuncRegistry registry = {"\001\000sum\000", functions};
  static const TVMModule other = {&registry};
  static const char json[] = GRAPH(INPUT_NODE("x") "," OPERATOR_NODE("s", "sum", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                   "\"float32\",\"float32\"", "0,1", "[2],[2]", "0,1,2");
  static uint8_t second[4096] __attribute__((aligned(16)));
  TVMGraphExecutor* executors[2] = {NULL, NULL};
  DLTensor view;
  CHECK_EQUAL(fixture_create(json, &executors[0]), 0);
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(json, strlen(json), &other, second, sizeof second, &executors[1]), 0);
  for (int i = 0; i < 2; i++) {
    CHECK_EQUAL(fixture_set2(executors[i], "x", 3.0f, 3.0f), 0);
  }
  for (int i = 0; i < 2; i++) {
    CHECK_EQUAL(TVMGraphExecutor_Run(executors[i]), 0);
    CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executors[i], 0, &view), 0);
    CHECK_THAT(((const float*)view.data)[0] == (i == 0 ? 3.0f : 6.0f));
  }
}

static void outputs_need_no_copy(void) {
  TVMGraphExecutor* executor = NULL;
  DLTensor view;
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 0, &view), 0);
  CHECK_THAT(view.data == executor->entries[3].data && view.ndim == 1 && view.shape[0] == shape2[0]);
}

int main(void) {
  RUN_TEST(graph_is_not_kept_parsed_at_a_kilobyte_a_node);
  RUN_TEST(parameters_are_not_copied);
  RUN_TEST(long_names_are_whole);
  RUN_TEST(every_cut_text_is_refused);
  RUN_TEST(missing_function_is_refused_at_create);
  RUN_TEST(nop_and_copy_work);
  RUN_TEST(run_returns_the_error_of_an_operator);
  RUN_TEST(a_parameter_may_be_the_first_input);
  RUN_TEST(inputs_that_share_a_storage_are_refused);
  RUN_TEST(scalars_and_high_ranks_work);
  RUN_TEST(an_empty_tensor_is_no_crash);
  RUN_TEST(nodes_may_have_several_outputs);
  RUN_TEST(all_devices_are_used);
  RUN_TEST(unknown_attributes_are_passed_over);
  RUN_TEST(the_runtime_may_be_initialized_twice);
  RUN_TEST(more_than_255_functions_are_found);
  RUN_TEST(two_models_live_in_one_program);
  RUN_TEST(outputs_need_no_copy);
  return TESTS_END();
}
