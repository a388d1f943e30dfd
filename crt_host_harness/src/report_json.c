/* SPDX-License-Identifier: Apache-2.0 */
#include "report_json.h"

#include <math.h>
#include <stdio.h>
#include <tvm/runtime/crt/error_codes.h>

#include "compare.h"

void harness_json_begin(void) { printf("{\"models\": ["); }

void harness_json_end(void) { printf("\n]}\n"); }

static void print_string(const char* text) {
  printf("\"");
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      printf("\\%c", c);
    } else if (c < 0x20) {
      printf("\\u%04x", c);
    } else {
      printf("%c", c);
    }
  }
  printf("\"");
}

static void print_figure(const char* key, uint64_t value, uint64_t unknown) {
  char digits[HARNESS_NUMBER_TEXT];
  printf(", \"%s\": %s", key, value == unknown ? "null" : harness_number_text(value, digits));
}

static void print_element(const char* key, harness_element_t element) {
  char text[HARNESS_ELEMENT_TEXT];
  bool is_number = !element.is_float || isfinite(element.real);
  harness_element_text(element, text);
  printf(is_number ? "\"%s\": %s" : "\"%s\": \"%s\"", key, text);
}

static void print_comparison(const harness_comparison_t* comparison) {
  char digits[HARNESS_NUMBER_TEXT];
  const harness_element_t absolute = {true, false, 0, comparison->max_absolute};
  const harness_element_t relative = {true, false, 0, comparison->max_relative};
  print_figure("mismatches", comparison->num_mismatches, UINT64_MAX);
  printf(", ");
  print_element("max_absolute_error", absolute);
  printf(", ");
  print_element("max_relative_error", relative);
  printf(", \"first_mismatches\": [");
  for (size_t i = 0; i < comparison->num_mismatches && i < HARNESS_MAX_MISMATCHES; i++) {
    const harness_mismatch_t* mismatch = &comparison->first[i];
    printf("%s{\"index\": %s, ", i > 0 ? ", " : "", harness_number_text(mismatch->index, digits));
    print_element("got", mismatch->got);
    printf(", ");
    print_element("expected", mismatch->expected);
    printf("}");
  }
  printf("]");
}

static harness_verdict_t print_outputs(const tvm_harness_model_t* model, bool is_compared) {
  harness_verdict_t verdict = HARNESS_PASSED;
  char digits[HARNESS_NUMBER_TEXT];
  char dtype[16];
  printf(", \"outputs\": [");
  for (size_t i = 0; i < model->num_outputs; i++) {
    const tvm_harness_tensor_t* tensor = &model->outputs[i];
    harness_dtype_text(tensor, dtype);
    printf("%s\n  {\"name\": ", i > 0 ? "," : "");
    print_string(tensor->name);
    printf(", \"dtype\": \"%s\", \"shape\": [", dtype);
    for (int32_t d = 0; d < tensor->ndim; d++) {
      printf("%s%s", d > 0 ? ", " : "", harness_number_text((uint64_t)tensor->shape[d], digits));
    }
    printf("]");
    if (is_compared && tensor->data != NULL) {
      harness_comparison_t comparison;
      harness_compare(tensor, model->output_buffers[i], model->rtol, model->atol, &comparison);
      print_comparison(&comparison);
      verdict = comparison.num_mismatches > 0 ? HARNESS_MISMATCH : verdict;
    }
    printf("}");
  }
  printf("]");
  return verdict;
}

harness_verdict_t harness_json_model(const tvm_harness_model_t* model, const harness_run_t* run, bool is_compared,
                                     bool is_first) {
  static const char* const verdicts[] = {"passed", "mismatch", "error"};
  harness_verdict_t verdict = HARNESS_ERROR;
  printf("%s\n {\"name\": ", is_first ? "" : ",");
  print_string(model->name);
  printf(", \"executor\": ");
  print_string(model->executor);
  if (run->problem != NULL) {
    printf(", \"problem\": ");
    print_string(run->problem);
    printf(", \"error_code\": %ld, \"error\": ", (long)run->error);
    print_string(TVMErrorText((int)run->error));
  } else {
    print_figure("time_ns", run->best_ns, UINT64_MAX);
    print_figure("mean_time_ns", run->mean_ns, UINT64_MAX);
    print_figure("instructions", run->instructions, UINT64_MAX);
    print_figure("arena_size", run->arena_size, SIZE_MAX);
    print_figure("arena_peak", run->arena_peak, SIZE_MAX);
    print_figure("arena_touched", run->arena_touched, SIZE_MAX);
    print_figure("stack_used", run->stack_used, SIZE_MAX);
    verdict = print_outputs(model, is_compared);
  }
  printf(", \"verdict\": \"%s\"}", verdicts[verdict]);
  return verdict;
}
