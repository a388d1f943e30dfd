/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "check.h"
#include "fixture.h"
#include "tensor.h"

static const DLDataType float32 = {kDLFloat, 32, 1};
static const int64_t shape2[1] = {2};
static const float values[2] = {1.0f, 2.0f};
static const uint8_t little_endian_values[8] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0x40};

static parameter_t parameter(const char* name) {
  parameter_t result = {name, float32, 1, shape2, little_endian_values, sizeof little_endian_values};
  return result;
}

static void loads_at_every_alignment(void) {
  for (size_t offset = 0; offset < 16; offset++) {
    TVMGraphExecutor* executor = NULL;
    blob_t blob;
    parameter_t p0 = parameter("p0");
    fixture_blob(&blob, &p0, 1, offset);
    CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
    CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), 0);
    const uint8_t* data = executor->entries[2].data;
    bool in_blob = data >= blob.bytes && data < blob.bytes + blob.size;
    CHECK_THAT(in_blob == (offset % 4 == 0 && tvm_is_little_endian()));
    CHECK_THAT(memcmp(data, values, sizeof values) == 0);
    CHECK_EQUAL(fixture_set2(executor, "a", 0.0f, 0.0f), 0);
    CHECK_EQUAL(fixture_set2(executor, "b", 0.0f, 0.0f), 0);
    CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
    CHECK_THAT(memcmp(executor->entries[3].data, values, sizeof values) == 0);
    CHECK_THAT(fixture_touched(TVMGraphExecutor_ArenaUsed(executor)) > 0);
  }
}

static void refuses_every_cut(void) {
  TVMGraphExecutor* executor = NULL;
  blob_t blob;
  parameter_t parameters[2] = {parameter("p0"), parameter("b")};
  fixture_blob(&blob, parameters, 2, 0);
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  for (size_t size = 0; size < blob.size; size++) {
    uint8_t* cut = malloc(size + 1); /* on its own, so that a sanitizer sees what lies behind */
    memcpy(cut, blob.bytes, size);
    CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, cut, size), kTvmErrorParamsTruncated);
    free(cut);
  }
  CHECK_THAT(executor->arguments[1].is_set == 0 && executor->arguments[2].is_set == 0);
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size + 7), 0); /* padding behind is no harm */
}

static int load_one(const parameter_t* p) {
  TVMGraphExecutor* executor = NULL;
  blob_t blob;
  fixture_blob(&blob, p, 1, 0);
  int error = fixture_create(SUM_GRAPH, &executor);
  return error != 0 ? error : TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size);
}

static void refuses_what_does_not_fit(void) {
  static const int64_t shape3[1] = {3};
  static const int64_t shape12[2] = {1, 2};
  static const int64_t negative[1] = {-2};
  parameter_t p = parameter("p1");
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsUnknownName);
  p = parameter("");
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsUnknownName);
  p = parameter("p0");
  p.dtype.code = kDLInt;
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsMismatch);
  p = parameter("p0");
  p.dtype.bits = 64;
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsMismatch);
  p = parameter("p0");
  p.shape = shape3;
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsMismatch);
  p.shape = negative;
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsMismatch);
  p.shape = shape12;
  p.ndim = 2;
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsMismatch);
  p = parameter("p0");
  p.nbytes = 4;
  CHECK_EQUAL(load_one(&p), kTvmErrorParamsMismatch);
}

static void refuses_damage(void) {
  TVMGraphExecutor* executor = NULL;
  blob_t blob;
  parameter_t p0 = parameter("p0");
  CHECK_EQUAL(fixture_create(SUM_GRAPH, &executor), 0);
  fixture_blob(&blob, &p0, 1, 0);
  blob.bytes[0] ^= 1;
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), kTvmErrorParamsMagic);
  fixture_blob(&blob, &p0, 1, 0);
  blob.bytes[16] = 2; /* two names */
  CHECK_THAT(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size) != 0);
  fixture_blob(&blob, &p0, 1, 0);
  blob.bytes[34] = 2; /* two tensors */
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), kTvmErrorParamsCount);
  fixture_blob(&blob, &p0, 1, 0);
  blob.bytes[42] ^= 1;
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), kTvmErrorParamsMagic);
  fixture_blob(&blob, &p0, 1, 0);
  memset(blob.bytes + 24, 0xff, 8); /* a name as long as memory */
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), kTvmErrorParamsTruncated);
  fixture_blob(&blob, &p0, 1, 0);
  memset(blob.bytes + 16, 0xff, 8); /* as many names as there are numbers */
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), kTvmErrorParamsTruncated);
  fixture_blob(&blob, &p0, 1, 0);
  memset(blob.bytes + 66, 0xff, 4); /* rank -1 */
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), kTvmErrorParamsTruncated);
}

static void bool_has_two_dtypes(void) {
  static const char json[] = GRAPH(INPUT_NODE("p0") "," OPERATOR_NODE("s", "touch", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                   "\"bool\",\"bool\"", "0,1", "[2],[2]", "0,1,2");
  static const uint8_t truths[2] = {1, 0};
  const DLDataType dtypes[2] = {{kDLUInt, 1, 1}, {kDLBool, 8, 1}};
  for (size_t i = 0; i < 2; i++) {
    TVMGraphExecutor* executor = NULL;
    blob_t blob;
    parameter_t p0 = {"p0", dtypes[i], 1, shape2, truths, 2};
    fixture_blob(&blob, &p0, 1, 1);
    CHECK_EQUAL(fixture_create(json, &executor), 0);
    CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), 0);
    CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  }
}

static void a_parameter_that_the_graph_overwrites_is_copied(void) {
  static const char json[] = GRAPH(INPUT_NODE("p0") "," OPERATOR_NODE("s", "sum", 1, 1, "[0,0,0]"), "0", "[1,0,0]",
                                   "\"float32\",\"float32\"", "0,0", "[2],[2]", "0,1,2");
  TVMGraphExecutor* executor = NULL;
  blob_t blob;
  uint8_t before[sizeof blob.storage];
  parameter_t p0 = parameter("p0");
  fixture_blob(&blob, &p0, 1, 0);
  memcpy(before, blob.storage, sizeof before);
  CHECK_EQUAL(fixture_create(json, &executor), 0);
  CHECK_EQUAL(TVMGraphExecutor_LoadParams(executor, blob.bytes, blob.size), 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
  CHECK_THAT(memcmp(before, blob.storage, sizeof before) == 0);
  CHECK_EQUAL(TVMGraphExecutor_Run(executor), kTvmErrorExecutorInputNotSet);
}

static void turns_bytes_around(void) {
  static const uint8_t from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  static const uint8_t by2[8] = {2, 1, 4, 3, 6, 5, 8, 7};
  static const uint8_t by4[8] = {4, 3, 2, 1, 8, 7, 6, 5};
  static const uint8_t by8[8] = {8, 7, 6, 5, 4, 3, 2, 1};
  uint8_t to[8];
  float floats[2];
  tvm_copy_reversed(to, from, 8, 1);
  CHECK_THAT(memcmp(to, from, 8) == 0);
  tvm_copy_reversed(to, from, 8, 2);
  CHECK_THAT(memcmp(to, by2, 8) == 0);
  tvm_copy_reversed(to, from, 8, 4);
  CHECK_THAT(memcmp(to, by4, 8) == 0);
  tvm_copy_reversed(to, from, 8, 8);
  CHECK_THAT(memcmp(to, by8, 8) == 0);
  tvm_copy_little_endian(floats, little_endian_values, 8, 4);
  CHECK_THAT(floats[0] == 1.0f && floats[1] == 2.0f);
}

static void parses_dtypes(void) {
  static const struct {
    const char* text;
    DLDataType dtype;
  } good[] = {{"float32", {kDLFloat, 32, 1}}, {"int8", {kDLInt, 8, 1}},      {"uint8", {kDLUInt, 8, 1}},
              {"bool", {kDLUInt, 1, 1}},      {"bfloat16", {kDLBfloat, 16, 1}}, {"float16", {kDLFloat, 16, 1}},
              {"int64", {kDLInt, 64, 1}},     {"int8x4", {kDLInt, 8, 4}},    {"uint1", {kDLUInt, 1, 1}}};
  static const char* const bad[] = {"", "int", "float", "int0", "int8x", "int8x0", "int256", "int8x65536", "float32 ", "xint8",
                                    "handle", "int-8", "int99999999999", "bool8", "complex64"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    DLDataType dtype = String2DLDataType(good[i].text);
    check_test = good[i].text;
    CHECK_THAT(dtype.code == good[i].dtype.code && dtype.bits == good[i].dtype.bits && dtype.lanes == good[i].dtype.lanes);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    DLDataType dtype = {9, 9, 9};
    check_test = bad[i];
    CHECK_THAT(!tvm_dtype_parse(bad[i], strlen(bad[i]), &dtype));
  }
}

int main(void) {
  RUN_TEST(loads_at_every_alignment);
  RUN_TEST(refuses_every_cut);
  RUN_TEST(refuses_what_does_not_fit);
  RUN_TEST(refuses_damage);
  RUN_TEST(bool_has_two_dtypes);
  RUN_TEST(a_parameter_that_the_graph_overwrites_is_copied);
  RUN_TEST(turns_bytes_around);
  RUN_TEST(parses_dtypes);
  return TESTS_END();
}
