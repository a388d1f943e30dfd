/* SPDX-License-Identifier: Apache-2.0
 *
 * Types and functions that generated C and firmware written for TVM 0.8 to 0.18 take from this header.
 *
 * Functions that return int return 0 or an error code of tvm/runtime/crt/error_codes.h.
 */
#ifndef TVM_RUNTIME_C_RUNTIME_API_H_
#define TVM_RUNTIME_C_RUNTIME_API_H_

#include <dlpack/dlpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A definition that another one of the same name replaces at link time. */
#ifndef TVM_WEAK
#define TVM_WEAK __attribute__((weak))
#endif

#ifndef TVM_DLL
#define TVM_DLL __attribute__((visibility("default")))
#endif

#ifndef TVM_ATTRIBUTE_UNUSED
#define TVM_ATTRIBUTE_UNUSED __attribute__((unused))
#endif

/* The TVM release whose interface this is. */
#define TVM_VERSION "0.18.0"

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t tvm_index_t;

/* Devices beyond DLPack's. */
typedef enum {
  kDLAOCL = 32,
  kDLSDAccel = 33,
  kOpenGL = 34,
  kDLMicroDev = 35,
  TVMDeviceExtType_End = 36
} TVMDeviceExtType;

/* What a TVMValue holds. */
typedef enum {
  kTVMArgInt = 0U,
  kTVMArgFloat = 2U,
  kTVMOpaqueHandle = 3U,
  kTVMNullptr = 4U,
  kTVMDataType = 5U,
  kDLDevice = 6U,
  kTVMDLTensorHandle = 7U,
  kTVMObjectHandle = 8U,
  kTVMModuleHandle = 9U,
  kTVMPackedFuncHandle = 10U,
  kTVMStr = 11U,
  kTVMBytes = 12U,
  kTVMNDArrayHandle = 13U,
  kTVMObjectRValueRefArg = 14U,
  kTVMArgBool = 15U,
  kTVMExtBegin = 16U,
  kTVMNNVMFirst = 16U,
  kTVMNNVMLast = 20U,
  kTVMExtReserveEnd = 64U,
  kTVMExtEnd = 128U
} TVMArgTypeCode;

/* One argument of a packed function. */
typedef union {
  int64_t v_int64;
  double v_float64;
  void* v_handle;
  const char* v_str;
  DLDataType v_type;
  DLDevice v_device;
} TVMValue;

typedef struct {
  const char* data;
  size_t size;
} TVMByteArray;

typedef DLTensor* TVMArrayHandle;
typedef void* TVMModuleHandle;   /* a const TVMModule* */
typedef void* TVMFunctionHandle; /* a slot of a function registry; 0 is no function */
typedef void* TVMRetValueHandle;
typedef void* TVMStreamHandle;
typedef void* TVMObjectHandle;

/* Remembers a message, which must outlive its use: nothing is copied. Kernels of old archives call it. */
TVM_DLL void TVMAPISetLastError(const char* msg);

/* The last remembered message, or "". */
TVM_DLL const char* TVMGetLastError(void);

/* Finds a function of a module. query_imports is ignored: a C module imports nothing.
 * Errors: kTvmErrorFunctionNameNotFound, kTvmErrorFunctionCallInvalidArg for a null pointer. */
TVM_DLL int TVMModGetFunction(TVMModuleHandle mod, const char* func_name, int query_imports, TVMFunctionHandle* out);

/* Nothing to free: modules are constant data. Always 0. */
TVM_DLL int TVMModFree(TVMModuleHandle mod);
TVM_DLL int TVMFuncFree(TVMFunctionHandle func);

/* Calls a function and returns what it returns. */
TVM_DLL int TVMFuncCall(TVMFunctionHandle func, TVMValue* arg_values, int* type_codes, int num_args, TVMValue* ret_val,
                        int* ret_type_code);

/* Adds a function to the global registry. f is the function's address (a TVMBackendPackedCFunc) as a handle.
 * Errors: kTvmErrorFunctionAlreadyDefined unless override, kTvmErrorFunctionRegistryFull. */
TVM_DLL int TVMFuncRegisterGlobal(const char* name, TVMFunctionHandle f, int override);

/* Finds a global function. "runtime.SystemLib" is there after TVMInitializeRuntime.
 * Errors: kTvmErrorFunctionNameNotFound. */
TVM_DLL int TVMFuncGetGlobal(const char* name, TVMFunctionHandle* out);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_C_RUNTIME_API_H_ */
