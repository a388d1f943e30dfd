/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements of tensors as numbers.
 */
#ifndef TVM_HARNESS_ELEMENT_H_
#define TVM_HARNESS_ELEMENT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tvm_model_harness.h"

/* Whether the harness knows the tensor's dtype, and nbytes is what dtype and shape make. */
bool harness_tensor_is_valid(const tvm_harness_tensor_t* tensor);

/* Number of elements of a valid tensor. */
size_t harness_num_elements(const tvm_harness_tensor_t* tensor);

/* The bits of an element in memory. */
uint64_t harness_load_bits(const void* data, uint8_t bits);
void harness_store_bits(void* data, uint8_t bits, uint64_t value);

/* The element of an index (row-major) in data, which has the tensor's dtype. */
tvm_harness_element_t harness_element(const tvm_harness_tensor_t* tensor, const void* data, size_t index);

/* Writes the element as text. */
#define HARNESS_ELEMENT_TEXT 40
void harness_element_text(tvm_harness_element_t element, char text[HARNESS_ELEMENT_TEXT]);

/* Writes a number in decimal digits: not every printf can print 64 bits. */
#define HARNESS_NUMBER_TEXT 24
const char* harness_number_text(uint64_t value, char text[HARNESS_NUMBER_TEXT]);

/* "float32" and the like. */
void harness_dtype_text(const tvm_harness_tensor_t* tensor, char text[16]);

#endif /* TVM_HARNESS_ELEMENT_H_ */
