/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints what a run came to.
 */
#ifndef TVM_HARNESS_REPORT_H_
#define TVM_HARNESS_REPORT_H_

#include "runner.h"

typedef enum { HARNESS_REPORT_TEXT, HARNESS_REPORT_QUIET, HARNESS_REPORT_JSON } harness_report_format_t;

typedef enum { HARNESS_PASSED = 0, HARNESS_MISMATCH = 1, HARNESS_ERROR = 2 } harness_verdict_t;

/* Around the reports of all models. */
void harness_report_begin(harness_report_format_t format);
void harness_report_end(harness_report_format_t format);

/* Reports one model; is_first: no other one was reported before. QUIET prints nothing but errors and mismatches, to standard
 * error. */
harness_verdict_t harness_report(const tvm_harness_model_t* model, const harness_run_t* run, bool is_first,
                                 harness_report_format_t format);

#endif /* TVM_HARNESS_REPORT_H_ */
