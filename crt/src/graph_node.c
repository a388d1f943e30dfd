/* SPDX-License-Identifier: Apache-2.0 */
#include "graph_node.h"

#include <string.h>

/* More outputs than any operator has: keeps sums of counts within 32 bits. */
#define MAX_NODE_OUTPUTS 65535

static bool is_text(const tvm_json_reader_t* reader, tvm_json_string_t string, const char* text) {
  return tvm_json_equal(reader->text, string, text, strlen(text));
}

bool tvm_graph_read_reference(tvm_json_reader_t* reader, uint32_t* node, uint32_t* output) {
  uint64_t values[3] = {0, 0, 0};
  uint32_t count = 0;
  bool first;
  tvm_json_begin_array(reader, &first);
  while (tvm_json_next_element(reader, &first)) {
    if (count == 3) {
      return tvm_json_fail(reader, kTvmErrorGraphCount);
    }
    tvm_json_read_uint(reader, UINT32_MAX - 1, &values[count]);
    count++;
  }
  if (count < 2) {
    return tvm_json_fail(reader, kTvmErrorGraphCount);
  }
  *node = (uint32_t)values[0];
  *output = (uint32_t)values[1];
  return reader->error == kTvmErrorNoError;
}

bool tvm_graph_begin_attribute(tvm_json_reader_t* reader, const char* tag, bool* first, bool* first_inner) {
  tvm_json_string_t found;
  tvm_json_begin_array(reader, first);
  if (!tvm_json_next_element(reader, first) || !tvm_json_read_string(reader, &found) ||
      !tvm_json_equal(reader->text, found, tag, strlen(tag)) || !tvm_json_next_element(reader, first)) {
    return tvm_json_fail(reader, kTvmErrorGraphType);
  }
  return tvm_json_begin_array(reader, first_inner);
}

/* What an operator node must say. */
enum { HAS_FUNCTION = 1, HAS_INPUTS = 2, HAS_OUTPUTS = 4, HAS_ALL_ATTRIBUTES = 7 };

static bool read_attributes(tvm_json_reader_t* reader, tvm_graph_node_t* node, uint32_t* num_inputs, int* seen) {
  tvm_json_string_t key;
  tvm_json_string_t function;
  uint64_t number;
  bool first;
  tvm_json_begin_object(reader, &first);
  while (tvm_json_next_member(reader, &first, &key)) {
    int bit = 0;
    if (is_text(reader, key, "func_name")) {
      bit = HAS_FUNCTION;
      if (tvm_json_read_string(reader, &function)) {
        node->function = function.offset;
        node->function_size = function.size;
      }
    } else if (is_text(reader, key, "num_inputs")) {
      bit = HAS_INPUTS;
      tvm_json_read_quoted_uint(reader, UINT32_MAX, &number);
      *num_inputs = (uint32_t)number;
    } else if (is_text(reader, key, "num_outputs")) {
      bit = HAS_OUTPUTS;
      tvm_json_read_quoted_uint(reader, MAX_NODE_OUTPUTS, &number);
      node->num_outputs = (uint32_t)number;
    } else if (is_text(reader, key, "flatten_data")) {
      if (tvm_json_read_quoted_uint(reader, UINT32_MAX, &number) && number != 0) {
        return tvm_json_fail(reader, kTvmErrorGraphUnsupported);
      }
    } else {
      tvm_json_skip(reader);
    }
    if ((*seen & bit) != 0) {
      return tvm_json_fail(reader, kTvmErrorGraphDuplicateKey);
    }
    *seen |= bit;
  }
  return reader->error == kTvmErrorNoError;
}

static bool count_inputs(tvm_json_reader_t* reader, tvm_graph_node_t* node) {
  uint32_t ignored;
  bool first;
  node->inputs_at = tvm_json_position(reader);
  tvm_json_begin_array(reader, &first);
  while (tvm_json_next_element(reader, &first)) {
    tvm_graph_read_reference(reader, &ignored, &ignored);
    node->num_inputs++;
  }
  return reader->error == kTvmErrorNoError;
}

static bool read_kind(tvm_json_reader_t* reader, tvm_graph_node_t* node) {
  tvm_json_string_t kind;
  if (!tvm_json_read_string(reader, &kind)) {
    return false;
  }
  node->is_operator = is_text(reader, kind, "tvm_op");
  return node->is_operator || is_text(reader, kind, "null") || tvm_json_fail(reader, kTvmErrorGraphUnsupported);
}

/* The rules that tie a node's members together. */
static bool check_node(tvm_json_reader_t* reader, tvm_graph_node_t* node, uint32_t num_inputs, int attributes) {
  if (!node->is_operator) {
    node->num_outputs = 1;
    return node->num_inputs == 0 || tvm_json_fail(reader, kTvmErrorGraphCount);
  }
  if (attributes != HAS_ALL_ATTRIBUTES) {
    return tvm_json_fail(reader, kTvmErrorGraphMissingKey);
  }
  return num_inputs == node->num_inputs || tvm_json_fail(reader, kTvmErrorGraphCount);
}

bool tvm_graph_read_node(tvm_json_reader_t* reader, tvm_graph_node_t* node) {
  enum { HAS_OP = 1, HAS_NAME = 2, HAS_INPUT_LIST = 4, HAS_ATTRS = 8 };
  const int required = HAS_OP | HAS_NAME | HAS_INPUT_LIST;
  tvm_json_string_t key;
  tvm_json_string_t name;
  uint32_t num_inputs = 0;
  int attributes = 0;
  int seen = 0;
  bool first;
  memset(node, 0, sizeof *node);
  tvm_json_begin_object(reader, &first);
  while (tvm_json_next_member(reader, &first, &key)) {
    int bit = 0;
    if (is_text(reader, key, "op")) {
      bit = HAS_OP;
      read_kind(reader, node);
    } else if (is_text(reader, key, "name")) {
      bit = HAS_NAME;
      if (tvm_json_read_string(reader, &name)) {
        node->name = name.offset;
        node->name_size = name.size;
      }
    } else if (is_text(reader, key, "inputs")) {
      bit = HAS_INPUT_LIST;
      count_inputs(reader, node);
    } else if (is_text(reader, key, "attrs")) {
      bit = HAS_ATTRS;
      read_attributes(reader, node, &num_inputs, &attributes);
    } else {
      tvm_json_skip(reader);
    }
    if ((seen & bit) != 0) {
      return tvm_json_fail(reader, kTvmErrorGraphDuplicateKey);
    }
    seen |= bit;
  }
  if ((seen & required) != required) {
    return tvm_json_fail(reader, kTvmErrorGraphMissingKey);
  }
  return reader->error == kTvmErrorNoError && check_node(reader, node, num_inputs, attributes);
}
