/* SPDX-License-Identifier: Apache-2.0
 *
 * Models that go wrong on a board, each in a way that must not pass: OVERFLOW needs more stack than there is, JUMP runs
 * where no code is.
 */
#include "tvm_model_harness.h"

#if defined(OVERFLOW)
static uint32_t take_a_kilobyte(uint32_t times) {
  volatile uint8_t frame[1024];
  for (size_t i = 0; i < sizeof frame; i++) {
    frame[i] = (uint8_t)times;
  }
  return times == 0 ? frame[0] : take_a_kilobyte(times - 1) + frame[times % sizeof frame];
}

static int32_t go_wrong(void) { return take_a_kilobyte(40) == 1 ? 1 : 0; }
#elif defined(JUMP)
static int32_t go_wrong(void) {
  int32_t (*const nowhere)(void) = (int32_t (*)(void))(uintptr_t)0xFFFFFF00u;
  return nowhere();
}
#endif

static int32_t open_model(void) { return 0; }

static int32_t run_model(const void* const* inputs, void* const* outputs) {
  (void)inputs;
  (void)outputs;
  return go_wrong();
}

static const tvm_harness_model_t model = {
    .name = "defect", .executor = "aot", .num_recorded = 1, .open = open_model, .run = run_model};
const tvm_harness_model_t* const tvm_harness_models[] = {&model};
const size_t tvm_harness_num_models = 1;
