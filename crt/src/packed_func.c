/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <tvm/runtime/crt/packed_func.h>

TVMArgs TVMArgs_Create(TVMValue* values, uint32_t* tcodes, uint32_t values_count) {
  TVMArgs args;
  memset(&args, 0, sizeof args);
  if (values_count > TVM_CRT_MAX_ARGS) {
    return args;
  }
  for (uint32_t i = 0; i < values_count; i++) {
    args.values[i] = values[i];
    args.tcodes[i] = (int)tcodes[i];
  }
  args.values_count = values_count;
  return args;
}

static int begin(TVMPackedFunc* pf, int error, TVMFunctionHandle function, const TVMArgs* args) {
  if (error != 0) {
    return error;
  }
  memset(pf, 0, sizeof *pf);
  pf->fexec = function;
  pf->Call = TVMPackedFunc_Call;
  pf->SetArgs = TVMPackedFunc_SetArgs;
  TVMPackedFunc_SetArgs(pf, args);
  return 0;
}

int TVMPackedFunc_InitGlobalFunc(TVMPackedFunc* pf, const char* name, const TVMArgs* args) {
  TVMFunctionHandle function = NULL;
  int error = pf == NULL ? (int)kTvmErrorFunctionCallInvalidArg : TVMFuncGetGlobal(name, &function);
  return begin(pf, error, function, args);
}

int TVMPackedFunc_InitModuleFunc(TVMPackedFunc* pf, TVMModuleHandle module, const char* name, const TVMArgs* args) {
  TVMFunctionHandle function = NULL;
  int error = pf == NULL ? (int)kTvmErrorFunctionCallInvalidArg : TVMModGetFunction(module, name, 0, &function);
  return begin(pf, error, function, args);
}

void TVMPackedFunc_SetArgs(TVMPackedFunc* pf, const TVMArgs* args) {
  if (args != NULL) {
    pf->args = *args;
  }
}

int TVMPackedFunc_Call(TVMPackedFunc* pf) {
  pf->ret_value.values_count = 1;
  pf->ret_value.tcodes[0] = (int)kTVMNullptr;
  return TVMFuncCall(pf->fexec, pf->args.values, pf->args.tcodes, (int)pf->args.values_count,
                     &pf->ret_value.values[0], &pf->ret_value.tcodes[0]);
}
