/* SPDX-License-Identifier: Apache-2.0 */
#include "json_reader.h"

#include <string.h>

tvm_json_reader_t tvm_json_reader(const char* text, uint32_t size, uint32_t position) {
  tvm_json_reader_t reader = {text, size, position, kTvmErrorNoError};
  return reader;
}

bool tvm_json_fail(tvm_json_reader_t* reader, tvm_crt_error_t error) {
  if (reader->error == kTvmErrorNoError) {
    reader->error = error;
  }
  return false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The next character past white space, or NUL at the end of the text or after an error. */
static char peek(tvm_json_reader_t* reader) {
  if (reader->error != kTvmErrorNoError) {
    return '\0';
  }
  while (reader->position < reader->size) {
    char c = reader->text[reader->position];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
      return c;
    }
    reader->position++;
  }
  return '\0';
}

/* The next character, white space included. */
static char here(const tvm_json_reader_t* reader) {
  return reader->position < reader->size ? reader->text[reader->position] : '\0';
}

static bool is_value_start(char c) {
  return c == '"' || c == '[' || c == '{' || c == '-' || c == 't' || c == 'f' || c == 'n' || is_digit(c);
}

/* Fails because another kind of value was due: a well-formed text of the wrong shape is told from a broken one. */
static bool fail_unexpected(tvm_json_reader_t* reader, char found) {
  return tvm_json_fail(reader, is_value_start(found) ? kTvmErrorGraphType : kTvmErrorGraphSyntax);
}

static bool expect(tvm_json_reader_t* reader, char c) {
  if (peek(reader) != c) {
    return tvm_json_fail(reader, kTvmErrorGraphSyntax);
  }
  reader->position++;
  return true;
}

uint32_t tvm_json_position(tvm_json_reader_t* reader) {
  (void)peek(reader);
  return reader->position;
}

bool tvm_json_at_end(tvm_json_reader_t* reader) {
  if (peek(reader) == '\0' && reader->error == kTvmErrorNoError) {
    while (reader->position < reader->size && reader->text[reader->position] == '\0') {
      reader->position++;
    }
  }
  return reader->error == kTvmErrorNoError && reader->position == reader->size;
}

static bool begin(tvm_json_reader_t* reader, char open, bool* first) {
  char c = peek(reader);
  *first = true;
  if (c != open) {
    return fail_unexpected(reader, c);
  }
  reader->position++;
  return true;
}

/* Whether another element follows in a list that ends with close. */
static bool next(tvm_json_reader_t* reader, char close, bool* first) {
  char c = peek(reader);
  if (reader->error != kTvmErrorNoError) {
    return false;
  }
  if (c == close) {
    reader->position++;
    return false;
  }
  if (!*first && !expect(reader, ',')) {
    return false;
  }
  *first = false;
  return true;
}

bool tvm_json_begin_array(tvm_json_reader_t* reader, bool* first) { return begin(reader, '[', first); }

bool tvm_json_next_element(tvm_json_reader_t* reader, bool* first) { return next(reader, ']', first); }

bool tvm_json_begin_object(tvm_json_reader_t* reader, bool* first) { return begin(reader, '{', first); }

static int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Passes over what follows a backslash. */
static bool skip_escape(tvm_json_reader_t* reader) {
  char c = here(reader);
  reader->position++;
  if (c == 'u') {
    for (int i = 0; i < 4; i++) {
      if (hex_value(here(reader)) < 0) {
        return tvm_json_fail(reader, kTvmErrorGraphSyntax);
      }
      reader->position++;
    }
    return true;
  }
  if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
    return tvm_json_fail(reader, kTvmErrorGraphSyntax);
  }
  return true;
}

bool tvm_json_read_string(tvm_json_reader_t* reader, tvm_json_string_t* string) {
  char c = peek(reader);
  if (c != '"') {
    return fail_unexpected(reader, c);
  }
  reader->position++;
  string->offset = reader->position;
  while (reader->position < reader->size) {
    c = reader->text[reader->position];
    if (c == '"') {
      string->size = reader->position - string->offset;
      reader->position++;
      return true;
    }
    if ((unsigned char)c < 0x20) {
      break;
    }
    reader->position++;
    if (c == '\\' && !skip_escape(reader)) {
      return false;
    }
  }
  return tvm_json_fail(reader, kTvmErrorGraphSyntax);
}

/* Reads the name of a member and the colon. */
static bool read_key(tvm_json_reader_t* reader, tvm_json_string_t* key) {
  if (peek(reader) != '"') {
    return tvm_json_fail(reader, kTvmErrorGraphSyntax);
  }
  return tvm_json_read_string(reader, key) && expect(reader, ':');
}

bool tvm_json_next_member(tvm_json_reader_t* reader, bool* first, tvm_json_string_t* key) {
  return next(reader, '}', first) && read_key(reader, key);
}

/* Adds a digit to a number. False beyond max. */
static bool add_digit(uint64_t* value, char digit, uint64_t max) {
  uint64_t d = (uint64_t)(digit - '0');
  if (d > max || *value > (max - d) / 10) {
    return false;
  }
  *value = *value * 10 + d;
  return true;
}

bool tvm_json_read_uint(tvm_json_reader_t* reader, uint64_t max, uint64_t* value) {
  char c = peek(reader);
  *value = 0;
  if (!is_digit(c)) {
    return fail_unexpected(reader, c);
  }
  do {
    if (!add_digit(value, here(reader), max)) {
      return tvm_json_fail(reader, kTvmErrorGraphOverflow);
    }
    reader->position++;
  } while (c != '0' && is_digit(here(reader)));
  if (is_digit(here(reader))) {
    return tvm_json_fail(reader, kTvmErrorGraphSyntax); /* 0 before other digits */
  }
  if (here(reader) == '.' || here(reader) == 'e' || here(reader) == 'E') {
    return tvm_json_fail(reader, kTvmErrorGraphType);
  }
  return true;
}

bool tvm_json_read_quoted_uint(tvm_json_reader_t* reader, uint64_t max, uint64_t* value) {
  tvm_json_string_t string;
  *value = 0;
  if (!tvm_json_read_string(reader, &string)) {
    return false;
  }
  if (string.size == 0) {
    return tvm_json_fail(reader, kTvmErrorGraphType);
  }
  for (uint32_t i = 0; i < string.size; i++) {
    char c = reader->text[string.offset + i];
    if (!is_digit(c)) {
      return tvm_json_fail(reader, kTvmErrorGraphType);
    }
    if (!add_digit(value, c, max)) {
      return tvm_json_fail(reader, kTvmErrorGraphOverflow);
    }
  }
  return true;
}

static bool skip_digits(tvm_json_reader_t* reader) {
  if (!is_digit(here(reader))) {
    return tvm_json_fail(reader, kTvmErrorGraphSyntax);
  }
  while (is_digit(here(reader))) {
    reader->position++;
  }
  return true;
}

static bool skip_number(tvm_json_reader_t* reader) {
  if (here(reader) == '-') {
    reader->position++;
  }
  if (here(reader) == '0') {
    reader->position++;
  } else if (!skip_digits(reader)) {
    return false;
  }
  if (here(reader) == '.') {
    reader->position++;
    if (!skip_digits(reader)) {
      return false;
    }
  }
  if (here(reader) == 'e' || here(reader) == 'E') {
    reader->position++;
    if (here(reader) == '+' || here(reader) == '-') {
      reader->position++;
    }
    return skip_digits(reader);
  }
  return true;
}

static bool skip_literal(tvm_json_reader_t* reader, const char* literal) {
  size_t size = strlen(literal);
  if (reader->size - reader->position < size || memcmp(reader->text + reader->position, literal, size) != 0) {
    return tvm_json_fail(reader, kTvmErrorGraphSyntax);
  }
  reader->position += (uint32_t)size;
  return true;
}

static bool skip_scalar(tvm_json_reader_t* reader) {
  tvm_json_string_t ignored;
  switch (peek(reader)) {
    case '"':
      return tvm_json_read_string(reader, &ignored);
    case 't':
      return skip_literal(reader, "true");
    case 'f':
      return skip_literal(reader, "false");
    case 'n':
      return skip_literal(reader, "null");
    default:
      return skip_number(reader);
  }
}

bool tvm_json_skip(tvm_json_reader_t* reader) {
  uint32_t depth = 0;
  uint32_t is_object = 0; /* a bit per open list, the innermost lowest */
  tvm_json_string_t key;
  do {
    char c = peek(reader);
    bool opened = c == '[' || c == '{';
    if (opened) {
      if (depth == TVM_JSON_MAX_DEPTH) {
        return tvm_json_fail(reader, kTvmErrorGraphTooDeep);
      }
      reader->position++;
      depth++;
      is_object = is_object << 1 | (c == '{' ? 1U : 0U);
    } else if (!skip_scalar(reader)) {
      return false;
    }
    /* Close what ends here, and go on to the next value of the list that doesn't. */
    bool first = opened;
    while (depth > 0 && !next(reader, (is_object & 1U) != 0 ? '}' : ']', &first)) {
      if (reader->error != kTvmErrorNoError) {
        return false;
      }
      first = false;
      depth--;
      is_object >>= 1;
    }
    if (depth > 0 && (is_object & 1U) != 0 && !read_key(reader, &key)) {
      return false;
    }
  } while (depth > 0);
  return true;
}

/* Four hexadecimal digits that skip_escape has checked. */
static uint32_t hex4(const char* text) {
  uint32_t value = 0;
  for (int i = 0; i < 4; i++) {
    value = value << 4 | (uint32_t)hex_value(text[i]);
  }
  return value;
}

static size_t encode_utf8(uint32_t code, char bytes[4]) {
  if (code < 0x80) {
    bytes[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    bytes[0] = (char)(0xc0 | code >> 6);
    bytes[1] = (char)(0x80 | (code & 0x3f));
    return 2;
  }
  if (code < 0x10000) {
    bytes[0] = (char)(0xe0 | code >> 12);
    bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
    bytes[2] = (char)(0x80 | (code & 0x3f));
    return 3;
  }
  bytes[0] = (char)(0xf0 | code >> 18);
  bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
  bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
  bytes[3] = (char)(0x80 | (code & 0x3f));
  return 4;
}

/* Resolves the escape at *at (behind the backslash) and moves *at behind it. */
static size_t decode_escape(const char** at, const char* end, char bytes[4]) {
  static const char letters[] = "bfnrt";
  static const char meanings[] = "\b\f\n\r\t";
  char c = *(*at)++;
  if (c != 'u') {
    const char* letter = strchr(letters, c);
    bytes[0] = letter != NULL ? meanings[letter - letters] : c;
    return 1;
  }
  uint32_t code = hex4(*at);
  *at += 4;
  if ((code & 0xfc00) == 0xd800 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
    uint32_t low = hex4(*at + 2);
    if ((low & 0xfc00) == 0xdc00) {
      code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
      *at += 6;
    }
  }
  return encode_utf8(code, bytes);
}

bool tvm_json_equal(const char* text, tvm_json_string_t string, const char* other, size_t other_size) {
  const char* at = text + string.offset;
  const char* end = at + string.size;
  while (at < end) {
    char bytes[4] = {*at++};
    size_t count = 1;
    if (bytes[0] == '\\') {
      count = decode_escape(&at, end, bytes);
    }
    if (count > other_size || memcmp(bytes, other, count) != 0) {
      return false;
    }
    other += count;
    other_size -= count;
  }
  return other_size == 0;
}
