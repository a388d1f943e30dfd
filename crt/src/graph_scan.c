/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "graph_node.h"

typedef struct {
  const char* key;
  uint32_t* position;
} section_t;

/* Notes the positions of the sections among an object's members; other members are skipped. */
static void find_sections(tvm_json_reader_t* reader, const section_t* sections, size_t num_sections) {
  tvm_json_string_t key;
  bool first;
  tvm_json_begin_object(reader, &first);
  while (tvm_json_next_member(reader, &first, &key)) {
    for (size_t i = 0; i < num_sections; i++) {
      if (tvm_json_equal(reader->text, key, sections[i].key, strlen(sections[i].key))) {
        if (*sections[i].position != 0) {
          tvm_json_fail(reader, kTvmErrorGraphDuplicateKey);
        }
        *sections[i].position = tvm_json_position(reader);
        break;
      }
    }
    tvm_json_skip(reader);
  }
}

static tvm_crt_error_t locate(tvm_graph_source_t* source) {
  tvm_graph_sections_t* at = &source->at;
  const section_t graph[] = {{"nodes", &at->nodes},
                             {"arg_nodes", &at->arg_nodes},
                             {"heads", &at->heads},
                             {"node_row_ptr", &at->node_row_ptr},
                             {"attrs", &at->attrs}};
  const section_t attrs[] = {{"dltype", &at->dltype},
                             {"storage_id", &at->storage_id},
                             {"shape", &at->shape},
                             {"device_index", &at->device_index}};
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, 0);
  memset(at, 0, sizeof *at);
  find_sections(&reader, graph, sizeof graph / sizeof graph[0]);
  if (!tvm_json_at_end(&reader)) {
    tvm_json_fail(&reader, kTvmErrorGraphSyntax);
  }
  if (reader.error != kTvmErrorNoError) {
    return reader.error;
  }
  for (size_t i = 0; i < sizeof graph / sizeof graph[0]; i++) {
    if (*graph[i].position == 0) {
      return kTvmErrorGraphMissingKey;
    }
  }
  reader = tvm_json_reader(source->json, source->json_size, at->attrs);
  find_sections(&reader, attrs, sizeof attrs / sizeof attrs[0]);
  if (reader.error == kTvmErrorNoError && (at->dltype == 0 || at->storage_id == 0 || at->shape == 0)) {
    return kTvmErrorGraphMissingKey;
  }
  return reader.error;
}

static bool count_nodes(tvm_json_reader_t* reader, tvm_graph_counts_t* count) {
  tvm_graph_node_t node;
  bool first;
  tvm_json_begin_array(reader, &first);
  while (tvm_json_next_element(reader, &first) && tvm_graph_read_node(reader, &node)) {
    count->nodes++;
    if (node.is_operator) {
      uint32_t arguments = node.num_inputs + node.num_outputs;
      count->operators++;
      count->operator_inputs += node.num_inputs;
      if (arguments > count->max_call_arguments) {
        count->max_call_arguments = arguments;
      }
    } else {
      count->arguments++;
    }
  }
  return reader->error == kTvmErrorNoError;
}

static tvm_crt_error_t count_elements(const tvm_graph_source_t* source, uint32_t position, uint32_t* elements) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, position);
  bool first;
  *elements = 0;
  tvm_json_begin_array(&reader, &first);
  while (tvm_json_next_element(&reader, &first)) {
    tvm_json_skip(&reader);
    (*elements)++;
  }
  return reader.error;
}

static tvm_crt_error_t count_shapes(tvm_graph_source_t* source) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.shape);
  bool first;
  bool first_shape;
  bool first_dim;
  tvm_graph_begin_attribute(&reader, "list_shape", &first, &first_shape);
  while (tvm_json_next_element(&reader, &first_shape)) {
    source->count.entries++;
    tvm_json_begin_array(&reader, &first_dim);
    while (tvm_json_next_element(&reader, &first_dim)) {
      tvm_json_skip(&reader);
      source->count.dims++;
    }
  }
  return reader.error;
}

/* Ids are dense: more of them than entries would waste memory, or ask for more than there is. */
static tvm_crt_error_t count_storages(tvm_graph_source_t* source) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.storage_id);
  uint64_t id = 0;
  bool first;
  bool first_id;
  tvm_graph_begin_attribute(&reader, "list_int", &first, &first_id);
  while (tvm_json_next_element(&reader, &first_id)) {
    if (!tvm_json_read_uint(&reader, UINT32_MAX, &id) || id >= source->count.entries) {
      return reader.error == kTvmErrorGraphSyntax ? kTvmErrorGraphSyntax : kTvmErrorGeneratedInvalidStorageId;
    }
    if (id >= source->count.storages) {
      source->count.storages = (uint32_t)id + 1;
    }
  }
  return reader.error;
}

tvm_crt_error_t tvm_graph_scan(tvm_graph_source_t* source) {
  uint32_t row_pointers = 0;
  uint32_t arg_nodes = 0;
  tvm_crt_error_t error = locate(source);
  memset(&source->count, 0, sizeof source->count);
  if (error == kTvmErrorNoError) {
    tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.nodes);
    count_nodes(&reader, &source->count);
    error = reader.error;
  }
  if (error == kTvmErrorNoError) {
    error = count_elements(source, source->at.heads, &source->count.outputs);
  }
  if (error == kTvmErrorNoError) {
    error = count_elements(source, source->at.arg_nodes, &arg_nodes);
  }
  if (error == kTvmErrorNoError) {
    error = count_elements(source, source->at.node_row_ptr, &row_pointers);
  }
  if (error == kTvmErrorNoError) {
    error = count_shapes(source);
  }
  if (error == kTvmErrorNoError) {
    error = count_storages(source);
  }
  if (error == kTvmErrorNoError &&
      (row_pointers != source->count.nodes + 1 || arg_nodes != source->count.arguments)) {
    error = kTvmErrorGraphCount;
  }
  return error;
}
