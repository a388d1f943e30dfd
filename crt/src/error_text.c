/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <tvm/runtime/crt/error_codes.h>

static const struct {
  int code;
  const char* text;
} g_texts[] = {
    {kTvmErrorNoError, "no error"},
    {kTvmErrorFunctionNameNotFound, "the module has no function of that name"},
    {kTvmErrorFunctionIndexInvalid, "the module has no function of that index"},
    {kTvmErrorFunctionRegistryFull, "the function registry is full"},
    {kTvmErrorFunctionAlreadyDefined, "the function is defined already"},
    {kTvmErrorBufferTooSmall, "the buffer is too small for a function registry"},
    {kTvmErrorPlatformCheckFailure, "a check failed"},
    {kTvmErrorPlatformMemoryManagerInitialized, "the memory manager is initialized already"},
    {kTvmErrorPlatformShutdown, "the platform has shut down"},
    {kTvmErrorPlatformNoMemory, "no memory is left"},
    {kTvmErrorPlatformTimerBadState, "the timer is not running, or runs already"},
    {kTvmErrorPlatformStackAllocBadFree, "freed memory is not the stack's last block"},
    {kTvmErrorPlatformBadFree, "freed memory is no allocated block"},
    {kTvmErrorPlatformUnsupported, "the platform lacks this hook"},
    {kTvmErrorGeneratedInvalidStorageId, "a storage id is too large, or two inputs share one"},
    {kTvmErrorExecutorModuleAlreadyCreated, "the executor exists already"},
    {kTvmErrorExecutorModuleBadContext, "no device of the type that the graph asks for"},
    {kTvmErrorExecutorModuleNoSuchInput, "the model has no such input"},
    {kTvmErrorExecutorNoSuchOutput, "the model has no such output"},
    {kTvmErrorExecutorInputNotSet, "an input or parameter is not set"},
    {kTvmErrorExecutorTensorMismatch, "dtype, shape or strides of the tensor are not the model's"},
    {kTvmErrorExecutorArenaTooSmall, "the arena is too small"},
    {kTvmErrorExecutorArenaMisaligned, "the arena is not aligned to TVM_CRT_ALIGNMENT_BYTES"},
    {kTvmErrorExecutorInputMisaligned, "the tensor's address is not aligned for its dtype"},
    {kTvmErrorExecutorStorageIsWritten, "the model reuses the memory of this input, so it must be copied"},
    {kTvmErrorFunctionCallNumArguments, "wrong number of arguments"},
    {kTvmErrorFunctionCallWrongArgType, "wrong type of argument"},
    {kTvmErrorFunctionCallNotImplemented, "not implemented"},
    {kTvmErrorFunctionCallInvalidArg, "an argument is NULL or out of range"},
    {kTvmErrorTimeEvaluatorBadHandle, "bad handle"},
    {kTvmErrorGraphSyntax, "the graph is no JSON"},
    {kTvmErrorGraphTooDeep, "the graph's JSON is nested too deep"},
    {kTvmErrorGraphType, "a value in the graph is of the wrong type"},
    {kTvmErrorGraphMissingKey, "the graph lacks a key"},
    {kTvmErrorGraphDuplicateKey, "a key of the graph occurs twice"},
    {kTvmErrorGraphCount, "lists of the graph differ in length, or a count is wrong"},
    {kTvmErrorGraphReference, "the graph refers to a node or output that is not there, or comes later"},
    {kTvmErrorGraphDtype, "a dtype in the graph is unknown"},
    {kTvmErrorGraphOverflow, "a number or size in the graph is too large"},
    {kTvmErrorGraphUnsupported, "the graph has an op kind other than null and tvm_op, or flatten_data"},
    {kTvmErrorGraphOperator, "__nop or __copy between unequal tensors"},
    {kTvmErrorParamsMagic, "no parameter blob, or a damaged one"},
    {kTvmErrorParamsTruncated, "the parameter blob is cut short"},
    {kTvmErrorParamsCount, "the parameter blob has more or fewer names than tensors"},
    {kTvmErrorParamsUnknownName, "a parameter is no input of the graph"},
    {kTvmErrorParamsMismatch, "dtype, shape or length of a parameter are not the graph's"},
};

const char* TVMErrorText(int code) {
  for (size_t i = 0; i < sizeof g_texts / sizeof g_texts[0]; i++) {
    if (g_texts[i].code == code) {
      return g_texts[i].text;
    }
  }
  return "unknown error";
}
