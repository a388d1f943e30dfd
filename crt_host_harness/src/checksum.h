/* SPDX-License-Identifier: Apache-2.0
 *
 * Checksums: of constants, which have to be what the exporter meant, and of tensors that must not change between runs.
 */
#ifndef TVM_HARNESS_CHECKSUM_H_
#define TVM_HARNESS_CHECKSUM_H_

#include "tvm_model_harness.h"

/* CRC-32 (that of zlib) of a number of bytes in elements of so many bits, each with its lowest byte first. */
uint32_t harness_checksum(const void* data, size_t nbytes, uint8_t bits);

/* The name of the first constant that differs from what was exported, or NULL. */
const char* harness_wrong_constant(const tvm_harness_model_t* model);

#endif /* TVM_HARNESS_CHECKSUM_H_ */
