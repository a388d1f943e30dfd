/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as one JSON object: {"models": [{"name", "executor", "verdict": "passed" | "mismatch" | "error", ...}]}.
 * Figures that are not known are null; values and errors that JSON has no number for are strings ("nan", "inf").
 */
#ifndef TVM_HARNESS_REPORT_JSON_H_
#define TVM_HARNESS_REPORT_JSON_H_

#include "report.h"

void harness_json_begin(void);
void harness_json_end(void);
harness_verdict_t harness_json_model(const tvm_harness_model_t* model, const harness_run_t* run, bool is_first);

#endif /* TVM_HARNESS_REPORT_JSON_H_ */
