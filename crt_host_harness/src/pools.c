/* SPDX-License-Identifier: Apache-2.0 */
#include "pools.h"

#include <string.h>

/* An odd value that neither zeroed memory nor small numbers have. */
#define PAINT 0xA5

void harness_paint_pools(const tvm_harness_model_t* model) {
  for (size_t i = 0; i < model->num_pools; i++) {
    const tvm_harness_pool_t* pool = &model->pools[i];
    memset(pool->memory - TVM_HARNESS_GUARD_BYTES, PAINT, TVM_HARNESS_GUARD_BYTES);
    memset(pool->memory, PAINT, pool->size);
    memset(pool->memory + pool->size, PAINT, TVM_HARNESS_GUARD_BYTES);
  }
}

static bool is_painted(const uint8_t* bytes) {
  for (size_t i = 0; i < TVM_HARNESS_GUARD_BYTES; i++) {
    if (bytes[i] != PAINT) {
      return false;
    }
  }
  return true;
}

bool harness_guards_intact(const tvm_harness_model_t* model) {
  for (size_t i = 0; i < model->num_pools; i++) {
    const tvm_harness_pool_t* pool = &model->pools[i];
    if (!is_painted(pool->memory - TVM_HARNESS_GUARD_BYTES) || !is_painted(pool->memory + pool->size)) {
      return false;
    }
  }
  return true;
}

size_t harness_pools_touched(const tvm_harness_model_t* model) {
  size_t total = 0;
  for (size_t i = 0; i < model->num_pools; i++) {
    size_t touched = model->pools[i].size;
    while (touched > 0 && model->pools[i].memory[touched - 1] == PAINT) {
      touched--;
    }
    total += touched;
  }
  return total;
}

size_t harness_pools_size(const tvm_harness_model_t* model) {
  size_t total = 0;
  for (size_t i = 0; i < model->num_pools; i++) {
    total += model->pools[i].size;
  }
  return total;
}
