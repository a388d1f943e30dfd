/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "check.h"
#include "compare.h"

static const int64_t shape4[1] = {4};

/* Compares by tolerances. */
static void compare(const tvm_harness_tensor_t* tensor, const void* got, double rtol, double atol, uint64_t steps,
                    tvm_harness_result_t* result) {
  const tvm_harness_model_t model = {.rtol = rtol, .atol = atol, .integer_tolerance = steps};
  memset(result, 0, sizeof *result);
  harness_compare(&model, tensor, 7, got, tensor->data, result);
}

/* Mismatches between four elements. */
static size_t mismatches_within(tvm_harness_kind_t kind, uint8_t bits, const void* got, const void* expected,
                                double tolerance, uint64_t steps) {
  const tvm_harness_tensor_t tensor = {"t", kind, bits, 1, shape4, bits / 8U * 4U, expected};
  tvm_harness_result_t result;
  CHECK_THAT(harness_tensor_is_valid(&tensor));
  compare(&tensor, got, tolerance, tolerance, steps, &result);
  CHECK_EQUAL(result.num_compared, 4);
  return result.num_mismatches;
}

static size_t mismatches(tvm_harness_kind_t kind, uint8_t bits, const void* got, const void* expected, double rtol,
                         double atol) {
  const tvm_harness_tensor_t tensor = {"t", kind, bits, 1, shape4, bits / 8U * 4U, expected};
  tvm_harness_result_t result;
  compare(&tensor, got, rtol, atol, 0, &result);
  return result.num_mismatches;
}

static void floats_are_compared_by_class(void) {
  const float expected[4] = {NAN, INFINITY, -INFINITY, 1.0f};
  const float same[4] = {-NAN, INFINITY, -INFINITY, 1.0f};
  const float other[4] = {1.0f, -INFINITY, 3e38f, NAN};
  CHECK_EQUAL(mismatches(TVM_HARNESS_FLOAT, 32, same, expected, 0.0, 0.0), 0);
  CHECK_EQUAL(mismatches(TVM_HARNESS_FLOAT, 32, other, expected, 0.0, 0.0), 4);
  CHECK_EQUAL(mismatches(TVM_HARNESS_FLOAT, 32, other, expected, 1.0, 1e30), 4);
}

static void zero_tolerance_is_exact(void) {
  const float expected[4] = {1.0f, 0.0f, 1e-30f, 16777216.0f};
  const float got[4] = {1.00000012f, -0.0f, 1.0000001e-30f, 16777218.0f};
  CHECK_EQUAL(mismatches(TVM_HARNESS_FLOAT, 32, got, expected, 0.0, 0.0), 3); /* -0 is 0 */
  CHECK_EQUAL(mismatches(TVM_HARNESS_FLOAT, 32, got, expected, 1e-6, 0.0), 0);
}

static void tolerances_add_up(void) {
  const double expected[4] = {100.0, 100.0, -100.0, 0.0};
  const double got[4] = {101.4, 101.6, -101.4, 0.5};
  CHECK_EQUAL(mismatches(TVM_HARNESS_FLOAT, 64, got, expected, 0.01, 0.5), 1);
}

static void no_tolerance_for_floats_touches_integers(void) {
  const int32_t expected[4] = {1000000, -5, INT32_MIN, INT32_MAX};
  const int32_t got[4] = {1000001, -5, INT32_MAX, INT32_MIN};
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 32, got, expected, 1e-4, 0), 3);
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 32, got, expected, 1e9, 0), 3);
}

static void integers_have_a_tolerance_of_their_own(void) {
  const int32_t expected[4] = {10, -5, INT32_MIN, INT32_MAX};
  const int32_t got[4] = {12, -6, INT32_MIN + 3, INT32_MIN};
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 32, got, expected, 0.0, 1), 3);
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 32, got, expected, 0.0, 3), 1);
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 32, got, expected, 0.0, UINT32_MAX), 0);
  const float real[4] = {1.0f, 2.0f, 3.0f, 4.0f};
  const float other[4] = {1.0f, 2.0f, 3.0f, 4.5f};
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_FLOAT, 32, other, real, 0.0, 1), 1);
}

static void wide_integers_keep_all_bits(void) {
  const int64_t expected[4] = {INT64_MIN, INT64_MAX, 9007199254740993, -1};
  const int64_t got[4] = {INT64_MIN + 1, INT64_MAX, 9007199254740992, 1};
  const uint64_t large[4] = {UINT64_MAX, 1, 2, 3};
  const uint64_t less[4] = {UINT64_MAX - 1, 1, 2, 3};
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 64, got, expected, 0.0, 0), 3);
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 64, got, expected, 0.0, 1), 1);
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_UINT, 64, less, large, 0.0, 0), 1);
}

static void narrow_types_are_decoded(void) {
  const int8_t int8[4] = {-128, 127, 0, -1};
  const int8_t other8[4] = {-127, 127, 0, 1};
  const uint8_t truths[4] = {0, 1, 1, 0};
  const uint8_t lies[4] = {0, 1, 0, 0};
  const uint16_t uint16[4] = {65535, 0, 1, 2};
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_INT, 8, other8, int8, 0.0, 0), 2);
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_BOOL, 8, lies, truths, 5.0, 5), 1);
  CHECK_EQUAL(mismatches_within(TVM_HARNESS_UINT, 16, uint16, uint16, 0.0, 0), 0);
}

static double value_of(tvm_harness_kind_t kind, uint16_t bits) {
  const tvm_harness_tensor_t tensor = {"t", kind, 16, 0, NULL, 2, &bits};
  return harness_element(&tensor, &bits, 0).real;
}

static void half_precision_is_decoded(void) {
  CHECK_THAT(value_of(TVM_HARNESS_FLOAT, 0x3c00) == 1.0);
  CHECK_THAT(value_of(TVM_HARNESS_FLOAT, 0xc000) == -2.0);
  CHECK_THAT(value_of(TVM_HARNESS_FLOAT, 0x7bff) == 65504.0);
  CHECK_THAT(value_of(TVM_HARNESS_FLOAT, 0x0001) == ldexp(1.0, -24));
  CHECK_THAT(value_of(TVM_HARNESS_FLOAT, 0x0400) == ldexp(1.0, -14));
  CHECK_THAT(isinf(value_of(TVM_HARNESS_FLOAT, 0x7c00)) && value_of(TVM_HARNESS_FLOAT, 0xfc00) < 0.0);
  CHECK_THAT(isnan(value_of(TVM_HARNESS_FLOAT, 0x7e00)));
  CHECK_THAT(value_of(TVM_HARNESS_BFLOAT, 0x3f80) == 1.0);
  CHECK_THAT(value_of(TVM_HARNESS_BFLOAT, 0xc2f7) == -123.5);
  CHECK_THAT(isnan(value_of(TVM_HARNESS_BFLOAT, 0x7fc0)));
}

static void keeps_the_first_ten_and_counts_all(void) {
  static const int64_t shape[2] = {5, 6};
  uint8_t expected[30] = {0};
  uint8_t got[30];
  const tvm_harness_tensor_t tensor = {"t", TVM_HARNESS_UINT, 8, 2, shape, 30, expected};
  const tvm_harness_model_t model = {.num_outputs = 1};
  tvm_harness_result_t result;
  memset(got, 3, sizeof got);
  got[0] = 0;
  compare(&tensor, got, 0.0, 0.0, 0, &result);
  CHECK_EQUAL(result.num_mismatches, 29);
  CHECK_EQUAL(result.first[0].vector, 7);
  CHECK_EQUAL(result.first[0].index, 1);
  CHECK_EQUAL(result.first[9].index, 10);
  CHECK_EQUAL(result.first[9].got.magnitude, 3);
  CHECK_THAT(result.max_absolute == 3.0);
  got[0] = 9;
  harness_compare(&model, &tensor, 8, got, expected, &result); /* a second vector adds to the first */
  CHECK_EQUAL(result.num_mismatches, 59);
  CHECK_EQUAL(result.num_compared, 60);
  CHECK_EQUAL(result.first[9].vector, 7);
  CHECK_THAT(result.max_absolute == 9.0);
}

static void texts(void) {
  char text[HARNESS_ELEMENT_TEXT];
  char digits[HARNESS_NUMBER_TEXT];
  const int64_t lowest = INT64_MIN;
  const tvm_harness_tensor_t tensor = {"t", TVM_HARNESS_INT, 64, 0, NULL, 8, &lowest};
  harness_element_text(harness_element(&tensor, &lowest, 0), text);
  CHECK_THAT(strcmp(text, "-9223372036854775808") == 0);
  CHECK_THAT(strcmp(harness_number_text(UINT64_MAX, digits), "18446744073709551615") == 0);
  CHECK_THAT(strcmp(harness_number_text(0, digits), "0") == 0);
}

static void descriptions_are_checked(void) {
  static const int64_t negative[1] = {-1};
  static const int64_t huge[3] = {INT64_MAX, INT64_MAX, 4};
  const tvm_harness_tensor_t wrong_size = {"t", TVM_HARNESS_FLOAT, 32, 1, shape4, 15, NULL};
  const tvm_harness_tensor_t wrong_bits = {"t", TVM_HARNESS_FLOAT, 8, 1, shape4, 4, NULL};
  const tvm_harness_tensor_t wrong_dim = {"t", TVM_HARNESS_INT, 8, 1, negative, 4, NULL};
  const tvm_harness_tensor_t overflow = {"t", TVM_HARNESS_INT, 8, 3, huge, 4, NULL};
  CHECK_THAT(!harness_tensor_is_valid(&wrong_size) && !harness_tensor_is_valid(&wrong_bits));
  CHECK_THAT(!harness_tensor_is_valid(&wrong_dim) && !harness_tensor_is_valid(&overflow));
}

int main(void) {
  RUN_TEST(floats_are_compared_by_class);
  RUN_TEST(zero_tolerance_is_exact);
  RUN_TEST(tolerances_add_up);
  RUN_TEST(no_tolerance_for_floats_touches_integers);
  RUN_TEST(integers_have_a_tolerance_of_their_own);
  RUN_TEST(wide_integers_keep_all_bits);
  RUN_TEST(narrow_types_are_decoded);
  RUN_TEST(half_precision_is_decoded);
  RUN_TEST(keeps_the_first_ten_and_counts_all);
  RUN_TEST(texts);
  RUN_TEST(descriptions_are_checked);
  return TESTS_END();
}
