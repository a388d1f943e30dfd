/* SPDX-License-Identifier: Apache-2.0 */
#include <tvm/runtime/c_runtime_api.h>

static const char* g_last_error = "";

void TVMAPISetLastError(const char* msg) { g_last_error = msg != NULL ? msg : ""; }

const char* TVMGetLastError(void) { return g_last_error; }
