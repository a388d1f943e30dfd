/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <string.h>

guarded_arena_t fixture_arena __attribute__((aligned(64)));

void fixture_paint(void) { memset(&fixture_arena, GUARD, sizeof fixture_arena); }

long fixture_touched(size_t limit) {
  size_t touched = 0;
  for (size_t i = 0; i < GUARD_BYTES; i++) {
    if (fixture_arena.before[i] != GUARD || fixture_arena.behind[i] != GUARD) {
      return -1;
    }
  }
  for (size_t i = 0; i < sizeof fixture_arena.memory; i++) {
    if (fixture_arena.memory[i] != GUARD) {
      touched = i + 1;
    }
  }
  return touched > limit ? -1 : (long)touched;
}

static size_t bytes_of(const DLTensor* tensor) {
  size_t bytes = tensor->dtype.bits <= 8 ? 1 : tensor->dtype.bits / 8U;
  for (int32_t i = 0; i < tensor->ndim; i++) {
    bytes *= (size_t)tensor->shape[i];
  }
  return bytes * tensor->dtype.lanes;
}

static DLTensor* tensor_of(const TVMValue* args, const int* type_codes, int i) {
  return type_codes[i] == (int)kTVMDLTensorHandle ? args[i].v_handle : NULL;
}

static int sum(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)ret;
  (void)ret_code;
  (void)resource;
  const DLTensor* out = tensor_of(args, type_codes, num_args - 1);
  for (size_t i = 0; i < bytes_of(out) / sizeof(float); i++) {
    float total = 0.0f;
    for (int input = 0; input < num_args - 1; input++) {
      total += ((const float*)tensor_of(args, type_codes, input)->data)[i];
    }
    ((float*)out->data)[i] = total;
  }
  return 0;
}

static int halves(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)ret;
  (void)ret_code;
  (void)resource;
  if (num_args != 3) {
    return 1;
  }
  const DLTensor* in = tensor_of(args, type_codes, 0);
  for (size_t i = 0; i < bytes_of(in) / sizeof(float); i++) {
    float x = ((const float*)in->data)[i];
    ((float*)tensor_of(args, type_codes, 1)->data)[i] = x / 2.0f;
    ((float*)tensor_of(args, type_codes, 2)->data)[i] = x / 4.0f;
  }
  return 0;
}

static int refuse(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  (void)args;
  (void)type_codes;
  (void)num_args;
  (void)ret;
  (void)ret_code;
  (void)resource;
  return 1234;
}

static int touch(TVMValue* args, int* type_codes, int num_args, TVMValue* ret, int* ret_code, void* resource) {
  volatile uint8_t seen = 0;
  (void)ret;
  (void)ret_code;
  (void)resource;
  for (int i = 0; i < num_args; i++) {
    const DLTensor* tensor = tensor_of(args, type_codes, i);
    for (size_t byte = 0; byte < bytes_of(tensor); byte++) {
      seen = (uint8_t)(seen + ((const uint8_t*)tensor->data)[byte]);
    }
  }
  if (num_args > 0) {
    const DLTensor* out = tensor_of(args, type_codes, num_args - 1);
    if (bytes_of(out) > 0) {
      memset(out->data, seen, bytes_of(out));
    }
  }
  return 0;
}

static const TVMBackendPackedCFunc functions[] = {sum, halves, refuse, touch};
static const TVMFuncRegistry registry = {"\004\000sum\000halves\000refuse\000touch\000", functions};
const TVMModule fixture_module = {&registry};

int fixture_create(const char* json, TVMGraphExecutor** executor) {
  fixture_paint();
  return TVMGraphExecutor_CreateInArena(json, strlen(json), &fixture_module, fixture_arena.memory,
                                        sizeof fixture_arena.memory, executor);
}

DLTensor fixture_tensor(float* data, int32_t ndim, int64_t* shape) {
  DLTensor tensor;
  memset(&tensor, 0, sizeof tensor);
  tensor.data = data;
  tensor.device.device_type = kDLCPU;
  tensor.ndim = ndim;
  tensor.shape = shape;
  tensor.dtype.code = kDLFloat;
  tensor.dtype.bits = 32;
  tensor.dtype.lanes = 1;
  return tensor;
}

int fixture_set2(TVMGraphExecutor* executor, const char* name, float x, float y) {
  float data[2];
  int64_t shape[1] = {2};
  data[0] = x;
  data[1] = y;
  DLTensor tensor = fixture_tensor(data, 1, shape);
  return TVMGraphExecutor_SetInput(executor, name, &tensor);
}

static void put(blob_t* blob, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) {
    blob->bytes[blob->size++] = (uint8_t)(value >> (8 * i));
  }
}

static void put_bytes(blob_t* blob, const void* data, size_t bytes) {
  if (bytes > 0) {
    memcpy(blob->bytes + blob->size, data, bytes);
  }
  blob->size += bytes;
}

static void build(blob_t* blob, const parameter_t* parameters, size_t count, size_t* first_data) {
  blob->size = 0;
  put(blob, UINT64_C(0xF7E58D4F05049CB7), 8);
  put(blob, 0, 8);
  put(blob, count, 8);
  for (size_t i = 0; i < count; i++) {
    put(blob, strlen(parameters[i].name), 8);
    put_bytes(blob, parameters[i].name, strlen(parameters[i].name));
  }
  put(blob, count, 8);
  for (size_t i = 0; i < count; i++) {
    const parameter_t* p = &parameters[i];
    put(blob, UINT64_C(0xDD5E40F096B4A13F), 8);
    put(blob, 0, 8);
    put(blob, kDLCPU, 4);
    put(blob, 0, 4);
    put(blob, (uint64_t)p->ndim, 4);
    put(blob, p->dtype.code, 1);
    put(blob, p->dtype.bits, 1);
    put(blob, p->dtype.lanes, 2);
    for (int32_t d = 0; d < p->ndim; d++) {
      put(blob, (uint64_t)p->shape[d], 8);
    }
    put(blob, p->nbytes, 8);
    if (i == 0) {
      *first_data = blob->size;
    }
    put_bytes(blob, p->data, p->nbytes);
  }
}

void fixture_blob(blob_t* blob, const parameter_t* parameters, size_t count, size_t offset) {
  size_t first_data = 0;
  blob->bytes = blob->storage;
  build(blob, parameters, count, &first_data);
  uintptr_t misplaced = (uintptr_t)(blob->bytes + first_data) % 16;
  blob->bytes += (16 + offset - misplaced) % 16;
  build(blob, parameters, count, &first_data);
}
