/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory that a model works in, painted so that what was touched shows.
 */
#ifndef TVM_HARNESS_POOLS_H_
#define TVM_HARNESS_POOLS_H_

#include <stdbool.h>

#include "tvm_model_harness.h"

/* Fills the model's pools and their guards with paint. */
void harness_paint_pools(const tvm_harness_model_t* model);

/* Whether all guards are as they were painted. */
bool harness_guards_intact(const tvm_harness_model_t* model);

/* Bytes up to the last one that was touched, summed over the pools. */
size_t harness_pools_touched(const tvm_harness_model_t* model);

/* Bytes of all pools. */
size_t harness_pools_size(const tvm_harness_model_t* model);

#endif /* TVM_HARNESS_POOLS_H_ */
