/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <tvm/runtime/crt/platform.h>

#include "graph_executor_internal.h"
#include "tensor.h"

/* TVM_CRT_GRAPH_ARENA_BYTES counts nodes, whichever kind they are. */
typedef char tvm_operators_and_arguments_have_one_size
    [sizeof(TVMGraphExecutorOperator) == sizeof(TVMGraphExecutorArgument) ? 1 : -1];

/* Adds the size of a table. False if it doesn't fit. */
static bool add_table(size_t* total, size_t count, size_t element) {
  if (count > (SIZE_MAX - *total) / element) {
    return false;
  }
  *total += count * element;
  return true;
}

/* Bytes of the executor and its tables: the first term of TVM_CRT_GRAPH_ARENA_BYTES. */
static bool tables_size(const tvm_graph_counts_t* count, size_t* total) {
  *total = TVM_CRT_ALIGN_UP_(sizeof(TVMGraphExecutor));
  return add_table(total, count->entries, sizeof(DLTensor)) && add_table(total, count->dims, sizeof(int64_t)) &&
         add_table(total, count->max_call_arguments, sizeof(TVMValue)) &&
         add_table(total, count->operators, sizeof(TVMGraphExecutorOperator)) &&
         add_table(total, count->arguments, sizeof(TVMGraphExecutorArgument)) &&
         add_table(total, count->entries, sizeof(uint32_t)) &&
         add_table(total, count->operator_inputs, sizeof(uint32_t)) &&
         add_table(total, count->outputs, sizeof(uint32_t)) &&
         add_table(total, count->max_call_arguments, sizeof(int)) && tvm_graph_align_up(total);
}

static void* take(uint8_t** next, size_t count, size_t element) {
  void* table = *next;
  *next += count * element;
  return table;
}

/* Lays the tables out behind the executor, the widest types first, so that none needs padding. */
static void place_tables(TVMGraphExecutor* executor, const tvm_graph_counts_t* count) {
  uint8_t* next = (uint8_t*)executor + TVM_CRT_ALIGN_UP_(sizeof(TVMGraphExecutor));
  executor->entries = take(&next, count->entries, sizeof(DLTensor));
  executor->shapes = take(&next, count->dims, sizeof(int64_t));
  executor->call_values = take(&next, count->max_call_arguments, sizeof(TVMValue));
  executor->operators = take(&next, count->operators, sizeof(TVMGraphExecutorOperator));
  executor->arguments = take(&next, count->arguments, sizeof(TVMGraphExecutorArgument));
  executor->storage_ids = take(&next, count->entries, sizeof(uint32_t));
  executor->operator_inputs = take(&next, count->operator_inputs, sizeof(uint32_t));
  executor->outputs = take(&next, count->outputs, sizeof(uint32_t));
  executor->call_type_codes = take(&next, count->max_call_arguments, sizeof(int));
  executor->num_entries = count->entries;
  executor->num_operators = count->operators;
  executor->num_arguments = count->arguments;
  executor->num_outputs = count->outputs;
  if (count->entries > 0) {
    memset(executor->entries, 0, count->entries * sizeof(DLTensor));
  }
  for (uint32_t i = 0; i < count->max_call_arguments; i++) {
    executor->call_type_codes[i] = (int)kTVMDLTensorHandle;
  }
}

/* Gives every storage its memory, but for inputs and parameters: they get some when they are set, if they need it. */
static tvm_crt_error_t place_storages(tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  size_t total = 0;
  uint8_t* next = NULL;
  for (uint32_t i = 0; i < source->count.storages; i++) {
    TVMGraphExecutorStorage* storage = &source->storages[i];
    storage->data = NULL;
    if (storage->has_argument == 0 || storage->is_written != 0) {
      if (!tvm_graph_align_up(&storage->size) || !add_table(&total, 1, storage->size + 1)) {
        return kTvmErrorGraphOverflow;
      }
      total--;
    }
  }
  if (total > 0) {
    tvm_crt_error_t error = tvm_graph_allocate(executor, total, &executor->storage_block);
    if (error != kTvmErrorNoError) {
      return error;
    }
    next = executor->storage_block;
  }
  for (uint32_t i = 0; i < source->count.storages; i++) {
    TVMGraphExecutorStorage* storage = &source->storages[i];
    if (storage->has_argument == 0 || storage->is_written != 0) {
      /* A tensor without elements is somewhere, too: NULL means not set. */
      storage->data = executor;
      if (storage->size > 0) {
        storage->data = next;
        next += storage->size;
      }
    }
  }
  return kTvmErrorNoError;
}

static void point_entries(const tvm_graph_source_t* source, TVMGraphExecutor* executor) {
  for (uint32_t i = 0; i < executor->num_arguments; i++) {
    TVMGraphExecutorArgument* argument = &executor->arguments[i];
    const TVMGraphExecutorStorage* storage = &source->storages[executor->storage_ids[argument->entry]];
    argument->is_written = (uint16_t)storage->is_written;
    argument->own = storage->data;
  }
  for (uint32_t i = 0; i < executor->num_entries; i++) {
    const TVMGraphExecutorStorage* storage = &source->storages[executor->storage_ids[i]];
    executor->entries[i].data = storage->has_argument == 0 ? storage->data : NULL;
  }
}

/* Fills the tables and places the tensors, with working memory for source->storages and source->row_ptr. */
static tvm_crt_error_t load(tvm_graph_source_t* source, TVMGraphExecutor* executor, void* working_memory) {
  source->storages = working_memory;
  source->row_ptr = (uint32_t*)(void*)((uint8_t*)working_memory + source->count.storages * sizeof *source->storages);
  tvm_crt_error_t error = tvm_graph_fill_entries(source, executor);
  if (error == kTvmErrorNoError) {
    error = tvm_graph_fill_nodes(source, executor);
  }
  if (error == kTvmErrorNoError) {
    error = place_storages(source, executor);
  }
  if (error == kTvmErrorNoError) {
    point_entries(source, executor);
    executor->is_loaded = 1;
  }
  return error;
}

/* Checks the arguments that the Create functions share and scans the text. Bytes of tables and of working memory. */
static tvm_crt_error_t prepare(tvm_graph_source_t* source, const char* json, size_t json_size, const TVMModule* module,
                               const DLDevice* devices, size_t num_devices, size_t* tables, size_t* working) {
  if (json == NULL || module == NULL || module->registry == NULL || devices == NULL || num_devices == 0) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  if (json_size >= UINT32_MAX) {
    return kTvmErrorGraphOverflow;
  }
  source->json = json;
  source->json_size = (uint32_t)json_size;
  source->module = module;
  source->devices = devices;
  source->num_devices = num_devices;
  tvm_crt_error_t error = tvm_graph_scan(source);
  *working = 0;
  if (error == kTvmErrorNoError &&
      !(tables_size(&source->count, tables) &&
        add_table(working, source->count.storages, sizeof(TVMGraphExecutorStorage)) &&
        add_table(working, (size_t)source->count.nodes + 1, sizeof(uint32_t)) && tvm_graph_align_up(working))) {
    error = kTvmErrorGraphOverflow;
  }
  return error;
}

static void begin_executor(TVMGraphExecutor* executor, const tvm_graph_source_t* source) {
  memset(executor, 0, sizeof *executor);
  executor->json = source->json;
  executor->device = source->devices[0];
  place_tables(executor, &source->count);
}

int TVMGraphExecutor_CreateInArenaOnDevices(const char* json, size_t json_size, const TVMModule* module,
                                            const DLDevice* devices, size_t num_devices, void* arena,
                                            size_t arena_size, TVMGraphExecutor** executor) {
  tvm_graph_source_t source;
  size_t tables = 0;
  size_t working = 0;
  if (arena == NULL || executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *executor = NULL;
  if ((uintptr_t)arena % TVM_CRT_ALIGNMENT_BYTES != 0) {
    return kTvmErrorExecutorArenaMisaligned;
  }
  tvm_crt_error_t error = prepare(&source, json, json_size, module, devices, num_devices, &tables, &working);
  if (error != kTvmErrorNoError) {
    return error;
  }
  if (tables > arena_size || working > arena_size - tables) {
    return kTvmErrorExecutorArenaTooSmall;
  }
  TVMGraphExecutor* created = arena;
  begin_executor(created, &source);
  created->arena.next = (uint8_t*)arena + tables;
  created->arena.left = arena_size - tables;
  created->arena.used = tables;
  /* The working memory is where the tensors will be: nobody writes to them before the model runs. */
  error = load(&source, created, created->arena.next);
  if (error != kTvmErrorNoError) {
    return error;
  }
  if (created->arena.peak < tables + working) {
    created->arena.peak = tables + working;
  }
  *executor = created;
  return kTvmErrorNoError;
}

int TVMGraphExecutor_CreateInArena(const char* json, size_t json_size, const TVMModule* module, void* arena,
                                   size_t arena_size, TVMGraphExecutor** executor) {
  const DLDevice cpu = {kDLCPU, 0};
  return TVMGraphExecutor_CreateInArenaOnDevices(json, json_size, module, &cpu, 1, arena, arena_size, executor);
}

int TVMGraphExecutor_Create(const char* sym_json, TVMModuleHandle module_handle, const DLDevice* devices,
                            TVMGraphExecutor** executor) {
  tvm_graph_source_t source;
  size_t tables = 0;
  size_t working = 0;
  void* memory = NULL;
  void* working_memory = NULL;
  if (sym_json == NULL || executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *executor = NULL;
  tvm_crt_error_t error =
      prepare(&source, sym_json, strlen(sym_json), module_handle, devices, 1, &tables, &working);
  if (error == kTvmErrorNoError) {
    error = TVMPlatformMemoryAllocate(tables, devices[0], &memory);
  }
  if (error != kTvmErrorNoError) {
    return error;
  }
  TVMGraphExecutor* created = memory;
  if ((uintptr_t)memory % TVM_CRT_ALIGNMENT_BYTES != 0) {
    (void)TVMPlatformMemoryFree(memory, devices[0]);
    return kTvmErrorExecutorArenaMisaligned;
  }
  begin_executor(created, &source);
  created->arena.used = tables;
  error = TVMPlatformMemoryAllocate(working, devices[0], &working_memory);
  if (error == kTvmErrorNoError) {
    error = load(&source, created, working_memory);
    tvm_crt_error_t free_error = TVMPlatformMemoryFree(working_memory, devices[0]);
    error = error == kTvmErrorNoError ? free_error : error;
  }
  if (error != kTvmErrorNoError) {
    (void)TVMGraphExecutor_Release(&created);
    return error;
  }
  created->arena.peak = created->arena.used + working;
  *executor = created;
  return kTvmErrorNoError;
}

/* Keeps the first error of several. */
static void release(TVMGraphExecutor* executor, void* memory, tvm_crt_error_t* error) {
  tvm_crt_error_t freed = TVMPlatformMemoryFree(memory, executor->device);
  if (*error == kTvmErrorNoError) {
    *error = freed;
  }
}

int TVMGraphExecutor_Release(TVMGraphExecutor** executor) {
  tvm_crt_error_t error = kTvmErrorNoError;
  if (executor == NULL || *executor == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  TVMGraphExecutor* released = *executor;
  if (released->arena.next == NULL) {
    /* Memory that an argument took for itself; where an operator writes, it lies in the block of storages. */
    for (uint32_t i = 0; i < released->num_arguments && released->is_loaded; i++) {
      TVMGraphExecutorArgument* argument = &released->arguments[i];
      if (argument->own != NULL && argument->is_written == 0 && argument->own != (void*)released) {
        release(released, argument->own, &error);
      }
    }
    if (released->storage_block != NULL) {
      release(released, released->storage_block, &error);
    }
    release(released, released, &error);
  }
  *executor = NULL;
  return error;
}
