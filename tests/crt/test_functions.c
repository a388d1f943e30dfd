/* SPDX-License-Identifier: Apache-2.0 */
#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/crt/crt.h>
#include <tvm/runtime/crt/packed_func.h>

#include "check.h"

static int answer(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)args;
  (void)type_codes;
  (void)resource;
  ret->v_int64 = 40 + num_args;
  *ret_code = (int)kTVMArgInt;
  return 0;
}

static int failure(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)args;
  (void)type_codes;
  (void)num_args;
  (void)ret;
  (void)ret_code;
  (void)resource;
  return -7;
}

static const TVMBackendPackedCFunc functions[] = {answer, failure};
static const TVMFuncRegistry registry = {"\002\000answer\000failure\000", functions};
static const TVMModule module = {&registry};

const TVMModule* TVMSystemLibEntryPoint(void) { return &module; }

static void registry_finds_functions(void) {
  tvm_function_index_t index = 9;
  TVMBackendPackedCFunc function = NULL;
  CHECK_EQUAL(TVMFuncRegistry_GetNumFuncs(&registry), 2);
  CHECK_EQUAL(TVMFuncRegistry_Lookup(&registry, "failure", &index), 0);
  CHECK_EQUAL(index, 1);
  CHECK_EQUAL(TVMFuncRegistry_Lookup(&registry, "fail", &index), kTvmErrorFunctionNameNotFound);
  CHECK_EQUAL(TVMFuncRegistry_Lookup(&registry, "failures", &index), kTvmErrorFunctionNameNotFound);
  CHECK_EQUAL(TVMFuncRegistry_Lookup(&registry, "", &index), kTvmErrorFunctionNameNotFound);
  CHECK_EQUAL(TVMFuncRegistry_Lookup(NULL, "x", &index), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMFuncRegistry_GetByIndex(&registry, 0, &function), 0);
  CHECK_THAT(function == answer);
  CHECK_EQUAL(TVMFuncRegistry_GetByIndex(&registry, 2, &function), kTvmErrorFunctionIndexInvalid);
}

static void mutable_registry_grows_until_full(void) {
  static union {
    uint8_t bytes[128];
    TVMBackendPackedCFunc aligned;
  } buffer;
  TVMMutableFuncRegistry reg;
  tvm_function_index_t index = 0;
  TVMBackendPackedCFunc function = NULL;
  size_t added = 0;
  char name[8] = "f00";
  CHECK_EQUAL(TVMMutableFuncRegistry_Create(&reg, buffer.bytes, 4), kTvmErrorBufferTooSmall);
  CHECK_EQUAL(TVMMutableFuncRegistry_Create(&reg, NULL, 99), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMMutableFuncRegistry_Create(&reg, buffer.bytes, 120), 0);
  buffer.bytes[120] = 0x77;
  while (TVMMutableFuncRegistry_Set(&reg, name, answer, 0) == 0) {
    added++;
    name[2] = (char)(name[2] + 1);
  }
  CHECK_EQUAL(added, reg.max_functions);
  CHECK_EQUAL(TVMMutableFuncRegistry_Set(&reg, name, answer, 0), kTvmErrorFunctionRegistryFull);
  CHECK_EQUAL(TVMMutableFuncRegistry_Set(&reg, "f00", failure, 0), kTvmErrorFunctionAlreadyDefined);
  CHECK_EQUAL(TVMMutableFuncRegistry_Set(&reg, "f00", failure, 1), 0);
  CHECK_EQUAL(TVMFuncRegistry_Lookup(&reg.registry, "f01", &index), 0);
  CHECK_EQUAL(TVMFuncRegistry_GetByIndex(&reg.registry, index, &function), 0);
  CHECK_THAT(function == answer);
  CHECK_EQUAL(TVMFuncRegistry_GetByIndex(&reg.registry, 0, &function), 0);
  CHECK_THAT(function == failure && buffer.bytes[120] == 0x77);
  /* One name too long for what is left. */
  CHECK_EQUAL(TVMMutableFuncRegistry_Create(&reg, buffer.bytes, 120), 0);
  CHECK_EQUAL(TVMMutableFuncRegistry_Set(&reg,
                                         "a_name_that_is_longer_than_all_the_memory_there_is_for_names_in_this_registry_and_"
                                         "then_goes_on_for_a_while", answer, 0), kTvmErrorFunctionRegistryFull);
  CHECK_EQUAL(TVMFuncRegistry_GetNumFuncs(&reg.registry), 0);
}

static void calls_global_and_module_functions(void) {
  TVMPackedFunc packed;
  TVMArgs args;
  TVMFunctionHandle handle = NULL;
  TVMBackendPackedCFunc function = answer;
  TVMFunctionHandle as_handle = NULL;
  memset(&args, 0, sizeof args);
  args.values_count = 2;
  memcpy(&as_handle, &function, sizeof as_handle);
  CHECK_EQUAL(TVMInitializeRuntime(), 0);
  CHECK_EQUAL(TVMFuncRegisterGlobal("mine", as_handle, 0), 0);
  CHECK_EQUAL(TVMFuncRegisterGlobal("mine", as_handle, 0), kTvmErrorFunctionAlreadyDefined);
  CHECK_EQUAL(TVMPackedFunc_InitGlobalFunc(&packed, "mine", &args), 0);
  CHECK_EQUAL(packed.Call(&packed), 0);
  CHECK_EQUAL(packed.ret_value.values[0].v_int64, 42);
  CHECK_EQUAL(TVMPackedFunc_InitGlobalFunc(&packed, "runtime.SystemLib", NULL), 0);
  CHECK_EQUAL(packed.Call(&packed), 0);
  TVMModuleHandle system_lib = TVMArgs_AsModuleHandle(&packed.ret_value, 0);
  CHECK_THAT(system_lib == (const void*)&module);
  CHECK_EQUAL(TVMPackedFunc_InitModuleFunc(&packed, system_lib, "failure", &args), 0);
  CHECK_EQUAL(packed.Call(&packed), -7);
  CHECK_EQUAL(TVMPackedFunc_InitModuleFunc(&packed, system_lib, "nobody", &args), kTvmErrorFunctionNameNotFound);
  CHECK_EQUAL(TVMModGetFunction(NULL, "answer", 0, &handle), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMBackendGetFuncFromEnv(system_lib, "answer", &handle), 0);
  CHECK_EQUAL(TVMBackendGetFuncFromEnv(NULL, "mine", &handle), 0);
  CHECK_EQUAL(TVMFuncCall(NULL, NULL, NULL, 0, NULL, NULL), kTvmErrorFunctionCallInvalidArg);
  CHECK_EQUAL(TVMModFree(system_lib), 0);
}

static int count_tasks(int task_id, TVMParallelGroupEnv* env, void* data) {
  *(int*)data += env->num_task + task_id;
  return TVMBackendParallelBarrier(task_id, env);
}

static void parallel_loops_run_here(void) {
  int tasks = 0;
  CHECK_EQUAL(TVMBackendParallelLaunch(count_tasks, &tasks, 8), 0);
  CHECK_EQUAL(tasks, 1);
}

static void errors_have_codes_and_texts(void) {
  CHECK_EQUAL(kTvmErrorFunctionNameNotFound, 0x100);
  CHECK_EQUAL(kTvmErrorPlatformNoMemory, 0x503);
  CHECK_EQUAL(kTvmErrorExecutorModuleNoSuchInput, 0x702);
  CHECK_EQUAL(kTvmErrorTimeEvaluatorBadHandle, 0x900);
  CHECK_THAT(strcmp(TVMErrorText(0), "no error") == 0);
  CHECK_THAT(strcmp(TVMErrorText(kTvmErrorParamsTruncated), "the parameter blob is cut short") == 0);
  CHECK_THAT(strcmp(TVMErrorText(123456), "unknown error") == 0);
  TVMAPISetLastError("oh");
  CHECK_THAT(strcmp(TVMGetLastError(), "oh") == 0);
}

int main(void) {
  RUN_TEST(registry_finds_functions);
  RUN_TEST(mutable_registry_grows_until_full);
  RUN_TEST(calls_global_and_module_functions);
  RUN_TEST(parallel_loops_run_here);
  RUN_TEST(errors_have_codes_and_texts);
  return TESTS_END();
}
