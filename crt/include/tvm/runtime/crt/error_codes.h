/* SPDX-License-Identifier: Apache-2.0
 *
 * Error codes: category << 8 | code. 0 is no error. Codes of TVM 0.18 keep their values; ours begin at 16 in a shared
 * category, or have a category of their own.
 */
#ifndef TVM_RUNTIME_CRT_ERROR_CODES_H_
#define TVM_RUNTIME_CRT_ERROR_CODES_H_

#ifdef __cplusplus
extern "C" {
#endif

#define TVM_CRT_ERROR_CATEGORY_Pos 8
#define TVM_CRT_ERROR_CATEGORY_Msk (0xff << TVM_CRT_ERROR_CATEGORY_Pos)
#define TVM_CRT_ERROR_CODE_Pos 0
#define TVM_CRT_ERROR_CODE_Msk (0xff << TVM_CRT_ERROR_CODE_Pos)
#define DEFINE_TVM_CRT_ERROR(category, code) \
  (((category) << TVM_CRT_ERROR_CATEGORY_Pos) | ((code) << TVM_CRT_ERROR_CODE_Pos))

typedef enum {
  kTvmErrorCategoryFunctionRegistry = 1,
  kTvmErrorCategoryFraming = 2,
  kTvmErrorCategoryWriteStream = 3,
  kTvmErrorCategorySession = 4,
  kTvmErrorCategoryPlatform = 5,
  kTvmErrorCategoryGenerated = 6,
  kTvmErrorCategoryExecutor = 7,
  kTvmErrorCategoryFunctionCall = 8,
  kTvmErrorCategoryTimeEvaluator = 9,
  kTvmErrorCategoryGraph = 16, /* the text of a graph */
  kTvmErrorCategoryParams = 17 /* a parameter blob */
} tvm_crt_error_category_t;

typedef enum {
  kTvmErrorNoError = 0,

  kTvmErrorFunctionNameNotFound = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionRegistry, 0),
  kTvmErrorFunctionIndexInvalid = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionRegistry, 1),
  kTvmErrorFunctionRegistryFull = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionRegistry, 2),
  kTvmErrorFunctionAlreadyDefined = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionRegistry, 3),
  kTvmErrorBufferTooSmall = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionRegistry, 4),

  /* Categories 2 to 4 are of TVM's RPC over a serial line, which this runtime doesn't have. */
  kTvmErrorFramingInvalidState = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFraming, 0),
  kTvmErrorFramingShortPacket = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFraming, 1),
  kTvmErrorFramingInvalidEscape = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFraming, 2),
  kTvmErrorFramingPayloadOverflow = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFraming, 3),
  kTvmErrorFramingPayloadIncomplete = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFraming, 4),
  kTvmErrorWriteStreamShortWrite = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryWriteStream, 0),
  kTvmErrorWriteStreamLongWrite = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryWriteStream, 1),
  kTvmErrorSessionInvalidState = DEFINE_TVM_CRT_ERROR(kTvmErrorCategorySession, 0),
  kTvmErrorSessionReceiveBufferBusy = DEFINE_TVM_CRT_ERROR(kTvmErrorCategorySession, 1),
  kTvmErrorSessionReceiveBufferShortWrite = DEFINE_TVM_CRT_ERROR(kTvmErrorCategorySession, 2),

  kTvmErrorPlatformCheckFailure = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 0),
  kTvmErrorPlatformMemoryManagerInitialized = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 1),
  kTvmErrorPlatformShutdown = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 2),
  kTvmErrorPlatformNoMemory = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 3),
  kTvmErrorPlatformTimerBadState = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 4),
  kTvmErrorPlatformStackAllocBadFree = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 5),
  kTvmErrorPlatformBadFree = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 16), /* no such block, or freed twice */
  kTvmErrorPlatformUnsupported = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryPlatform, 17), /* the firmware has no such hook */

  kTvmErrorGeneratedInvalidStorageId = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGenerated, 0),

  kTvmErrorExecutorModuleAlreadyCreated = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 0),
  kTvmErrorExecutorModuleBadContext = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 1), /* no such device */
  kTvmErrorExecutorModuleNoSuchInput = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 2),
  kTvmErrorExecutorNoSuchOutput = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 16),
  kTvmErrorExecutorInputNotSet = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 17),
  kTvmErrorExecutorTensorMismatch = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 18), /* dtype, shape or strides */
  kTvmErrorExecutorArenaTooSmall = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 19),
  kTvmErrorExecutorArenaMisaligned = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 20),
  kTvmErrorExecutorInputMisaligned = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 21),
  kTvmErrorExecutorStorageIsWritten = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryExecutor, 22), /* an operator writes there */

  kTvmErrorFunctionCallNumArguments = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionCall, 0),
  kTvmErrorFunctionCallWrongArgType = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionCall, 1),
  kTvmErrorFunctionCallNotImplemented = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionCall, 2),
  kTvmErrorFunctionCallInvalidArg = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryFunctionCall, 3), /* a null pointer */

  kTvmErrorTimeEvaluatorBadHandle = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryTimeEvaluator, 0),

  kTvmErrorGraphSyntax = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 0),      /* not JSON */
  kTvmErrorGraphTooDeep = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 1),     /* nested beyond 32 levels */
  kTvmErrorGraphType = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 2),        /* JSON, but another kind of value is due */
  kTvmErrorGraphMissingKey = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 3),
  kTvmErrorGraphDuplicateKey = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 4),
  kTvmErrorGraphCount = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 5),       /* lists that don't fit together */
  kTvmErrorGraphReference = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 6),   /* no such node or output before here */
  kTvmErrorGraphDtype = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 7),
  kTvmErrorGraphOverflow = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 8),    /* a number or a size is too large */
  kTvmErrorGraphUnsupported = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 9), /* op kind, flatten_data */
  kTvmErrorGraphOperator = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryGraph, 10),   /* __nop or __copy with unequal tensors */

  kTvmErrorParamsMagic = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryParams, 0), /* no parameter blob, or a damaged one */
  kTvmErrorParamsTruncated = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryParams, 1),
  kTvmErrorParamsCount = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryParams, 2), /* names and tensors differ in number */
  kTvmErrorParamsUnknownName = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryParams, 3),
  kTvmErrorParamsMismatch = DEFINE_TVM_CRT_ERROR(kTvmErrorCategoryParams, 4), /* dtype, shape or length */

  kTvmErrorSystemErrorMask = -2147483647 - 1
} tvm_crt_error_t;

/* A short English text for a code; "unknown error" for any other number. */
const char* TVMErrorText(int code);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_ERROR_CODES_H_ */
