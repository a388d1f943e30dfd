/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a model from the text of its graph, in memory that the caller hands over:
 *
 *     static uint8_t arena[TVM_CRT_GRAPH_ARENA_BYTES(...)] __attribute__((aligned(TVM_CRT_ALIGNMENT_BYTES)));
 *
 *     TVMGraphExecutor* executor;
 *     int error = TVMGraphExecutor_CreateInArena(json, json_size, module, arena, sizeof arena, &executor);
 *     if (!error) error = TVMGraphExecutor_LoadParams(executor, params, params_size);
 *     if (!error) error = TVMGraphExecutor_SetInput(executor, "a", &a);
 *     if (!error) error = TVMGraphExecutor_Run(executor);
 *     if (!error) error = TVMGraphExecutor_GetOutput(executor, 0, &output);
 *
 * Functions that return int return 0 or an error code (error_codes.h); TVMErrorText gives its text. A failed call
 * changes nothing, but for what is said at LoadParams. Every pointer may be NULL: kTvmErrorFunctionCallInvalidArg.
 *
 * The graph's text and the parameter blob are read where they are and must outlive the executor: names are views into
 * the text, parameters are used in the blob where their address suits their dtype. Neither is trusted: whatever bytes
 * they hold, the result is an error code or an executor that stays within its arena. The functions of the module are
 * trusted. An executor may be used by one thread at a time; executors don't share anything.
 */
#ifndef TVM_RUNTIME_CRT_GRAPH_EXECUTOR_H_
#define TVM_RUNTIME_CRT_GRAPH_EXECUTOR_H_

#include <dlpack/dlpack.h>
#include <tvm/runtime/c_runtime_api.h>
#include <tvm/runtime/crt/crt_config.h>
#include <tvm/runtime/crt/error_codes.h>
#include <tvm/runtime/crt/module.h>
#include <tvm/runtime/crt/packed_func.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TVMGraphExecutor TVMGraphExecutor;

/* Makes an executor of a graph (json_size bytes; a NUL at the end may be counted or not) and the functions of a module.
 * The arena is aligned to TVM_CRT_ALIGNMENT_BYTES. All tensors are on the CPU.
 *
 * Errors: category Graph for a bad text; kTvmErrorGeneratedInvalidStorageId; kTvmErrorFunctionNameNotFound when the
 * module lacks a function; kTvmErrorExecutorArenaTooSmall; kTvmErrorExecutorArenaMisaligned. */
int TVMGraphExecutor_CreateInArena(const char* json, size_t json_size, const TVMModule* module, void* arena,
                                   size_t arena_size, TVMGraphExecutor** executor);

/* The same with devices: a tensor's device is the first one whose type is the graph's device_index of that tensor, or
 * the only one there is. Also kTvmErrorExecutorModuleBadContext. */
int TVMGraphExecutor_CreateInArenaOnDevices(const char* json, size_t json_size, const TVMModule* module,
                                            const DLDevice* devices, size_t num_devices, void* arena,
                                            size_t arena_size, TVMGraphExecutor** executor);

/* The classic form: memory comes from TVMPlatformMemoryAllocate (platform.h) until Release. One device. */
int TVMGraphExecutor_Create(const char* sym_json, TVMModuleHandle module_handle, const DLDevice* devices,
                            TVMGraphExecutor** executor);

/* Gives memory of the classic form back and sets *executor to NULL. An arena is the caller's at any time. */
int TVMGraphExecutor_Release(TVMGraphExecutor** executor);

/* Number of inputs. Parameters count as inputs. */
int TVMGraphExecutor_GetNumInputs(TVMGraphExecutor* executor);

/* Index of an input in the graph's arg_nodes, or -1. */
int TVMGraphExecutor_GetInputIndex(TVMGraphExecutor* executor, const char* name);

/* Name of an input, as it is written in the text: no NUL, escapes as they are.
 * Errors: kTvmErrorExecutorModuleNoSuchInput. */
int TVMGraphExecutor_GetInputName(TVMGraphExecutor* executor, int index, const char** name, size_t* name_size);

/* Copies a tensor into an input. The first copy takes memory for it out of the arena.
 * Errors: kTvmErrorExecutorModuleNoSuchInput; kTvmErrorExecutorTensorMismatch unless dtype and shape are the input's
 * and strides are compact; kTvmErrorExecutorArenaTooSmall. */
int TVMGraphExecutor_SetInput(TVMGraphExecutor* executor, const char* name, DLTensor* data_in);

/* Makes the model read an input from the caller's memory, at every Run until it is set again. Nothing is copied.
 * Errors: as SetInput; kTvmErrorExecutorInputMisaligned; kTvmErrorExecutorStorageIsWritten when the graph reuses the
 * memory of that input. */
int TVMGraphExecutor_SetInputZeroCopy(TVMGraphExecutor* executor, const char* name, DLTensor* data_in);

/* The input's own memory in the arena, to be filled in place; it counts as set from then on.
 * Errors: kTvmErrorExecutorModuleNoSuchInput, kTvmErrorExecutorArenaTooSmall. */
int TVMGraphExecutor_GetInputView(TVMGraphExecutor* executor, int index, DLTensor* view);

/* Sets the inputs that a parameter blob names. Bytes behind the blob's end are ignored. A parameter is copied into the
 * arena only where its address doesn't suit its dtype (see TVM_CRT_ALIGNMENT_BYTES), the graph writes to its memory, or
 * the target is big-endian. The blob is checked as a whole before anything is set; only with
 * kTvmErrorExecutorArenaTooSmall some parameters may have been set.
 * Errors: category Params; kTvmErrorExecutorArenaTooSmall. */
int TVMGraphExecutor_LoadParams(TVMGraphExecutor* executor, const void* param_blob, size_t param_size);

/* Runs the model once. Inputs keep their values for the next Run, but for those whose memory the graph reuses: they must
 * be set again. Errors: kTvmErrorExecutorInputNotSet; else what the first operator that failed returned, after
 * which outputs are undefined. */
int TVMGraphExecutor_Run(TVMGraphExecutor* executor);

int TVMGraphExecutor_GetNumOutputs(TVMGraphExecutor* executor);

/* Copies an output into a tensor of the same dtype and shape.
 * Errors: kTvmErrorExecutorNoSuchOutput, kTvmErrorExecutorTensorMismatch, kTvmErrorExecutorInputNotSet when the output is
 * an input that was never set. */
int TVMGraphExecutor_GetOutput(TVMGraphExecutor* executor, const int32_t index, DLTensor* out);

/* The output where it is, without a copy: valid until the next Run or Release. Errors: as GetOutput. */
int TVMGraphExecutor_GetOutputView(TVMGraphExecutor* executor, int index, DLTensor* view);

/* Bytes at the beginning of the arena that have been needed so far, or memory taken so far in the classic form. Inputs
 * and parameters that are copied add to it when they are first set. */
size_t TVMGraphExecutor_ArenaUsed(const TVMGraphExecutor* executor);

/* What follows is open only so that TVM_CRT_GRAPH_ARENA_BYTES can measure it. */

typedef struct {
  TVMBackendPackedCFunc function; /* NULL: copies its input, or nothing to do when they share memory */
  uint32_t first_input;
  uint32_t num_inputs;
  uint32_t first_output;
  uint32_t num_outputs;
} TVMGraphExecutorOperator;

typedef struct {
  void* own; /* its memory in the arena, once taken */
  uint32_t name;
  uint32_t name_size;
  uint32_t entry;
  uint16_t is_written; /* an operator writes to its storage: Run uses its value up */
  uint16_t is_set;     /* and it has one */
} TVMGraphExecutorArgument;

typedef struct {
  void* data;
  size_t size;
  uint32_t has_argument;
  uint32_t is_written;
} TVMGraphExecutorStorage;

typedef struct {
  uint8_t* next; /* NULL: memory comes from the platform */
  size_t left;
  size_t used;
  size_t peak; /* of used, with the working memory of Create */
} TVMGraphExecutorArena;

struct TVMGraphExecutor {
  const char* json;
  TVMGraphExecutorArena arena;
  DLDevice device; /* the first one: whose memory the platform allocates */
  DLTensor* entries;
  int64_t* shapes;
  TVMValue* call_values;
  TVMGraphExecutorOperator* operators;
  TVMGraphExecutorArgument* arguments;
  uint32_t* storage_ids;     /* one per entry */
  uint32_t* operator_inputs; /* entries, operator by operator */
  uint32_t* outputs;         /* entries */
  int* call_type_codes;
  void* storage_block;
  uint32_t num_entries;
  uint32_t num_operators;
  uint32_t num_arguments;
  uint32_t num_outputs;
  uint32_t is_loaded; /* the tables are filled */
};

#ifdef __cplusplus /* the cast that -Wold-style-cast asks for */
#define TVM_CRT_SIZE_(number) static_cast<size_t>(number)
#else
#define TVM_CRT_SIZE_(number) ((size_t)(number))
#endif

#define TVM_CRT_ALIGN_UP_(bytes) \
  ((TVM_CRT_SIZE_(bytes) + TVM_CRT_ALIGNMENT_BYTES - 1) / TVM_CRT_ALIGNMENT_BYTES * TVM_CRT_ALIGNMENT_BYTES)

#define TVM_CRT_MAX_(a, b) ((a) > (b) ? (a) : (b))

/* Bytes of arena that a graph needs, as a constant expression.
 *
 *   num_nodes        nodes, inputs and parameters included
 *   num_node_inputs  sum of the numbers of inputs over the nodes
 *   num_entries      tensors (the last number of node_row_ptr)
 *   num_dims         sum of the ranks of the tensors
 *   num_storages     largest storage id + 1
 *   storage_bytes    sum of the sizes, each rounded up to TVM_CRT_ALIGNMENT_BYTES, of the storages that live in the arena:
 *                    all but those of parameters used in the blob and of inputs set without a copy
 *   max_arguments    most inputs and outputs of an operator
 *   num_outputs      outputs of the model
 */
#define TVM_CRT_GRAPH_ARENA_BYTES_EXACT(num_nodes, num_node_inputs, num_entries, num_dims, num_storages, storage_bytes, \
                                        max_arguments, num_outputs)                                                    \
  (TVM_CRT_ALIGN_UP_(TVM_CRT_ALIGN_UP_(sizeof(TVMGraphExecutor)) + TVM_CRT_SIZE_(num_entries) * sizeof(DLTensor) +     \
                     TVM_CRT_SIZE_(num_dims) * sizeof(int64_t) +                                                       \
                     TVM_CRT_SIZE_(max_arguments) * (sizeof(TVMValue) + sizeof(int)) +                                 \
                     TVM_CRT_SIZE_(num_nodes) * sizeof(TVMGraphExecutorOperator) +                                     \
                     (TVM_CRT_SIZE_(num_entries) + TVM_CRT_SIZE_(num_node_inputs) + TVM_CRT_SIZE_(num_outputs)) *      \
                       sizeof(uint32_t)) +                                                                             \
   TVM_CRT_MAX_(TVM_CRT_SIZE_(storage_bytes),                                                                          \
                TVM_CRT_ALIGN_UP_(TVM_CRT_SIZE_(num_storages) * sizeof(TVMGraphExecutorStorage) +                      \
                                  (TVM_CRT_SIZE_(num_nodes) + 1) * sizeof(uint32_t))))

/* An upper bound where the last two numbers are not known. */
#define TVM_CRT_GRAPH_ARENA_BYTES(num_nodes, num_node_inputs, num_entries, num_dims, num_storages, storage_bytes)   \
  TVM_CRT_GRAPH_ARENA_BYTES_EXACT(num_nodes, num_node_inputs, num_entries, num_dims, num_storages, storage_bytes,   \
                                  (num_node_inputs) + (num_entries), num_entries)

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_GRAPH_EXECUTOR_H_ */
