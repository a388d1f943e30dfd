/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads JSON where it stands: nothing is copied, nothing is allocated, and the stack stays small however deep the text
 * is nested. The first error is kept; every call after it returns false.
 */
#ifndef TVM_CRT_JSON_READER_H_
#define TVM_CRT_JSON_READER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tvm/runtime/crt/error_codes.h>

#define TVM_JSON_MAX_DEPTH 32

typedef struct {
  const char* text;
  uint32_t size;
  uint32_t position;
  tvm_crt_error_t error;
} tvm_json_reader_t;

/* The inside of a string in the text, escapes as written. */
typedef struct {
  uint32_t offset;
  uint32_t size;
} tvm_json_string_t;

/* A reader that begins at a position, such as one that another reader had. */
tvm_json_reader_t tvm_json_reader(const char* text, uint32_t size, uint32_t position);

/* Keeps an error unless there is one already. Always false. */
bool tvm_json_fail(tvm_json_reader_t* reader, tvm_crt_error_t error);

/* Position of the next value, past white space. */
uint32_t tvm_json_position(tvm_json_reader_t* reader);

/* Goes into an array (object); then tvm_json_next_element (member) is true before each element (value), which must then
 * be read, and false behind the last. *first is true at the beginning and kept by these. */
bool tvm_json_begin_array(tvm_json_reader_t* reader, bool* first);
bool tvm_json_next_element(tvm_json_reader_t* reader, bool* first);
bool tvm_json_begin_object(tvm_json_reader_t* reader, bool* first);
bool tvm_json_next_member(tvm_json_reader_t* reader, bool* first, tvm_json_string_t* key);

bool tvm_json_read_string(tvm_json_reader_t* reader, tvm_json_string_t* string);

/* A whole number from 0 to max. kTvmErrorGraphType for other values, kTvmErrorGraphOverflow beyond max. */
bool tvm_json_read_uint(tvm_json_reader_t* reader, uint64_t max, uint64_t* value);

/* A string that holds such a number. */
bool tvm_json_read_quoted_uint(tvm_json_reader_t* reader, uint64_t max, uint64_t* value);

/* Passes over any value, checking its syntax. */
bool tvm_json_skip(tvm_json_reader_t* reader);

/* True if only white space (or NUL) is left. */
bool tvm_json_at_end(tvm_json_reader_t* reader);

/* Whether a string, its escapes resolved, is the given UTF-8 text. */
bool tvm_json_equal(const char* text, tvm_json_string_t string, const char* other, size_t other_size);

#endif /* TVM_CRT_JSON_READER_H_ */
