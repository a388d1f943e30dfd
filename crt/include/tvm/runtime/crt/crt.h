/* SPDX-License-Identifier: Apache-2.0
 *
 * The C runtime as a whole.
 */
#ifndef TVM_RUNTIME_CRT_CRT_H_
#define TVM_RUNTIME_CRT_CRT_H_

#include <inttypes.h>
#include <tvm/runtime/crt/error_codes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the registry of global functions with "runtime.SystemLib" in it. Needed only by those who look functions up
 * with TVMFuncGetGlobal: the executors work without. May be called again: what is registered stays. */
tvm_crt_error_t TVMInitializeRuntime(void);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_CRT_H_ */
