/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "json_reader.h"

static tvm_crt_error_t skip_text(const char* text) {
  tvm_json_reader_t reader = tvm_json_reader(text, (uint32_t)strlen(text), 0);
  tvm_json_skip(&reader);
  if (reader.error == kTvmErrorNoError && !tvm_json_at_end(&reader)) {
    return kTvmErrorGraphSyntax;
  }
  return reader.error;
}

static void accepts_json(void) {
  static const char* const texts[] = {
      "0", "-0", "-1.5e+10", "12E-3", "true", "false", "null", "\"\"", "\"a\\u00e9\\n\\\"\"", "[]", "{}", " [ 1 , [ ] , { } ] ",
      "{\"a\": {\"b\": [1, 2, {\"c\": null}]}, \"d\": \"\"}", "\t\r\n[[[[[[]]]]]]",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    check_test = texts[i];
    CHECK_EQUAL(skip_text(texts[i]), kTvmErrorNoError);
  }
}

static void rejects_what_is_no_json(void) {
  static const char* const texts[] = {
      "", " ", "]", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}",
      "{1:1}", "{\"a\" 1}", "01", "-", "1.", "1e", ".5", "+1", "tru", "nul", "\"", "\"\\", "\"\\x\"", "\"\\u12g4\"", "\"\\u12",
      "\"a\nb\"", "[1}", "{\"a\":1]", "1 2", "[] []",
  };
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    check_test = texts[i];
    CHECK_EQUAL(skip_text(texts[i]), kTvmErrorGraphSyntax);
  }
}

static void bounds_depth(void) {
  char text[2 * 40 + 1];
  for (size_t depth = 30; depth < 40; depth++) {
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = '\0';
    CHECK_EQUAL(skip_text(text), depth <= TVM_JSON_MAX_DEPTH ? kTvmErrorNoError : kTvmErrorGraphTooDeep);
  }
}

static tvm_crt_error_t read_number(const char* text, uint64_t max, uint64_t* value) {
  tvm_json_reader_t reader = tvm_json_reader(text, (uint32_t)strlen(text), 0);
  tvm_json_read_uint(&reader, max, value);
  return reader.error;
}

static void reads_numbers(void) {
  uint64_t value = 0;
  CHECK_EQUAL(read_number("0", 0, &value), kTvmErrorNoError);
  CHECK_EQUAL(value, 0);
  CHECK_EQUAL(read_number("18446744073709551615", UINT64_MAX, &value), kTvmErrorNoError);
  CHECK_THAT(value == UINT64_MAX);
  CHECK_EQUAL(read_number("18446744073709551616", UINT64_MAX, &value), kTvmErrorGraphOverflow);
  CHECK_EQUAL(read_number("99999999999999999999999999", UINT64_MAX, &value), kTvmErrorGraphOverflow);
  CHECK_EQUAL(read_number("10", 9, &value), kTvmErrorGraphOverflow);
  CHECK_EQUAL(read_number("9", 9, &value), kTvmErrorNoError);
  CHECK_EQUAL(read_number("-1", 9, &value), kTvmErrorGraphType);
  CHECK_EQUAL(read_number("1.0", 9, &value), kTvmErrorGraphType);
  CHECK_EQUAL(read_number("1e3", 9, &value), kTvmErrorGraphType);
  CHECK_EQUAL(read_number("\"1\"", 9, &value), kTvmErrorGraphType);
  CHECK_EQUAL(read_number("01", 9, &value), kTvmErrorGraphSyntax);
  CHECK_EQUAL(read_number("", 9, &value), kTvmErrorGraphSyntax);
}

static bool string_is(const char* text, const char* other) {
  tvm_json_reader_t reader = tvm_json_reader(text, (uint32_t)strlen(text), 0);
  tvm_json_string_t string;
  return tvm_json_read_string(&reader, &string) && tvm_json_equal(text, string, other, strlen(other));
}

static void compares_strings_with_escapes(void) {
  CHECK_THAT(string_is("\"abc\"", "abc"));
  CHECK_THAT(!string_is("\"abc\"", "ab"));
  CHECK_THAT(!string_is("\"ab\"", "abc"));
  CHECK_THAT(string_is("\"\"", ""));
  CHECK_THAT(string_is("\"a\\\"b\\\\\\/\\n\\t\\r\\b\\f\"", "a\"b\\/\n\t\r\b\f"));
  CHECK_THAT(string_is("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  CHECK_THAT(!string_is("\"\\u0041\"", "B"));
}

static void keeps_the_first_error(void) {
  tvm_json_reader_t reader = tvm_json_reader("[1, x]", 6, 0);
  uint64_t value = 0;
  bool first;
  CHECK_THAT(tvm_json_begin_array(&reader, &first));
  CHECK_THAT(tvm_json_next_element(&reader, &first) && tvm_json_read_uint(&reader, 9, &value));
  CHECK_THAT(tvm_json_next_element(&reader, &first) && !tvm_json_read_uint(&reader, 9, &value));
  CHECK_EQUAL(reader.error, kTvmErrorGraphSyntax);
  CHECK_THAT(!tvm_json_fail(&reader, kTvmErrorGraphCount));
  CHECK_THAT(!tvm_json_next_element(&reader, &first));
  CHECK_EQUAL(reader.error, kTvmErrorGraphSyntax);
}

int main(void) {
  RUN_TEST(accepts_json);
  RUN_TEST(rejects_what_is_no_json);
  RUN_TEST(bounds_depth);
  RUN_TEST(reads_numbers);
  RUN_TEST(compares_strings_with_escapes);
  RUN_TEST(keeps_the_first_error);
  return TESTS_END();
}
