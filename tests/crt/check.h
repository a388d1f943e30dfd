/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks for tests in C. A failed check prints where and goes on; TESTS_END() is the program's exit status.
 */
#ifndef TVM_TESTS_CRT_CHECK_H_
#define TVM_TESTS_CRT_CHECK_H_

#include <stdio.h>
#include <string.h>

static int check_failures = 0;
static const char* check_test = "";

#define CHECK_THAT(condition)                                                                     \
  do {                                                                                            \
    if (!(condition)) {                                                                           \
      (void)fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, check_test, #condition); \
      check_failures++;                                                                           \
    }                                                                                             \
  } while (0)

#define CHECK_EQUAL(found, expected)                                                                           \
  do {                                                                                                         \
    long long check_found = (long long)(found);                                                                \
    long long check_expected = (long long)(expected);                                                          \
    if (check_found != check_expected) {                                                                       \
      (void)fprintf(stderr, "%s:%d: %s: %s is %lld (0x%llx), expected %lld (0x%llx)\n", __FILE__, __LINE__,   \
                    check_test, #found, check_found, (unsigned long long)check_found, check_expected,          \
                    (unsigned long long)check_expected);                                                       \
      check_failures++;                                                                                        \
    }                                                                                                          \
  } while (0)

#define RUN_TEST(test)  \
  do {                  \
    check_test = #test; \
    test();             \
  } while (0)

#define TESTS_END() (printf("%s\n", check_failures == 0 ? "all checks passed" : "checks failed"), check_failures != 0)

#endif /* TVM_TESTS_CRT_CHECK_H_ */
