/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TVM_CRT_GRAPH_NODE_H_
#define TVM_CRT_GRAPH_NODE_H_

#include "graph_executor_internal.h"
#include "json_reader.h"

/* Reads one node. Its inputs are counted, and read later with a reader that begins at node->inputs_at. */
bool tvm_graph_read_node(tvm_json_reader_t* reader, tvm_graph_node_t* node);

/* Reads [node, output, version]; the version may be missing. */
bool tvm_graph_read_reference(tvm_json_reader_t* reader, uint32_t* node, uint32_t* output);

/* Goes into the inner list of a graph attribute such as ["list_int", [...]], which has the given tag. */
bool tvm_graph_begin_attribute(tvm_json_reader_t* reader, const char* tag, bool* first, bool* first_inner);

#endif /* TVM_CRT_GRAPH_NODE_H_ */
