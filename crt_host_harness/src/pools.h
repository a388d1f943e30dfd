/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory that a model works in and the buffers of its inputs and outputs, painted so that what was touched shows.
 * AddressSanitizer, where it is on, also stops at the first access to a guard.
 */
#ifndef TVM_HARNESS_POOLS_H_
#define TVM_HARNESS_POOLS_H_

#include <stdbool.h>

#include "tvm_model_harness.h"

/* Fills the model's pools with paint, and the guards of pools and buffers. */
void harness_paint_pools(const tvm_harness_model_t* model);

/* Fills the outputs with paint, of another colour in every second run: what a model does not write shows as an output that
 * is wrong or that differs from one run to the next. */
void harness_paint_outputs(const tvm_harness_model_t* model, size_t run);

/* Whether all guards are as they were painted. */
bool harness_guards_intact(const tvm_harness_model_t* model);

/* Bytes up to the last one that was touched, summed over the pools. */
size_t harness_pools_touched(const tvm_harness_model_t* model);

/* Bytes of all pools. */
size_t harness_pools_size(const tvm_harness_model_t* model);

#endif /* TVM_HARNESS_POOLS_H_ */
