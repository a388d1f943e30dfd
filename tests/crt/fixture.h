/* SPDX-License-Identifier: Apache-2.0
 *
 * A module of small operators, graphs that use it, and parameter blobs.
 */
#ifndef TVM_TESTS_CRT_FIXTURE_H_
#define TVM_TESTS_CRT_FIXTURE_H_

#include <stddef.h>
#include <stdint.h>
#include <tvm/runtime/crt/graph_executor.h>

#define GUARD_BYTES 64
#define GUARD 0x5c

/* An arena between guards. */
typedef struct {
  uint8_t before[GUARD_BYTES];
  uint8_t memory[16 * 1024];
  uint8_t behind[GUARD_BYTES];
} guarded_arena_t;

extern guarded_arena_t fixture_arena;

/* Paints arena and guards. */
void fixture_paint(void);

/* Bytes from the beginning of the arena that changed since; -1 if a guard did, or a byte from limit on. */
long fixture_touched(size_t limit);

/* A module with: "sum" (float32: adds all inputs element by element), "halves" (float32: two outputs, x / 2 and x / 4),
 * "refuse" (returns 1234), "touch" (reads all bytes of its inputs and writes all of its outputs). */
extern const TVMModule fixture_module;

/* Graph nodes as text. */
#define INPUT_NODE(name) "{\"op\": \"null\", \"name\": \"" name "\", \"inputs\": []}"
#define OPERATOR_NODE(name, function, num_inputs, num_outputs, inputs)                                                  \
  "{\"op\": \"tvm_op\", \"name\": \"" name "\", \"attrs\": {\"num_outputs\": \"" #num_outputs "\", \"num_inputs\": \"" \
  #num_inputs "\", \"flatten_data\": \"0\", \"func_name\": \"" function "\", \"hash\": \"ab\"}, \"inputs\": [" inputs "]}"

/* A whole graph. */
#define GRAPH(nodes, arg_nodes, heads, dltypes, storage_ids, shapes, row_ptr)                             \
  "{\"nodes\": [" nodes "], \"arg_nodes\": [" arg_nodes "], \"heads\": [" heads                           \
  "], \"attrs\": {\"dltype\": [\"list_str\", [" dltypes "]], \"storage_id\": [\"list_int\", [" storage_ids \
  "]], \"shape\": [\"list_shape\", [" shapes "]]}, \"node_row_ptr\": [" row_ptr "]}"

/* out = a + b + p0, of float32 [2]. */
#define SUM_GRAPH                                                                                                    \
  GRAPH(INPUT_NODE("a") "," INPUT_NODE("b") "," INPUT_NODE("p0") ","                                               \
        OPERATOR_NODE("s", "sum", 3, 1, "[0,0,0],[1,0,0],[2,0,0]"), "0,1,2", "[3,0,0]",                             \
        "\"float32\",\"float32\",\"float32\",\"float32\"", "0,1,2,3", "[2],[2],[2],[2]", "0,1,2,3,4")

/* Creates an executor of a graph in the painted fixture_arena. */
int fixture_create(const char* json, TVMGraphExecutor** executor);

/* A float32 tensor over data. shape must outlive it. */
DLTensor fixture_tensor(float* data, int32_t ndim, int64_t* shape);

/* Sets a float32 [2] input; returns what SetInput does. */
int fixture_set2(TVMGraphExecutor* executor, const char* name, float x, float y);

/* A parameter blob under construction; misaligned by one byte on request. */
typedef struct {
  uint8_t storage[4096 + 64];
  uint8_t* bytes;
  size_t size;
} blob_t;

typedef struct {
  const char* name;
  DLDataType dtype;
  int32_t ndim;
  const int64_t* shape;
  const void* data; /* little-endian */
  size_t nbytes;
} parameter_t;

/* Builds a blob such that the data of the first parameter lie offset bytes behind a multiple of 16. */
void fixture_blob(blob_t* blob, const parameter_t* parameters, size_t count, size_t offset);

#endif /* TVM_TESTS_CRT_FIXTURE_H_ */
