/* SPDX-License-Identifier: Apache-2.0
 *
 * Firmware as it was written for the C runtime of TVM 0.8 to 0.18: it supplies the platform hooks, takes the system
 * library from the registry, runs the graph executor, and calls kernels that allocate their scratch memory. It must
 * compile and run as it is.
 */
#include <dlpack/dlpack.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/c_runtime_api.h>
#include <tvm/runtime/crt/crt.h>
#include <tvm/runtime/crt/graph_executor.h>
#include <tvm/runtime/crt/logging.h>
#include <tvm/runtime/crt/module.h>
#include <tvm/runtime/crt/packed_func.h>
#include <tvm/runtime/crt/page_allocator.h>
#include <tvm/runtime/crt/platform.h>

#include "check.h"
#include "fixture.h"

/* The firmware's hooks. */

static uint8_t g_crt_memory[64 * 1024] __attribute__((aligned(16)));
static MemoryManagerInterface* g_memory_manager;
static int g_allocations;

void TVMPlatformAbort(tvm_crt_error_t code) {
  (void)fprintf(stderr, "abort 0x%x\n", (unsigned)code);
  exit(2);
}

size_t TVMPlatformFormatMessage(char* out_buf, size_t out_buf_size_bytes, const char* fmt, va_list args) {
  return (size_t)vsnprintf(out_buf, out_buf_size_bytes, fmt, args);
}

tvm_crt_error_t TVMPlatformMemoryAllocate(size_t num_bytes, DLDevice dev, void** out_ptr) {
  g_allocations++;
  return g_memory_manager->Allocate(g_memory_manager, num_bytes, dev, out_ptr);
}

tvm_crt_error_t TVMPlatformMemoryFree(void* ptr, DLDevice dev) {
  g_allocations--;
  return g_memory_manager->Free(g_memory_manager, ptr, dev);
}

tvm_crt_error_t TVMPlatformTimerStart() { return kTvmErrorNoError; }

tvm_crt_error_t TVMPlatformTimerStop(double* elapsed_time_seconds) {
  *elapsed_time_seconds = 0.5;
  return kTvmErrorNoError;
}

tvm_crt_error_t TVMPlatformGenerateRandom(uint8_t* buffer, size_t num_bytes) {
  memset(buffer, 4, num_bytes);
  return kTvmErrorNoError;
}

tvm_crt_error_t TVMPlatformInitialize() {
  return PageMemoryManagerCreate(&g_memory_manager, g_crt_memory, sizeof(g_crt_memory), 8 /* page_size_log2 */);
}

void TVMLogf(const char* msg, ...) {
  va_list args;
  va_start(args, msg);
  (void)vfprintf(stderr, msg, args);
  va_end(args);
}

/* A kernel and a registry in the form in which TVM's C code generator wrote them. */

#ifdef __cplusplus
extern "C"
#endif
TVM_DLL int32_t tvmgen_default_fused_add(void* args, int32_t* arg_type_ids, int32_t num_args, void* out_ret_value,
                                         int32_t* out_ret_tcode, void* resource_handle);
TVM_DLL int32_t tvmgen_default_fused_add(void* args, int32_t* arg_type_ids, int32_t num_args, void* out_ret_value,
                                         int32_t* out_ret_tcode, void* resource_handle) {
  void* p0 = (((TVMValue*)args)[0].v_handle);
  void* p1 = (((TVMValue*)args)[1].v_handle);
  void* T_add = (((TVMValue*)args)[2].v_handle);
  int32_t dev_id = (((DLTensor*)p0)[0].device.device_id);
  void* p0_1 = (((DLTensor*)p0)[0].data);
  void* p1_1 = (((DLTensor*)p1)[0].data);
  void* T_add_1 = (((DLTensor*)T_add)[0].data);
  void* compute = TVMBackendAllocWorkspace(1, dev_id, (uint64_t)8, 2, 32);
  (void)arg_type_ids;
  (void)num_args;
  (void)out_ret_value;
  (void)out_ret_tcode;
  (void)resource_handle;
  if (compute == NULL) {
    return -1;
  }
  for (int32_t ax0 = 0; ax0 < 2; ++ax0) {
    ((float*)compute)[ax0] = (((float*)p0_1)[ax0] + ((float*)p1_1)[ax0]);
  }
  for (int32_t ax0_1 = 0; ax0_1 < 2; ++ax0_1) {
    ((float*)T_add_1)[ax0_1] = ((float*)compute)[ax0_1];
  }
  if (TVMBackendFreeWorkspace(1, dev_id, compute) != 0) {
    return -1;
  }
  return 0;
}

/* The generator cast between these two types; a call through the cast is what it relied on, so it is wrapped here. */
static int call_fused_add(TVMValue* args, int* type_code, int num_args, TVMValue* out_value, int* out_type_code,
                          void* resource_handle) {
  return tvmgen_default_fused_add(args, type_code, num_args, out_value, out_type_code, resource_handle);
}

static TVMBackendPackedCFunc _tvm_func_array[] = {
    (TVMBackendPackedCFunc)call_fused_add,
};
static const TVMFuncRegistry _tvm_func_registry = {
    "\001\000tvmgen_default_fused_add\000",
    _tvm_func_array,
};
static const TVMModule _tvm_system_lib = {
    &_tvm_func_registry,
};
const TVMModule* TVMSystemLibEntryPoint(void) { return &_tvm_system_lib; }

/* The firmware's main loop. */

static const char graph_json[] =
    GRAPH(INPUT_NODE("x") "," INPUT_NODE("p0") "," OPERATOR_NODE("tvmgen_default_fused_add", "tvmgen_default_fused_add", 2, 1,
                                                                 "[0,0,0],[1,0,0]"),
          "0,1", "[2,0,0]", "\"float32\",\"float32\",\"float32\"", "0,1,2", "[2],[2],[2]", "0,1,2,3");

static TVMModuleHandle TVMInitModule(void) {
  TVMPackedFunc pf;
  TVMArgs args = TVMArgs_Create(NULL, NULL, 0);
  CHECK_EQ(TVMPackedFunc_InitGlobalFunc(&pf, "runtime.SystemLib", &args), 0, "no system library");
  CHECK_EQ(TVMPackedFunc_Call(&pf), 0, "no module");
  return TVMArgs_AsModuleHandle(&pf.ret_value, 0);
}

static void runs(void) {
  TVMGraphExecutor* graph_executor = NULL;
  DLDevice dev;
  DLTensor input;
  DLTensor output;
  float x[2] = {1.0f, 2.0f};
  float y[2] = {0.0f, 0.0f};
  int64_t shape[1] = {2};
  double elapsed = 0.0;
  const int64_t param_shape[1] = {2};
  const uint8_t p0[8] = {0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f};
  const parameter_t parameter = {"p0", {kDLFloat, 32, 1}, 1, param_shape, p0, 8};
  blob_t params;
  fixture_blob(&params, &parameter, 1, 1);

  CHECK_EQ(TVMPlatformInitialize(), kTvmErrorNoError, "platform");
  CHECK_EQ(TVMInitializeRuntime(), kTvmErrorNoError, "runtime");
  dev.device_type = (DLDeviceType)kDLCPU;
  dev.device_id = 0;
  CHECK_EQ(TVMGraphExecutor_Create(graph_json, TVMInitModule(), &dev, &graph_executor), 0, "create");
  CHECK_EQ(TVMGraphExecutor_LoadParams(graph_executor, (const char*)params.bytes, (uint32_t)params.size), 0, "params");

  input.data = x;
  input.device = dev;
  input.ndim = 1;
  input.shape = shape;
  input.strides = NULL;
  input.byte_offset = 0;
  input.dtype = String2DLDataType("float32");
  TVMGraphExecutor_SetInput(graph_executor, "x", &input);

  CHECK_EQ(TVMPlatformTimerStart(), 0, "timer");
  TVMGraphExecutor_Run(graph_executor);
  CHECK_EQ(TVMPlatformTimerStop(&elapsed), 0, "timer");

  output = input;
  output.data = y;
  TVMGraphExecutor_GetOutput(graph_executor, 0, &output);
  CHECK_THAT(y[0] == 2.0f && y[1] == 3.0f && elapsed == 0.5);
  CHECK_THAT(g_allocations > 0);
  CHECK_EQ(TVMGraphExecutor_Release(&graph_executor), 0, "release");
  CHECK_EQUAL(g_allocations, 0);
  CHECK_EQUAL(g_memory_manager->vleak_size, 0);
}

int main(void) {
  RUN_TEST(runs);
  return TESTS_END();
}
