/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TVM_CRT_GRAPH_EXECUTOR_INTERNAL_H_
#define TVM_CRT_GRAPH_EXECUTOR_INTERNAL_H_

#include <stdbool.h>
#include <tvm/runtime/crt/graph_executor.h>

#define TVM_NO_INDEX UINT32_MAX

/* Where the graph's lists stand in the text; 0 for one that is missing. */
typedef struct {
  uint32_t nodes;
  uint32_t arg_nodes;
  uint32_t heads;
  uint32_t node_row_ptr;
  uint32_t attrs;
  uint32_t dltype;
  uint32_t storage_id;
  uint32_t shape;
  uint32_t device_index;
} tvm_graph_sections_t;

/* How long the tables get. */
typedef struct {
  uint32_t nodes;
  uint32_t arguments;
  uint32_t operators;
  uint32_t operator_inputs;
  uint32_t max_call_arguments;
  uint32_t entries;
  uint32_t dims;
  uint32_t outputs;
  uint32_t storages; /* largest storage id + 1 */
} tvm_graph_counts_t;

/* What is known while a graph is being loaded. The last two are working memory, taken from where the tensors will be. */
typedef struct {
  const char* json;
  uint32_t json_size;
  const TVMModule* module;
  const DLDevice* devices;
  size_t num_devices;
  tvm_graph_sections_t at;
  tvm_graph_counts_t count;
  uint32_t* row_ptr;
  TVMGraphExecutorStorage* storages;
} tvm_graph_source_t;

/* Finds the lists in the text and counts what they hold. Checks the whole text's syntax. */
tvm_crt_error_t tvm_graph_scan(tvm_graph_source_t* source);

/* Fills the executor's tables, which are large enough for source->count, and source->row_ptr and source->storages.
 * tvm_graph_fill_entries comes first. */
tvm_crt_error_t tvm_graph_fill_entries(tvm_graph_source_t* source, TVMGraphExecutor* executor);
tvm_crt_error_t tvm_graph_fill_nodes(tvm_graph_source_t* source, TVMGraphExecutor* executor);

/* A node's description; positions are in the text. */
typedef struct {
  bool is_operator;
  uint32_t name;
  uint32_t name_size;
  uint32_t function;
  uint32_t function_size;
  uint32_t num_inputs;
  uint32_t num_outputs;
  uint32_t inputs_at; /* the list of inputs */
} tvm_graph_node_t;

/* Index of the argument whose name is the given text, or TVM_NO_INDEX; *hint is where to begin. */
uint32_t tvm_graph_find_argument(const TVMGraphExecutor* executor, const char* name, size_t name_size, uint32_t* hint);

/* Rounds up to the alignment of all memory. False if it doesn't fit. */
bool tvm_graph_align_up(size_t* bytes);

/* Takes memory, aligned, from the arena or the platform. */
tvm_crt_error_t tvm_graph_allocate(TVMGraphExecutor* executor, size_t bytes, void** memory);

/* Makes sure that an argument has memory of its own. */
tvm_crt_error_t tvm_graph_own(TVMGraphExecutor* executor, TVMGraphExecutorArgument* argument);

/* Lets an argument, and all views of it, be at data. */
void tvm_graph_bind(TVMGraphExecutor* executor, TVMGraphExecutorArgument* argument, void* data);

/* Whether data may be used as this tensor without a copy. */
bool tvm_graph_is_aligned(const DLTensor* tensor, const void* data);

/* Bytes of an entry; they were checked to fit when the graph was loaded. */
size_t tvm_graph_entry_bytes(const DLTensor* entry);

#endif /* TVM_CRT_GRAPH_EXECUTOR_INTERNAL_H_ */
