/* SPDX-License-Identifier: Apache-2.0 */
#include <tvm/runtime/crt/aot_executor.h>
#include <tvm/runtime/crt/module.h>
#include <tvm/runtime/crt/platform.h>

#include "check.h"

static const int64_t shape2[1] = {2};
static const int64_t pool_shape[1] = {32};
static const struct TVMTensorInfo inputs[] = {{"a", shape2, 1, {kDLFloat, 32, 1}}, {"b", shape2, 1, {kDLFloat, 32, 1}}};
static const struct TVMTensorInfo outputs[] = {{"output", shape2, 1, {kDLFloat, 32, 1}}};
static const struct TVMTensorInfo pools[] = {{"workspace", pool_shape, 1, {kDLUInt, 8, 1}}};
static TVMMetadata metadata = {1, inputs, 2, outputs, 1, pools, 1, NULL, 0, "twice"};
static int result_of_run = 0;

static int get_metadata(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)args;
  (void)type_codes;
  (void)num_args;
  (void)resource;
  ret->v_handle = &metadata;
  *ret_code = (int)kTVMOpaqueHandle;
  return 0;
}

static int run(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  const DLTensor* a = args[0].v_handle;
  const DLTensor* b = args[1].v_handle;
  const DLTensor* out = args[2].v_handle;
  const DLTensor* workspace = args[3].v_handle;
  (void)ret;
  (void)ret_code;
  (void)resource;
  CHECK_EQUAL(num_args, 4);
  CHECK_EQUAL(type_codes[3], kTVMDLTensorHandle);
  memset(workspace->data, 0xff, 32);
  for (int i = 0; i < 2; i++) {
    ((float*)out->data)[i] = ((const float*)a->data)[i] + 2.0f * ((const float*)b->data)[i];
  }
  return result_of_run;
}

static const TVMBackendPackedCFunc functions[] = {get_metadata, run};
static const TVMFuncRegistry registry = {"\002\000tvmgen_twice_get_c_metadata\000twice_run\000", functions};
static const TVMModule module = {&registry};
static const DLDevice cpu = {kDLCPU, 0};
static uint8_t arena[4096] __attribute__((aligned(64)));

static void use(TVMAotExecutor* executor) {
  const char* name = NULL;
  CHECK_EQUAL(TVMAotExecutor_GetNumInputs(executor), 2);
  CHECK_EQUAL(TVMAotExecutor_GetNumOutputs(executor), 1);
  CHECK_EQUAL(TVMAotExecutor_GetInputIndex(executor, "b"), 1);
  CHECK_EQUAL(TVMAotExecutor_GetInputIndex(executor, "c"), -1);
  CHECK_EQUAL(TVMAotExecutor_GetInputName(executor, 0, &name), 0);
  CHECK_THAT(strcmp(name, "a") == 0);
  CHECK_EQUAL(TVMAotExecutor_GetInputName(executor, 2, &name), kTvmErrorExecutorModuleNoSuchInput);
  for (int i = 0; i < 2; i++) {
    ((float*)executor->args[0].dl_tensor.data)[i] = (float)i;
    ((float*)executor->args[1].dl_tensor.data)[i] = 10.0f;
  }
  CHECK_EQUAL(TVMAotExecutor_Run(executor), 0);
  CHECK_THAT(((const float*)executor->args[2].dl_tensor.data)[1] == 21.0f);
  result_of_run = 77;
  CHECK_EQUAL(TVMAotExecutor_Run(executor), 77);
  result_of_run = 0;
}

static void runs_in_an_arena(void) {
  TVMAotExecutor* executor = NULL;
  TVMModuleHandle handle = NULL;
  size_t needed = 0;
  CHECK_EQUAL(TVMModCreateFromCModule(&module, &handle), 0);
  while (TVMAotExecutor_CreateInArena(handle, cpu, "twice", arena, needed, &executor) == kTvmErrorExecutorArenaTooSmall) {
    needed++;
  }
  CHECK_THAT(executor != NULL && needed < 1024);
  memset(arena, 0x11, sizeof arena);
  CHECK_EQUAL(TVMAotExecutor_CreateInArena(handle, cpu, "twice", arena, needed, &executor), 0);
  use(executor);
  for (size_t i = needed; i < sizeof arena; i++) {
    CHECK_THAT(arena[i] == 0x11);
  }
  CHECK_EQUAL(TVMAotExecutor_Release(executor, cpu), 0);
  CHECK_EQUAL(TVMAotExecutor_CreateInArena(handle, cpu, "twice", arena + 4, 2048, &executor),
              kTvmErrorExecutorArenaMisaligned);
  CHECK_EQUAL(TVMAotExecutor_CreateInArena(handle, cpu, "thrice", arena, 2048, &executor), kTvmErrorFunctionNameNotFound);
  CHECK_EQUAL(TVMAotExecutor_CreateInArena(NULL, cpu, "twice", arena, 2048, &executor), kTvmErrorFunctionCallInvalidArg);
  metadata.num_inputs = -1;
  CHECK_EQUAL(TVMAotExecutor_CreateInArena(handle, cpu, "twice", arena, 2048, &executor), kTvmErrorGraphOverflow);
  metadata.num_inputs = 2;
}

static void runs_with_the_platforms_memory(void) {
  TVMAotExecutor* executor = NULL;
  TVMModuleHandle handle = NULL;
  CHECK_EQUAL(TVMModCreateFromCModule(&module, &handle), 0);
  CHECK_EQUAL(TVMAotExecutor_Create(handle, cpu, &executor, "twice"), kTvmErrorPlatformNoMemory);
  CHECK_EQUAL(TVMPlatformMemoryInit(arena, sizeof arena), 0);
  for (int round = 0; round < 20; round++) {
    CHECK_EQUAL(TVMAotExecutor_Create(handle, cpu, &executor, "twice"), 0);
    use(executor);
    CHECK_EQUAL(TVMAotExecutor_Release(executor, cpu), 0);
  }
}

int main(void) {
  RUN_TEST(runs_in_an_arena);
  RUN_TEST(runs_with_the_platforms_memory);
  return TESTS_END();
}
