/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions by name, in modules and globally. A module's handle is its address; a function's handle is the address of
 * its slot in a registry, since C keeps no function in a void*.
 */
#include <string.h>
#include <tvm/runtime/crt/crt.h>
#include <tvm/runtime/crt/module.h>

/* Defined by the archive, or not at all. */
extern const TVMModule* TVMSystemLibEntryPoint(void) TVM_WEAK;

static union {
  uint8_t bytes[TVM_CRT_GLOBAL_FUNC_REGISTRY_SIZE_BYTES];
  TVMBackendPackedCFunc aligned;
} g_memory;
static TVMMutableFuncRegistry g_functions;
static bool g_is_initialized;

static int find(const TVMFuncRegistry* registry, const char* name, TVMFunctionHandle* out) {
  tvm_function_index_t index = 0;
  if (out == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *out = NULL;
  tvm_crt_error_t error = TVMFuncRegistry_Lookup(registry, name, &index);
  if (error == kTvmErrorNoError) {
    *out = (TVMFunctionHandle)(uintptr_t)&registry->funcs[index];
  }
  return error;
}

int TVMModCreateFromCModule(const TVMModule* mod, TVMModuleHandle* out_handle) {
  if (mod == NULL || mod->registry == NULL || out_handle == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  *out_handle = (TVMModuleHandle)(uintptr_t)mod;
  return kTvmErrorNoError;
}

int TVMModGetFunction(TVMModuleHandle mod, const char* func_name, int query_imports, TVMFunctionHandle* out) {
  const TVMModule* module = mod;
  (void)query_imports;
  return module == NULL ? kTvmErrorFunctionCallInvalidArg : find(module->registry, func_name, out);
}

int TVMModFree(TVMModuleHandle mod) {
  (void)mod;
  return kTvmErrorNoError;
}

int TVMFuncFree(TVMFunctionHandle func) {
  (void)func;
  return kTvmErrorNoError;
}

int TVMFuncCall(TVMFunctionHandle func, TVMValue* arg_values, int* type_codes, int num_args, TVMValue* ret_val,
                int* ret_type_code) {
  const TVMBackendPackedCFunc* slot = func;
  if (slot == NULL || *slot == NULL) {
    return kTvmErrorFunctionCallInvalidArg;
  }
  return (*slot)(arg_values, type_codes, num_args, ret_val, ret_type_code, NULL);
}

/* "runtime.SystemLib": the one module of archives that define TVMSystemLibEntryPoint. */
static int system_lib(TVMValue* args, int* type_codes, int num_args, TVMValue* out_ret_value, int* out_ret_tcode,
                      void* resource_handle) {
  (void)args;
  (void)type_codes;
  (void)num_args;
  (void)resource_handle;
  if (TVMSystemLibEntryPoint == NULL) {
    return kTvmErrorFunctionNameNotFound;
  }
  *out_ret_tcode = (int)kTVMModuleHandle;
  return TVMModCreateFromCModule(TVMSystemLibEntryPoint(), &out_ret_value->v_handle);
}

tvm_crt_error_t TVMInitializeRuntime(void) {
  if (g_is_initialized) {
    return kTvmErrorNoError;
  }
  tvm_crt_error_t error = TVMMutableFuncRegistry_Create(&g_functions, g_memory.bytes, sizeof g_memory.bytes);
  if (error == kTvmErrorNoError) {
    error = TVMMutableFuncRegistry_Set(&g_functions, "runtime.SystemLib", system_lib, 0);
  }
  g_is_initialized = error == kTvmErrorNoError;
  return error;
}

int TVMFuncRegisterGlobal(const char* name, TVMFunctionHandle f, int override) {
  TVMBackendPackedCFunc function = NULL;
  tvm_crt_error_t error = TVMInitializeRuntime();
  if (error != kTvmErrorNoError) {
    return error;
  }
  memcpy(&function, &f, sizeof function < sizeof f ? sizeof function : sizeof f);
  return TVMMutableFuncRegistry_Set(&g_functions, name, function, override);
}

int TVMFuncGetGlobal(const char* name, TVMFunctionHandle* out) {
  tvm_crt_error_t error = TVMInitializeRuntime();
  return error != kTvmErrorNoError ? (int)error : find(&g_functions.registry, name, out);
}

int TVMBackendGetFuncFromEnv(void* mod_node, const char* func_name, TVMFunctionHandle* out) {
  return mod_node != NULL ? TVMModGetFunction(mod_node, func_name, 0, out) : TVMFuncGetGlobal(func_name, out);
}

int TVMBackendRegisterSystemLibSymbol(const char* name, void* ptr) { return TVMFuncRegisterGlobal(name, ptr, 1); }
