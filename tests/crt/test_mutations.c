/* SPDX-License-Identifier: Apache-2.0
 *
 * Thousands of damaged graphs and parameter blobs: each ends in an error code or in an executor that keeps to its
 * memory. The damage is the same in every run. Texts stand in memory of their own size, so that a sanitizer sees a
 * byte read too far.
 */
#include <stdlib.h>

#include "check.h"
#include "fixture.h"

#define ROUNDS 20000

static uint32_t state = 2463534242U;

static uint32_t next_random(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % limit;
}

static const char graph[] =
    GRAPH(INPUT_NODE("x") "," INPUT_NODE("p0") "," OPERATOR_NODE("h", "touch", 2, 2, "[0,0,0],[1,0,0]") ","
          OPERATOR_NODE("n", "__nop", 1, 1, "[2,1,0]") "," OPERATOR_NODE("c", "__copy", 1, 1, "[3,0,0]") ","
          OPERATOR_NODE("t", "touch", 3, 1, "[4,0,0],[2,0,0],[1,0,0]"), "0,1", "[5,0,0],[2,1,0]",
          "\"float32\",\"float32\",\"int8\",\"int16\",\"int16\",\"int16\",\"uint8\"", "0,1,2,3,3,4,2",
          "[2, 3],[2],[],[4],[2,2],[2,2],[1,1,1]", "0,1,2,4,5,6,7");

static const char* const pieces[] = {
    "-1", "0", "1", "4294967295", "4294967296", "18446744073709551616", "9223372036854775807", "1e9", "null", "true", "[]", "{}",
    "\"\"", "[[", "]]", ",", "\\u0000", "\"float64\"", "\"int8x65535\"", "\"__nop\"", "\"touch\"", "\"sum\"", "\0", "\xff",
};

/* Damages text in one to four places; returns its new size, at most size + 100. */
static size_t mutate(char* text, size_t size) {
  for (uint32_t count = 1 + next_random(4); count > 0 && size > 0; count--) {
    size_t at = next_random((uint32_t)size);
    const char* piece = pieces[next_random(sizeof pieces / sizeof pieces[0])];
    size_t length = strlen(piece) > 0 ? strlen(piece) : 1;
    size_t removed = 0;
    switch (next_random(6)) {
      case 0: /* flip a bit */
        text[at] = (char)((unsigned char)text[at] ^ (1U << next_random(8)));
        continue;
      case 1: /* a digit becomes another */
        while (at < size && !(text[at] >= '0' && text[at] <= '9')) {
          at++;
        }
        if (at < size) {
          text[at] = (char)('0' + (char)next_random(10));
        }
        continue;
      case 2: /* remove some bytes */
        removed = 1 + next_random(20);
        length = 0;
        break;
      case 3: /* a piece in place of as many bytes */
        removed = length;
        break;
      case 4: /* a piece in place of a number */
        while (at < size && !(text[at] >= '0' && text[at] <= '9')) {
          at++;
        }
        while (at + removed < size && text[at + removed] >= '0' && text[at + removed] <= '9') {
          removed++;
        }
        break;
      default: /* a piece between */
        break;
    }
    removed = removed > size - at ? size - at : removed;
    memmove(text + at + length, text + at + removed, size - at - removed);
    memcpy(text + at, piece, length);
    size += length;
    size -= removed;
  }
  return size;
}

static int create(const char* text, size_t size, size_t arena_size, TVMGraphExecutor** executor) {
  fixture_paint();
  return TVMGraphExecutor_CreateInArena(text, size, &fixture_module, fixture_arena.memory, arena_size, executor);
}

/* Sets what is there to set and runs. */
static void exercise(TVMGraphExecutor* executor) {
  DLTensor view;
  for (int i = 0; i < TVMGraphExecutor_GetNumInputs(executor); i++) {
    (void)TVMGraphExecutor_GetInputView(executor, i, &view);
  }
  (void)TVMGraphExecutor_Run(executor);
  for (int i = 0; i < TVMGraphExecutor_GetNumOutputs(executor); i++) {
    (void)TVMGraphExecutor_GetOutputView(executor, i, &view);
  }
}

/* Operators of the fixture trust what they are given, but for these two, which fit any graph. */
static int is_harmless(const TVMGraphExecutor* executor) {
  for (uint32_t i = 0; i < executor->num_operators; i++) {
    TVMBackendPackedCFunc function = executor->operators[i].function;
    if (function != NULL && function != fixture_module.registry->funcs[3]) {
      return 0;
    }
  }
  return 1;
}

static void damaged_graphs_do_no_harm(void) {
  size_t accepted = 0;
  for (int round = 0; round < ROUNDS; round++) {
    char buffer[sizeof graph + 200];
    TVMGraphExecutor* executor = NULL;
    memcpy(buffer, graph, sizeof graph - 1);
    size_t size = mutate(buffer, sizeof graph - 1);
    char* text = malloc(size > 0 ? size : 1);
    memcpy(text, buffer, size);
    size_t arena_size = next_random(2) == 0 ? sizeof fixture_arena.memory : next_random(3000);
    int error = create(text, size, arena_size, &executor);
    CHECK_THAT((error == 0) == (executor != NULL));
    CHECK_THAT(fixture_touched(arena_size) >= 0);
    if (executor != NULL) {
      accepted++;
      if (is_harmless(executor)) {
        exercise(executor);
      }
      CHECK_THAT(fixture_touched(TVMGraphExecutor_ArenaUsed(executor)) >= 0);
    } else {
      CHECK_THAT(strcmp(TVMErrorText(error), "unknown error") != 0);
    }
    free(text);
  }
  /* Some damage leaves a good graph: a test whose graphs all fail early would test little. */
  CHECK_THAT(accepted > ROUNDS / 100 && accepted < ROUNDS);
}

static void damaged_parameters_do_no_harm(void) {
  static const DLDataType float32 = {kDLFloat, 32, 1};
  static const int64_t shape2[1] = {2};
  static const int64_t shape23[2] = {2, 3};
  static const uint8_t data[24] = {1, 2, 3};
  const parameter_t parameters[2] = {{"p0", float32, 1, shape2, data, 8}, {"x", float32, 2, shape23, data, 24}};
  size_t accepted = 0;
  blob_t blob;
  fixture_blob(&blob, parameters, 2, 0);
  for (int round = 0; round < ROUNDS; round++) {
    char buffer[512];
    TVMGraphExecutor* executor = NULL;
    CHECK_EQUAL(create(graph, sizeof graph - 1, sizeof fixture_arena.memory, &executor), 0);
    memcpy(buffer, blob.bytes, blob.size);
    size_t size = mutate(buffer, blob.size);
    char* bytes = malloc(size > 0 ? size : 1);
    memcpy(bytes, buffer, size);
    int error = TVMGraphExecutor_LoadParams(executor, bytes, size);
    if (error == 0) {
      accepted++;
      CHECK_EQUAL(TVMGraphExecutor_Run(executor), 0);
    } else {
      CHECK_EQUAL(error >> 8, kTvmErrorCategoryParams);
    }
    CHECK_THAT(fixture_touched(TVMGraphExecutor_ArenaUsed(executor)) >= 0);
    free(bytes);
  }
  CHECK_THAT(accepted > ROUNDS / 100 && accepted < ROUNDS);
}

int main(void) {
  TVMGraphExecutor* executor = NULL;
  CHECK_EQUAL(create(graph, sizeof graph - 1, sizeof fixture_arena.memory, &executor), 0);
  RUN_TEST(damaged_graphs_do_no_harm);
  RUN_TEST(damaged_parameters_do_no_harm);
  return TESTS_END();
}
