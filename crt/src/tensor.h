/* SPDX-License-Identifier: Apache-2.0
 *
 * Dtypes, and sizes of tensors.
 */
#ifndef TVM_CRT_TENSOR_H_
#define TVM_CRT_TENSOR_H_

#include <dlpack/dlpack.h>
#include <stdbool.h>
#include <stddef.h>

/* The dtype that a text names ("int8", "float32x4", "bool", ...). False if none. */
bool tvm_dtype_parse(const char* text, size_t size, DLDataType* dtype);

/* Whether two dtypes are the same in memory: {kDLUInt, 1} and {kDLBool, 8} are both bool. */
bool tvm_dtype_equal(DLDataType a, DLDataType b);

/* Bytes that one lane takes; 1 for lanes of less than a byte. */
size_t tvm_dtype_lane_bytes(DLDataType dtype);

/* Bytes of a compact tensor; 4-bit elements are packed, a bool takes a byte. False if they don't fit into size_t, or a
 * dimension is negative. */
bool tvm_tensor_bytes(DLDataType dtype, int32_t ndim, const int64_t* shape, size_t* bytes);

/* Whether a tensor of the caller has the dtype and shape of another and is compact. */
bool tvm_tensor_matches(const DLTensor* given, const DLTensor* wanted);

/* Begin of a tensor's elements. */
void* tvm_tensor_data(const DLTensor* tensor);

/* Copies elements between the little-endian order of a file and the target's. bytes is a multiple of lane_bytes. */
void tvm_copy_little_endian(void* to, const void* from, size_t bytes, size_t lane_bytes);

/* Copies, turning the bytes of each lane around. */
void tvm_copy_reversed(void* to, const void* from, size_t bytes, size_t lane_bytes);

/* Whether the target is little-endian. */
bool tvm_is_little_endian(void);

#endif /* TVM_CRT_TENSOR_H_ */
