/* SPDX-License-Identifier: Apache-2.0 */
#include "pools.h"

#include <string.h>
#ifdef TVM_HARNESS_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* An odd value that neither zeroed memory nor small numbers have. */
#define PAINT 0xA5

/* For the model, a guard is out of bounds. */
#ifdef TVM_HARNESS_ASAN
static void forbid(const void* bytes, size_t size) { __asan_poison_memory_region(bytes, size); }
static void allow(const void* bytes, size_t size) { __asan_unpoison_memory_region(bytes, size); }
#else
static void forbid(const void* bytes, size_t size) {
  (void)bytes;
  (void)size;
}
static void allow(const void* bytes, size_t size) {
  (void)bytes;
  (void)size;
}
#endif

/* The bytes on either side of some memory. */
static void paint_guards(uint8_t* memory, size_t size) {
  uint8_t* const sides[] = {memory - TVM_HARNESS_GUARD_BYTES, memory + size};
  for (size_t i = 0; i < 2; i++) {
    allow(sides[i], TVM_HARNESS_GUARD_BYTES);
    memset(sides[i], PAINT, TVM_HARNESS_GUARD_BYTES);
    forbid(sides[i], TVM_HARNESS_GUARD_BYTES);
  }
}

static bool is_painted(uint8_t* bytes) {
  bool is_intact = true;
  allow(bytes, TVM_HARNESS_GUARD_BYTES);
  for (size_t i = 0; i < TVM_HARNESS_GUARD_BYTES; i++) {
    is_intact = is_intact && bytes[i] == PAINT;
  }
  forbid(bytes, TVM_HARNESS_GUARD_BYTES);
  return is_intact;
}

static bool is_guarded(uint8_t* memory, size_t size) {
  return is_painted(memory - TVM_HARNESS_GUARD_BYTES) && is_painted(memory + size);
}

void harness_paint_pools(const tvm_harness_model_t* model) {
  for (size_t i = 0; i < model->num_pools; i++) {
    memset(model->pools[i].memory, PAINT, model->pools[i].size);
    paint_guards(model->pools[i].memory, model->pools[i].size);
  }
  for (size_t i = 0; i < model->num_inputs; i++) {
    paint_guards(model->input_buffers[i], model->inputs[i].nbytes);
  }
  for (size_t i = 0; i < model->num_outputs; i++) {
    paint_guards(model->output_buffers[i], model->outputs[i].nbytes);
  }
}

void harness_paint_outputs(const tvm_harness_model_t* model, size_t run) {
  for (size_t i = 0; i < model->num_outputs; i++) {
    memset(model->output_buffers[i], run % 2 == 0 ? PAINT : PAINT ^ 0xFF, model->outputs[i].nbytes);
  }
}

bool harness_guards_intact(const tvm_harness_model_t* model) {
  bool is_intact = true;
  for (size_t i = 0; i < model->num_pools; i++) {
    is_intact = is_guarded(model->pools[i].memory, model->pools[i].size) && is_intact;
  }
  for (size_t i = 0; i < model->num_inputs; i++) {
    is_intact = is_guarded(model->input_buffers[i], model->inputs[i].nbytes) && is_intact;
  }
  for (size_t i = 0; i < model->num_outputs; i++) {
    is_intact = is_guarded(model->output_buffers[i], model->outputs[i].nbytes) && is_intact;
  }
  return is_intact;
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
