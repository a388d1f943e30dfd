/* SPDX-License-Identifier: Apache-2.0
 *
 * A compiled module: the functions of one model.
 */
#ifndef TVM_RUNTIME_CRT_MODULE_H_
#define TVM_RUNTIME_CRT_MODULE_H_

#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/crt/func_registry.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TVMModule {
  const TVMFuncRegistry* registry;
} TVMModule;

/* The handle of a module: its address, which must stay valid. Any number of modules. */
int TVMModCreateFromCModule(const TVMModule* mod, TVMModuleHandle* out_handle);

/* The module that an archive of TVM 0.8 to 0.18 defines under this one name. Archives of this project define
 * tvmgen_<model>_system_lib(), and this name weakly, so that several fit into one binary. */
const TVMModule* TVMSystemLibEntryPoint(void);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_MODULE_H_ */
