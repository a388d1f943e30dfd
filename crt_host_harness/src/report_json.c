/* SPDX-License-Identifier: Apache-2.0 */
#include "report_json.h"

#include <math.h>
#include <stdio.h>
#include <tvm/runtime/crt/error_codes.h>

#include "element.h"

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

static void print_element(const char* key, tvm_harness_element_t element) {
  char text[HARNESS_ELEMENT_TEXT];
  bool is_number = !element.is_float || isfinite(element.real);
  harness_element_text(element, text);
  printf(is_number ? "\"%s\": %s" : "\"%s\": \"%s\"", key, text);
}

static void print_result(const tvm_harness_model_t* model, const tvm_harness_result_t* result) {
  char digits[HARNESS_NUMBER_TEXT];
  char vector[HARNESS_VECTOR_TEXT];
  const tvm_harness_element_t absolute = {true, false, 0, result->max_absolute};
  const tvm_harness_element_t relative = {true, false, 0, result->max_relative};
  print_figure("mismatches", result->num_mismatches, UINT64_MAX);
  printf(", ");
  print_element("max_absolute_error", absolute);
  printf(", ");
  print_element("max_relative_error", relative);
  printf(", \"first_mismatches\": [");
  for (size_t i = 0; i < result->num_mismatches && i < TVM_HARNESS_MAX_MISMATCHES; i++) {
    const tvm_harness_mismatch_t* mismatch = &result->first[i];
    harness_vector_text(model, mismatch->vector, vector);
    printf("%s{\"vector\": \"%s\", ", i > 0 ? ", " : "", vector);
    printf("\"index\": %s, ", harness_number_text(mismatch->index, digits));
    print_element("got", mismatch->got);
    printf(", ");
    print_element("expected", mismatch->expected);
    printf("}");
  }
  printf("]");
}

static harness_verdict_t print_outputs(const tvm_harness_model_t* model) {
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
    if (model->results[i].is_compared) {
      print_result(model, &model->results[i]);
      verdict = model->results[i].num_mismatches > 0 ? HARNESS_MISMATCH : verdict;
    }
    printf("}");
  }
  printf("]");
  return verdict;
}

static void print_warnings(const tvm_harness_model_t* model) {
  printf(", \"warnings\": [");
  for (size_t i = 0; i < model->num_warnings; i++) {
    printf("%s", i > 0 ? ", " : "");
    print_string(model->warnings[i]);
  }
  printf("]");
}

harness_verdict_t harness_json_model(const tvm_harness_model_t* model, const harness_run_t* run, bool is_first) {
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
    printf(", \"place\": ");
    print_string(run->place);
  } else {
    print_figure("time_ns", run->best_ns, UINT64_MAX);
    print_figure("mean_time_ns", run->mean_ns, UINT64_MAX);
    print_figure("instructions", run->instructions, UINT64_MAX);
    print_figure("arena_size", run->arena_size, SIZE_MAX);
    print_figure("arena_peak", run->arena_peak, SIZE_MAX);
    print_figure("arena_touched", run->arena_touched, SIZE_MAX);
    print_figure("stack_used", run->stack_used, SIZE_MAX);
    print_figure("vectors", run->num_vectors, SIZE_MAX);
    verdict = print_outputs(model);
    print_warnings(model);
  }
  printf(", \"verdict\": \"%s\"}", verdicts[verdict]);
  return verdict;
}
