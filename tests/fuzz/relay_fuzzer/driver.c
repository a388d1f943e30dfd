/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one model on many vectors of inputs: `driver INPUTS OUTPUTS`, files of raw bytes, vector after vector. Before each
 * vector of inputs is a byte 1, after the last one a 0.
 *
 * Inputs and outputs are heap blocks of exactly their size. Each vector runs twice from differently painted memory: an
 * output that depends on what memory held before is an error, and so are inputs that a run changes and bytes written
 * around the pools. MemorySanitizer hears which memory has no value yet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tvm_model_harness.h"

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define HAS_NO_VALUE(memory, size) __msan_poison(memory, size)
#define MUST_HAVE_VALUE(memory, size) __msan_check_mem_is_initialized(memory, size)
#endif
#endif
#ifndef HAS_NO_VALUE
#define HAS_NO_VALUE(memory, size) ((void)(memory), (void)(size))
#define MUST_HAVE_VALUE(memory, size) ((void)(memory), (void)(size))
#endif

enum { UNSTABLE = 20, CHANGED_INPUT = 21, OUTSIDE = 22, FAILED = 23, BAD_FILE = 24 };

static void fail(int status, const char* problem) {
  (void)fprintf(stderr, "driver: %s\n", problem);
  exit(status);
}

/* Memory for tensors, each a block of its own. */
typedef struct {
  size_t count;
  const tvm_harness_tensor_t* tensors;
  void** blocks;
} buffers_t;

static void* block(size_t size) {
  void* memory = calloc(size > 0 ? size : 1, 1);
  if (memory == NULL) {
    fail(BAD_FILE, "out of memory");
  }
  return memory;
}

static buffers_t buffers_for(size_t count, const tvm_harness_tensor_t* tensors) {
  buffers_t buffers = {count, tensors, block(count * sizeof(void*))};
  for (size_t i = 0; i < count; i++) {
    buffers.blocks[i] = block(tensors[i].nbytes);
  }
  return buffers;
}

static void free_buffers(const buffers_t* buffers) {
  for (size_t i = 0; i < buffers->count; i++) {
    free(buffers->blocks[i]);
  }
  free(buffers->blocks);
}

static void check_equal(const buffers_t* left, const buffers_t* right, int status, const char* problem) {
  for (size_t i = 0; i < left->count; i++) {
    const void* other = right->blocks[i];
    if (other == NULL || memcmp(left->blocks[i], other, left->tensors[i].nbytes) != 0) {
      fail(status, problem);
    }
  }
}

static void paint_pools(const tvm_harness_model_t* model, int paint) {
  for (size_t i = 0; i < model->num_pools; i++) {
    const tvm_harness_pool_t* pool = &model->pools[i];
    memset(pool->memory - TVM_HARNESS_GUARD_BYTES, paint, pool->size + (size_t)2 * TVM_HARNESS_GUARD_BYTES);
    HAS_NO_VALUE(pool->memory, pool->size);
  }
}

static void check_guard(const uint8_t* bytes, int paint) {
  for (size_t i = 0; i < TVM_HARNESS_GUARD_BYTES; i++) {
    if (bytes[i] != (uint8_t)paint) {
      fail(OUTSIDE, "the model wrote outside its memory");
    }
  }
}

static void run_once(const tvm_harness_model_t* model, const buffers_t* inputs, const buffers_t* outputs, int paint) {
  char message[80];
  int32_t error;
  paint_pools(model, paint);
  for (size_t i = 0; i < outputs->count; i++) {
    memset(outputs->blocks[i], paint, outputs->tensors[i].nbytes);
    HAS_NO_VALUE(outputs->blocks[i], outputs->tensors[i].nbytes);
  }
  error = model->open();
  if (error == 0) {
    error = model->run((const void* const*)inputs->blocks, outputs->blocks);
  }
  if (error != 0) {
    (void)snprintf(message, sizeof message, "the model ended with error %ld", (long)error);
    fail(FAILED, message);
  }
  for (size_t i = 0; i < outputs->count; i++) {
    MUST_HAVE_VALUE(outputs->blocks[i], outputs->tensors[i].nbytes);
  }
  for (size_t i = 0; i < model->num_pools; i++) {
    check_guard(model->pools[i].memory - TVM_HARNESS_GUARD_BYTES, paint);
    check_guard(model->pools[i].memory + model->pools[i].size, paint);
  }
}

static void read_inputs(FILE* file, const buffers_t* inputs, const buffers_t* copies) {
  for (size_t i = 0; i < inputs->count; i++) {
    if (fread(inputs->blocks[i], 1, inputs->tensors[i].nbytes, file) != inputs->tensors[i].nbytes) {
      fail(BAD_FILE, "too few bytes of inputs");
    }
    memcpy(copies->blocks[i], inputs->blocks[i], inputs->tensors[i].nbytes);
  }
}

static void write_outputs(FILE* file, const buffers_t* outputs) {
  for (size_t i = 0; i < outputs->count; i++) {
    if (fwrite(outputs->blocks[i], 1, outputs->tensors[i].nbytes, file) != outputs->tensors[i].nbytes) {
      fail(BAD_FILE, "cannot write the outputs");
    }
  }
}

int main(int argc, char** argv) {
  const tvm_harness_model_t* model = tvm_harness_models[0];
  const buffers_t inputs = buffers_for(model->num_inputs, model->inputs);
  const buffers_t copies = buffers_for(model->num_inputs, model->inputs);
  const buffers_t outputs = buffers_for(model->num_outputs, model->outputs);
  const buffers_t again = buffers_for(model->num_outputs, model->outputs);
  FILE* in = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE* out = argc == 3 ? fopen(argv[2], "wb") : NULL;
  int more;
  if (in == NULL || out == NULL) {
    fail(BAD_FILE, "usage: driver INPUTS OUTPUTS");
  }
  while ((more = fgetc(in)) == 1) {
    read_inputs(in, &inputs, &copies);
    run_once(model, &inputs, &outputs, 0xA5);
    run_once(model, &inputs, &again, 0x3C);
    check_equal(&inputs, &copies, CHANGED_INPUT, "the model changed one of its inputs");
    check_equal(&outputs, &again, UNSTABLE, "an output depends on what memory held before the run");
    write_outputs(out, &outputs);
  }
  free_buffers(&inputs);
  free_buffers(&copies);
  free_buffers(&outputs);
  free_buffers(&again);
  return more == 0 && fclose(in) == 0 && fclose(out) == 0 ? 0 : BAD_FILE;
}
