/* SPDX-License-Identifier: Apache-2.0
 *
 * libFuzzer target: the input is a 16-bit length, a graph of that length, and a parameter blob. Not part of ctest; build
 * it with clang:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -std=c99 -Icrt/include -Itests/crt \
 *     tests/crt/fuzz_graph_executor.c tests/crt/fixture.c <all of crt/src> -o fuzz_graph_executor
 */
#include <stdlib.h>

#include "fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/* The fixture's operators trust their arguments, but for "touch", the last one. */
static int is_harmless(const TVMGraphExecutor* executor) {
  for (uint32_t i = 0; i < executor->num_operators; i++) {
    TVMBackendPackedCFunc function = executor->operators[i].function;
    if (function != NULL && function != fixture_module.registry->funcs[3]) {
      return 0;
    }
  }
  return 1;
}

static void exercise(TVMGraphExecutor* executor, const uint8_t* params, size_t size) {
  DLTensor view;
  (void)TVMGraphExecutor_LoadParams(executor, params, size);
  for (int i = 0; i < TVMGraphExecutor_GetNumInputs(executor) && size % 2 == 1; i++) {
    (void)TVMGraphExecutor_GetInputView(executor, i, &view);
  }
  if (is_harmless(executor)) {
    (void)TVMGraphExecutor_Run(executor);
    (void)TVMGraphExecutor_Run(executor);
  }
  for (int i = 0; i < TVMGraphExecutor_GetNumOutputs(executor); i++) {
    (void)TVMGraphExecutor_GetOutputView(executor, i, &view);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  size_t json_size = data[0] | (size_t)data[1] << 8;
  data += 2;
  size -= 2;
  json_size = json_size > size ? size : json_size;
  /* Memory of just that size: a byte outside is seen. */
  size_t arena_size = size % 3 == 0 ? 1500 : 16384;
  void* allocated = malloc(arena_size + TVM_CRT_ALIGNMENT_BYTES);
  uint8_t* arena = allocated;
  if (allocated == NULL) {
    return 0;
  }
  arena += (TVM_CRT_ALIGNMENT_BYTES - (uintptr_t)arena % TVM_CRT_ALIGNMENT_BYTES) % TVM_CRT_ALIGNMENT_BYTES;
  TVMGraphExecutor* executor = NULL;
  if (TVMGraphExecutor_CreateInArena((const char*)data, json_size, &fixture_module, arena, arena_size, &executor) == 0) {
    exercise(executor, data + json_size, size - json_size);
  }
  free(allocated);
  return 0;
}
