/* SPDX-License-Identifier: Apache-2.0
 *
 * The runtime with other settings: all messages, 64-byte alignment, function counts of one byte as before TVM 0.9.
 */
#include <stdarg.h>
#include <stdio.h>
#include <tvm/runtime/crt/logging.h>

#include "check.h"
#include "fixture.h"

static char last_message[200];

void TVMLogf(const char* fmt, ...) {
  va_list args;
  va_start(args, fmt);
  (void)vsnprintf(last_message, sizeof last_message, fmt, args);
  va_end(args);
}

static int fail(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)args;
  (void)type_codes;
  (void)num_args;
  (void)ret;
  (void)ret_code;
  (void)resource;
  return 9;
}

static const TVMBackendPackedCFunc functions[] = {fail};
static const TVMFuncRegistry registry = {"\001fail\000", functions};
static const TVMModule module = {&registry};
static const char json[] = GRAPH(INPUT_NODE("p0") "," OPERATOR_NODE("s", "fail", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                 "\"int8\",\"int8\"", "0,1", "[2],[2]", "0,1,2");

static TVMGraphExecutor* create(void) {
  TVMGraphExecutor* executor = NULL;
  CHECK_EQUAL(TVMGraphExecutor_CreateInArena(json, sizeof json, &module, fixture_arena.memory, sizeof fixture_arena.memory,
                                             &executor), 0);
  return executor;
}

static void says_what_went_wrong(void) {
  TVMGraphExecutor* executor = create();
  DLTensor view;
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), kTvmErrorExecutorInputNotSet);
  CHECK_THAT(strcmp(last_message, "input 'p0' is not set\n") == 0);
  CHECK_EQUAL(TVMGraphExecutor_GetInputView(executor, 0, &view), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 9);
  CHECK_THAT(strcmp(last_message, "operator 0 failed with 9\n") == 0);
}

static void tensors_are_aligned(void) {
  TVMGraphExecutor* executor = create();
  const int64_t shape[1] = {2};
  const parameter_t p0 = {"p0", {kDLInt, 8, 1}, 1, shape, "ab", 2};
  blob_t blob;
  DLTensor view;
  CHECK_EQUAL(TVMGraphExecutor_GetOutputView(executor, 0, &view), 0);
  CHECK_EQUAL((uintptr_t)view.data % 64, 0);
  for (size_t offset = 0; offset < 16; offset++) {
    executor = create();
    fixture_blob(&blob, &p0, 1, offset);
    CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), 0);
    CHECK_EQUAL((uintptr_t)executor->entries[0].data % 64, 0);
    CHECK_THAT(memcmp(executor->entries[0].data, "ab", 2) == 0);
  }
}

int main(void) {
  CHECK_EQUAL(TVMFuncRegistry_GetNumFuncs(&registry), 1);
  RUN_TEST(says_what_went_wrong);
  RUN_TEST(tensors_are_aligned);
  return TESTS_END();
}
