/* SPDX-License-Identifier: Apache-2.0
 *
 * a * 1 + b * c with the graph executor, as firmware does it: one static arena, no heap, every status checked.
 */
#include <stdint.h>
#include <stdio.h>
#include <tvm/runtime/crt/graph_executor.h>

#include "tvmgen_add.h"

static uint8_t arena[TVMGEN_ADD_ARENA_SIZE];

static DLTensor tensor(void* data, int64_t* shape, uint8_t code, uint8_t bits) {
  const DLTensor result = {
      .data = data,
      .device = {kDLCPU, 0},
      .ndim = 2,
      .dtype = {code, bits, 1},
      .shape = shape,
  };
  return result;
}

static int run(const uint8_t a[2], const float b[2], const float c[2], float sum[2]) {
  int64_t shape[2] = {1, 2};
  uint8_t a_data[2] = {a[0], a[1]};
  float b_data[2] = {b[0], b[1]};
  float c_data[2] = {c[0], c[1]};
  DLTensor a_tensor = tensor(a_data, shape, kDLUInt, 8);
  DLTensor b_tensor = tensor(b_data, shape, kDLFloat, 32);
  DLTensor c_tensor = tensor(c_data, shape, kDLFloat, 32);
  DLTensor sum_tensor = tensor(sum, shape, kDLFloat, 32);

  TVMGraphExecutor* executor = NULL;
  int status = tvmgen_add_create(arena, sizeof arena, &executor);
  if (status == 0) status = TVMGraphExecutor_SetInput(executor, "a", &a_tensor);
  if (status == 0) status = TVMGraphExecutor_SetInput(executor, "b", &b_tensor);
  if (status == 0) status = TVMGraphExecutor_SetInput(executor, "c", &c_tensor);
  if (status == 0) status = TVMGraphExecutor_Run(executor);
  if (status == 0) status = TVMGraphExecutor_GetOutput(executor, 0, &sum_tensor);
  return status;
}

int main(void) {
  const uint8_t a[2] = {3, 200};
  const float b[2] = {1.5f, -2.0f};
  const float c[2] = {2.0f, 4.0f};
  float sum[2] = {0};
  const int status = run(a, b, c, sum);
  if (status != 0) {
    printf("the executor failed with %d\n", status);
    return 1;
  }
  printf("a + b * c = {%g, %g}, in an arena of %zu bytes\n", (double)sum[0], (double)sum[1], sizeof arena);
  return sum[0] == 6.0f && sum[1] == 192.0f ? 0 : 1;
}
