/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "func_registry_internal.h"
#include "graph_node.h"
#include "tensor.h"

/* Checks that an attribute ends behind its inner list, which had a value for each entry. */
static tvm_crt_error_t end_attribute(tvm_json_reader_t* reader, bool* first, uint32_t values, uint32_t entries) {
  if (reader->error == kTvmErrorNoError && (values != entries || tvm_json_next_element(reader, first))) {
    tvm_json_fail(reader, kTvmErrorGraphCount);
  }
  return reader->error;
}

static tvm_crt_error_t fill_row_ptr(tvm_graph_source_t* source) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.node_row_ptr);
  uint64_t value = 0;
  uint32_t previous = 0;
  uint32_t i = 0;
  bool first;
  tvm_json_begin_array(&reader, &first);
  while (tvm_json_next_element(&reader, &first) && tvm_json_read_uint(&reader, source->count.entries, &value)) {
    if (value < previous || (i == 0 && value != 0)) {
      return kTvmErrorGraphCount;
    }
    previous = (uint32_t)value;
    source->row_ptr[i++] = previous;
  }
  if (reader.error == kTvmErrorNoError && previous != source->count.entries) {
    return kTvmErrorGraphCount;
  }
  return reader.error == kTvmErrorGraphOverflow ? kTvmErrorGraphCount : reader.error;
}

static tvm_crt_error_t fill_dtypes(tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.dltype);
  tvm_json_string_t text;
  uint32_t i = 0;
  bool first;
  bool first_inner;
  tvm_graph_begin_attribute(&reader, "list_str", &first, &first_inner);
  while (tvm_json_next_element(&reader, &first_inner) && tvm_json_read_string(&reader, &text)) {
    if (i == source->count.entries) {
      return kTvmErrorGraphCount;
    }
    if (!tvm_dtype_parse(source->json + text.offset, text.size, &executor->entries[i].dtype)) {
      return kTvmErrorGraphDtype;
    }
    i++;
  }
  return end_attribute(&reader, &first, i, source->count.entries);
}

static tvm_crt_error_t fill_shapes(tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.shape);
  int64_t* dims = executor->shapes;
  uint64_t value = 0;
  uint32_t i = 0;
  bool first;
  bool first_inner;
  bool first_dim;
  tvm_graph_begin_attribute(&reader, "list_shape", &first, &first_inner);
  while (tvm_json_next_element(&reader, &first_inner)) {
    DLTensor* entry = &executor->entries[i++];
    entry->shape = dims;
    entry->ndim = 0;
    tvm_json_begin_array(&reader, &first_dim);
    while (tvm_json_next_element(&reader, &first_dim) && tvm_json_read_uint(&reader, INT64_MAX, &value)) {
      *dims++ = (int64_t)value;
      entry->ndim++;
    }
  }
  return end_attribute(&reader, &first, i, source->count.entries);
}

static tvm_crt_error_t fill_storage_ids(tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.storage_id);
  uint64_t value = 0;
  uint32_t i = 0;
  bool first;
  bool first_inner;
  tvm_graph_begin_attribute(&reader, "list_int", &first, &first_inner);
  while (tvm_json_next_element(&reader, &first_inner) && tvm_json_read_uint(&reader, UINT32_MAX, &value)) {
    if (i == source->count.entries) {
      return kTvmErrorGraphCount;
    }
    executor->storage_ids[i++] = (uint32_t)value; /* less than count.storages: see tvm_graph_scan */
  }
  return end_attribute(&reader, &first, i, source->count.entries);
}

static tvm_crt_error_t set_device(const tvm_graph_source_t* source, DLTensor* entry, uint64_t device_type) {
  for (size_t i = 0; i < source->num_devices; i++) {
    if ((uint64_t)source->devices[i].device_type == device_type) {
      entry->device = source->devices[i];
      return kTvmErrorNoError;
    }
  }
  return kTvmErrorExecutorModuleBadContext;
}

static tvm_crt_error_t fill_devices(tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.device_index);
  uint64_t value = 0;
  uint32_t i = 0;
  bool first;
  bool first_inner;
  for (uint32_t entry = 0; entry < source->count.entries; entry++) {
    executor->entries[entry].device = source->devices[0];
  }
  if (source->at.device_index == 0) {
    return kTvmErrorNoError;
  }
  tvm_graph_begin_attribute(&reader, "list_int", &first, &first_inner);
  while (tvm_json_next_element(&reader, &first_inner) && tvm_json_read_uint(&reader, INT32_MAX, &value)) {
    if (i == source->count.entries) {
      return kTvmErrorGraphCount;
    }
    if (source->num_devices > 1) {
      tvm_crt_error_t error = set_device(source, &executor->entries[i], value);
      if (error != kTvmErrorNoError) {
        return error;
      }
    }
    i++;
  }
  return end_attribute(&reader, &first, i, source->count.entries);
}

/* A storage is as large as the largest tensor in it. */
static tvm_crt_error_t measure_storages(tvm_graph_source_t* source, const TVMGraphExecutor* executor) {
  if (source->count.storages > 0) {
    memset(source->storages, 0, source->count.storages * sizeof source->storages[0]);
  }
  for (uint32_t i = 0; i < source->count.entries; i++) {
    const DLTensor* entry = &executor->entries[i];
    TVMGraphExecutorStorage* storage = &source->storages[executor->storage_ids[i]];
    size_t bytes;
    if (!tvm_tensor_bytes(entry->dtype, entry->ndim, entry->shape, &bytes)) {
      return kTvmErrorGraphOverflow;
    }
    if (bytes > storage->size) {
      storage->size = bytes;
    }
  }
  return kTvmErrorNoError;
}

tvm_crt_error_t tvm_graph_fill_entries(tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  tvm_crt_error_t error = fill_row_ptr(source);
  if (error == kTvmErrorNoError) {
    error = fill_dtypes(source, executor);
  }
  if (error == kTvmErrorNoError) {
    error = fill_shapes(source, executor);
  }
  if (error == kTvmErrorNoError) {
    error = fill_storage_ids(source, executor);
  }
  if (error == kTvmErrorNoError) {
    error = fill_devices(source, executor);
  }
  return error == kTvmErrorNoError ? measure_storages(source, executor) : error;
}

/* The entry that [node, output] means, among the nodes before limit. */
static tvm_crt_error_t resolve(const tvm_graph_source_t* source, uint32_t limit, uint32_t node, uint32_t output,
                               uint32_t* entry) {
  if (node >= limit || output >= source->row_ptr[node + 1] - source->row_ptr[node]) {
    return kTvmErrorGraphReference;
  }
  *entry = source->row_ptr[node] + output;
  return kTvmErrorNoError;
}

/* Reads a list of references, each to a node before limit, into entries. */
static tvm_crt_error_t read_references(const tvm_graph_source_t* source, uint32_t position, uint32_t limit,
                                       uint32_t* entries) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, position);
  uint32_t node;
  uint32_t output;
  bool first;
  tvm_json_begin_array(&reader, &first);
  while (tvm_json_next_element(&reader, &first) && tvm_graph_read_reference(&reader, &node, &output)) {
    tvm_crt_error_t error = resolve(source, limit, node, output, entries++);
    if (error != kTvmErrorNoError) {
      return error;
    }
  }
  return reader.error;
}

static tvm_crt_error_t fill_arguments(const tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.arg_nodes);
  uint64_t node = 0;
  uint32_t i = 0;
  bool first;
  tvm_json_begin_array(&reader, &first);
  while (tvm_json_next_element(&reader, &first) && tvm_json_read_uint(&reader, UINT32_MAX - 1, &node)) {
    TVMGraphExecutorArgument* argument = &executor->arguments[i++];
    memset(argument, 0, sizeof *argument);
    argument->name = TVM_NO_INDEX; /* until its node is found */
    if (resolve(source, source->count.nodes, (uint32_t)node, 0, &argument->entry) != kTvmErrorNoError) {
      return kTvmErrorGraphReference;
    }
  }
  return reader.error;
}

/* Gives the argument that stands for a null node its name. arg_nodes are mostly in order: *hint is the next. */
static tvm_crt_error_t name_argument(const tvm_graph_source_t* source, TVMGraphExecutor* executor,
                                     const tvm_graph_node_t* node, uint32_t entry, uint32_t* hint) {
  for (uint32_t tried = 0; tried < executor->num_arguments; tried++) {
    uint32_t i = (*hint + tried) % executor->num_arguments;
    TVMGraphExecutorArgument* argument = &executor->arguments[i];
    if (argument->entry == entry && argument->name == TVM_NO_INDEX) {
      TVMGraphExecutorStorage* storage = &source->storages[executor->storage_ids[entry]];
      argument->name = node->name;
      argument->name_size = node->name_size;
      *hint = i + 1;
      if (storage->has_argument != 0) {
        return kTvmErrorGeneratedInvalidStorageId;
      }
      storage->has_argument = 1;
      return kTvmErrorNoError;
    }
  }
  return kTvmErrorGraphReference;
}

static bool is_function(const tvm_graph_source_t* source, const tvm_graph_node_t* node, const char* name) {
  tvm_json_string_t function = {node->function, node->function_size};
  return tvm_json_equal(source->json, function, name, strlen(name));
}

/* __nop and __copy have one input and one output of as many bytes; __copy keeps the dtype. */
static tvm_crt_error_t check_move(const TVMGraphExecutor* executor, const TVMGraphExecutorOperator* op, bool is_copy) {
  const DLTensor* from;
  const DLTensor* to;
  if (op->num_inputs != 1 || op->num_outputs != 1) {
    return kTvmErrorGraphOperator;
  }
  from = &executor->entries[executor->operator_inputs[op->first_input]];
  to = &executor->entries[op->first_output];
  if (tvm_graph_entry_bytes(from) != tvm_graph_entry_bytes(to) || (is_copy && !tvm_dtype_equal(from->dtype, to->dtype))) {
    return kTvmErrorGraphOperator;
  }
  return kTvmErrorNoError;
}

static tvm_crt_error_t find_function(const tvm_graph_source_t* source, const TVMGraphExecutor* executor,
                                     const tvm_graph_node_t* node, TVMGraphExecutorOperator* op) {
  tvm_name_piece_t name = {source->json + node->function, node->function_size};
  tvm_function_index_t index = 0;
  bool is_copy = is_function(source, node, "__copy");
  op->function = NULL;
  if (is_copy || is_function(source, node, "__nop")) {
    return check_move(executor, op, is_copy);
  }
  tvm_crt_error_t error = tvm_func_registry_find(source->module->registry, &name, 1, &index);
  if (error == kTvmErrorNoError) {
    op->function = source->module->registry->funcs[index];
  }
  return error == kTvmErrorNoError && op->function == NULL ? kTvmErrorFunctionNameNotFound : error;
}

static void mark_written(const tvm_graph_source_t* source, const TVMGraphExecutor* executor,
                         const TVMGraphExecutorOperator* op) {
  for (uint32_t i = 0; i < op->num_outputs; i++) {
    uint32_t storage = executor->storage_ids[op->first_output + i];
    bool is_view = op->function == NULL &&
                   executor->storage_ids[executor->operator_inputs[op->first_input]] == storage;
    if (!is_view) {
      source->storages[storage].is_written = 1;
    }
  }
}

tvm_crt_error_t tvm_graph_fill_nodes(tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  tvm_json_reader_t reader = tvm_json_reader(source->json, source->json_size, source->at.nodes);
  tvm_graph_node_t node;
  TVMGraphExecutorOperator* op = executor->operators;
  uint32_t first_input = 0;
  uint32_t hint = 0;
  bool first;
  tvm_crt_error_t error = fill_arguments(source, executor);
  if (error == kTvmErrorNoError) {
    error = read_references(source, source->at.heads, source->count.nodes, executor->outputs);
  }
  tvm_json_begin_array(&reader, &first);
  for (uint32_t i = 0; error == kTvmErrorNoError && tvm_json_next_element(&reader, &first) &&
                       tvm_graph_read_node(&reader, &node); i++) {
    if (source->row_ptr[i + 1] - source->row_ptr[i] != node.num_outputs) {
      return kTvmErrorGraphCount;
    }
    if (!node.is_operator) {
      error = name_argument(source, executor, &node, source->row_ptr[i], &hint);
      continue;
    }
    op->first_input = first_input;
    op->num_inputs = node.num_inputs;
    op->first_output = source->row_ptr[i];
    op->num_outputs = node.num_outputs;
    error = read_references(source, node.inputs_at, i, executor->operator_inputs + first_input);
    if (error == kTvmErrorNoError) {
      error = find_function(source, executor, &node, op);
    }
    if (error == kTvmErrorNoError) {
      mark_written(source, executor, op);
    }
    first_input += node.num_inputs;
    op++;
  }
  return error == kTvmErrorNoError ? reader.error : error;
}
