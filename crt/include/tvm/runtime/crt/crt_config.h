/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings of the C runtime, each overridable: compile runtime and firmware with -DTVM_CRT_<NAME>=..., or with
 * -DTVM_CRT_USER_CONFIG='"my_crt_config.h"'. All translation units must see the same values.
 */
#ifndef TVM_RUNTIME_CRT_CRT_CONFIG_H_
#define TVM_RUNTIME_CRT_CRT_CONFIG_H_

#ifdef TVM_CRT_USER_CONFIG
/* cppcheck-suppress preprocessorErrorDirective ; it has no value to analyse */
#include TVM_CRT_USER_CONFIG
#endif

/* Least severe messages that reach TVMLogf: TVM_CRT_LOG_LEVEL_ERROR, _WARN, _INFO or _DEBUG (tvm/runtime/crt/logging.h).
 * -1: no message, and no format string in the binary. */
#ifndef TVM_CRT_LOG_LEVEL
#define TVM_CRT_LOG_LEVEL (-1)
#endif

/* Alignment of the arena and of every tensor in it, a power of two of at least 16. Objects that LLVM made for the packed
 * interface in TVM 0.8 to 0.18 may assume 64 (0.8: 128). Above 16 parameters are used in place only where they have
 * it too; at 16 the alignment of their own dtype is enough. */
#ifndef TVM_CRT_ALIGNMENT_BYTES
#define TVM_CRT_ALIGNMENT_BYTES 16
#endif

/* Largest number of arguments of a TVMPackedFunc. The executors have no such limit. */
#ifndef TVM_CRT_MAX_ARGS
#define TVM_CRT_MAX_ARGS 10
#endif

/* Memory of the registry of global functions (names and addresses). */
#ifndef TVM_CRT_GLOBAL_FUNC_REGISTRY_SIZE_BYTES
#define TVM_CRT_GLOBAL_FUNC_REGISTRY_SIZE_BYTES 512
#endif

/* Bytes of the function count that begins a module's names. 2 since TVM 0.9's development; set 1 for sources of older
 * archives. The two cannot be told apart by looking: "\3\0" is three functions, or three of which the first is nameless. */
#ifndef TVM_CRT_FUNC_REGISTRY_COUNT_BYTES
#define TVM_CRT_FUNC_REGISTRY_COUNT_BYTES 2
#endif

/* 1: the stack allocator refuses to free anything but the last block, for 16 more bytes a block. */
#ifndef TVM_CRT_STACK_ALLOCATOR_ENABLE_LIFO_CHECK_VALUE
#ifdef TVM_CRT_STACK_ALLOCATOR_ENABLE_LIFO_CHECK
#define TVM_CRT_STACK_ALLOCATOR_ENABLE_LIFO_CHECK_VALUE 1
#else
#define TVM_CRT_STACK_ALLOCATOR_ENABLE_LIFO_CHECK_VALUE 0
#endif
#endif

/* Kept for firmware that reads them; this runtime has no such limits. */
#ifndef TVM_CRT_DEBUG
#define TVM_CRT_DEBUG 0
#endif
#ifndef TVM_CRT_MAX_NDIM
#define TVM_CRT_MAX_NDIM 6
#endif
#ifndef TVM_CRT_MAX_REGISTERED_MODULES
#define TVM_CRT_MAX_REGISTERED_MODULES 2
#endif
#ifndef TVM_CRT_MAX_STRLEN_DLTYPE
#define TVM_CRT_MAX_STRLEN_DLTYPE 10
#endif
#ifndef TVM_CRT_MAX_STRLEN_FUNCTION_NAME
#define TVM_CRT_MAX_STRLEN_FUNCTION_NAME 120
#endif
#ifndef TVM_CRT_MAX_STRLEN_PARAM_NAME
#define TVM_CRT_MAX_STRLEN_PARAM_NAME 80
#endif

#endif /* TVM_RUNTIME_CRT_CRT_CONFIG_H_ */
