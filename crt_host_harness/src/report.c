/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdio.h>
#include <tvm/runtime/crt/error_codes.h>

#include "element.h"
#include "report_json.h"

void harness_report_begin(harness_report_format_t format) {
  if (format == HARNESS_REPORT_JSON) {
    harness_json_begin();
  }
}

void harness_report_end(harness_report_format_t format) {
  if (format == HARNESS_REPORT_JSON) {
    harness_json_end();
  }
}

static void print_shape(FILE* file, const tvm_harness_tensor_t* tensor) {
  char digits[HARNESS_NUMBER_TEXT];
  (void)fprintf(file, "[");
  for (int32_t i = 0; i < tensor->ndim; i++) {
    (void)fprintf(file, "%s%s", i > 0 ? ", " : "", harness_number_text((uint64_t)tensor->shape[i], digits));
  }
  (void)fprintf(file, "]");
}

/* A row-major index as one index a dimension. */
static void print_index(FILE* file, const tvm_harness_tensor_t* tensor, size_t index) {
  char digits[HARNESS_NUMBER_TEXT];
  size_t stride = harness_num_elements(tensor);
  (void)fprintf(file, "[");
  for (int32_t i = 0; i < tensor->ndim; i++) {
    stride /= (size_t)tensor->shape[i];
    (void)fprintf(file, "%s%s", i > 0 ? ", " : "", harness_number_text(index / stride, digits));
    index %= stride;
  }
  (void)fprintf(file, "]");
}

/* The first values for the first vector. */
static void print_values(const tvm_harness_tensor_t* tensor, const tvm_harness_result_t* result) {
  char text[HARNESS_ELEMENT_TEXT];
  char dtype[16];
  size_t count = harness_num_elements(tensor);
  harness_dtype_text(tensor, dtype);
  printf("  %s %s ", tensor->name, dtype);
  print_shape(stdout, tensor);
  printf(" =");
  for (size_t i = 0; i < count && i < TVM_HARNESS_MAX_VALUES; i++) {
    harness_element_text(result->values[i], text);
    printf(" %s", text);
  }
  printf("%s\n", count > TVM_HARNESS_MAX_VALUES ? " ..." : "");
}

static void print_mismatches(FILE* file, const tvm_harness_model_t* model, const tvm_harness_tensor_t* tensor,
                             const tvm_harness_result_t* result) {
  char got[HARNESS_ELEMENT_TEXT];
  char expected[HARNESS_ELEMENT_TEXT];
  char vector[HARNESS_VECTOR_TEXT];
  char digits[HARNESS_NUMBER_TEXT];
  for (size_t i = 0; i < result->num_mismatches && i < TVM_HARNESS_MAX_MISMATCHES; i++) {
    const tvm_harness_mismatch_t* mismatch = &result->first[i];
    harness_element_text(mismatch->got, got);
    harness_element_text(mismatch->expected, expected);
    harness_vector_text(model, mismatch->vector, vector);
    (void)fprintf(file, "  MISMATCH %s %s", model->name, tensor->name);
    print_index(file, tensor, mismatch->index);
    (void)fprintf(file, ": got %s, expected %s (vector: %s)\n", got, expected, vector);
  }
  if (result->num_mismatches > 0) {
    (void)fprintf(file, "  %s of ", harness_number_text(result->num_mismatches, digits));
    (void)fprintf(file, "%s elements of %s differ; largest error %.3g absolute, %.3g relative\n",
                  harness_number_text(result->num_compared, digits), tensor->name, result->max_absolute,
                  result->max_relative);
  }
}

/* By which rule an output was equal. */
static void print_equality(const tvm_harness_model_t* model, const tvm_harness_tensor_t* tensor,
                           const tvm_harness_result_t* result) {
  char digits[HARNESS_NUMBER_TEXT];
  if (tensor->kind == TVM_HARNESS_FLOAT || tensor->kind == TVM_HARNESS_BFLOAT) {
    printf("    equal within rtol %.3g, atol %.3g; largest error %.3g\n", model->rtol, model->atol, result->max_absolute);
  } else if (model->integer_tolerance > 0 && tensor->kind != TVM_HARNESS_BOOL) {
    printf("    equal within %s step(s); largest error %.3g\n", harness_number_text(model->integer_tolerance, digits),
           result->max_absolute);
  } else {
    printf("    equal exactly\n");
  }
}

static void print_vectors(const tvm_harness_model_t* model, const harness_run_t* run) {
  char digits[HARNESS_NUMBER_TEXT];
  printf("  vectors: ");
  if (model->num_recorded > 0) {
    printf("%s recorded%s", harness_number_text(model->num_recorded, digits), model->num_random > 0 ? ", " : "");
  }
  if (model->num_random > 0) {
    printf("%s random, all minimum, all maximum, zero points", harness_number_text(model->num_random, digits));
  }
  printf("; each run %s\n", run->repeat > 1 ? "twice, with the same outputs" : "once");
}

static void print_figures(const tvm_harness_model_t* model, const harness_run_t* run) {
  char digits[HARNESS_NUMBER_TEXT];
  printf("model %s (%s executor)\n", model->name, model->executor);
  if (run->best_ns != UINT64_MAX) {
    printf("  time per run: %.6f ms (mean %.6f ms)\n", (double)run->best_ns / 1e6, (double)run->mean_ns / 1e6);
  }
  if (run->instructions != UINT64_MAX) {
    printf("  instructions per run: %s\n", harness_number_text(run->instructions, digits));
  } else if (run->why_not_counted != NULL) {
    printf("  instructions per run: not counted, since %s\n", run->why_not_counted);
  }
  if (run->arena_size != SIZE_MAX) {
    printf("  arena: %s bytes", harness_number_text(run->arena_size, digits));
    if (run->arena_peak != SIZE_MAX) {
      printf(", peak %s bytes", harness_number_text(run->arena_peak, digits));
    }
    if (run->arena_touched != SIZE_MAX) {
      printf(", touched up to byte %s, guards intact", harness_number_text(run->arena_touched, digits));
    }
    printf("\n");
  }
  if (run->stack_used != SIZE_MAX) {
    printf("  stack: %s bytes\n", harness_number_text(run->stack_used, digits));
  }
}

static harness_verdict_t print_outputs(const tvm_harness_model_t* model, bool is_quiet) {
  harness_verdict_t verdict = HARNESS_PASSED;
  bool is_compared = false;
  for (size_t i = 0; i < model->num_outputs; i++) {
    const tvm_harness_tensor_t* tensor = &model->outputs[i];
    const tvm_harness_result_t* result = &model->results[i];
    if (!is_quiet) {
      print_values(tensor, result);
    }
    if (!result->is_compared) {
      continue;
    }
    is_compared = true;
    print_mismatches(is_quiet ? stderr : stdout, model, tensor, result);
    if (result->num_mismatches > 0) {
      verdict = HARNESS_MISMATCH;
    } else if (!is_quiet) {
      print_equality(model, tensor, result);
    }
  }
  if (!is_quiet && is_compared) {
    for (size_t i = 0; i < model->num_warnings; i++) {
      printf("  WARNING %s\n", model->warnings[i]);
    }
    printf("%s %s\n", verdict == HARNESS_PASSED ? "PASSED" : "FAILED", model->name);
  }
  return verdict;
}

harness_verdict_t harness_report(const tvm_harness_model_t* model, const harness_run_t* run, bool is_first,
                                 harness_report_format_t format) {
  if (format == HARNESS_REPORT_JSON) {
    return harness_json_model(model, run, is_first);
  }
  if (run->problem != NULL) {
    (void)fprintf(stderr, "ERROR %s: %s", model->name, run->problem);
    if (run->error != 0) {
      (void)fprintf(stderr, ": %s (code 0x%04x)", TVMErrorText((int)run->error), (unsigned)run->error);
    }
    (void)fprintf(stderr, run->place[0] != '\0' ? " (%s)\n" : "%s\n", run->place);
    return HARNESS_ERROR;
  }
  if (format == HARNESS_REPORT_TEXT) {
    print_figures(model, run);
    if (!run->is_raw) {
      print_vectors(model, run);
    }
  }
  return print_outputs(model, format == HARNESS_REPORT_QUIET);
}
