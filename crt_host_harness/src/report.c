/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdio.h>
#include <tvm/runtime/crt/error_codes.h>

#include "compare.h"
#include "report_json.h"

/* Values of an output that are printed before "...". */
#define MAX_VALUES 8

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

static void print_values(const tvm_harness_tensor_t* tensor, const void* data) {
  char text[HARNESS_ELEMENT_TEXT];
  char dtype[16];
  size_t count = harness_num_elements(tensor);
  harness_dtype_text(tensor, dtype);
  printf("  %s %s ", tensor->name, dtype);
  print_shape(stdout, tensor);
  printf(" =");
  for (size_t i = 0; i < count && i < MAX_VALUES; i++) {
    harness_element_text(harness_element(tensor, data, i), text);
    printf(" %s", text);
  }
  printf("%s\n", count > MAX_VALUES ? " ..." : "");
}

static void print_mismatches(FILE* file, const tvm_harness_model_t* model, const tvm_harness_tensor_t* tensor,
                             const harness_comparison_t* comparison) {
  char got[HARNESS_ELEMENT_TEXT];
  char expected[HARNESS_ELEMENT_TEXT];
  char digits[HARNESS_NUMBER_TEXT];
  size_t shown = 0;
  for (; shown < comparison->num_mismatches && shown < HARNESS_MAX_MISMATCHES; shown++) {
    const harness_mismatch_t* mismatch = &comparison->first[shown];
    harness_element_text(mismatch->got, got);
    harness_element_text(mismatch->expected, expected);
    (void)fprintf(file, "  MISMATCH %s %s", model->name, tensor->name);
    print_index(file, tensor, mismatch->index);
    (void)fprintf(file, ": got %s, expected %s\n", got, expected);
  }
  if (comparison->num_mismatches > 0) {
    (void)fprintf(file, "  %s of ", harness_number_text(comparison->num_mismatches, digits));
    (void)fprintf(file, "%s elements of %s differ; largest error %.3g absolute, %.3g relative\n",
                  harness_number_text(harness_num_elements(tensor), digits), tensor->name, comparison->max_absolute,
                  comparison->max_relative);
  }
}

static void print_figures(const tvm_harness_model_t* model, const harness_run_t* run) {
  char digits[HARNESS_NUMBER_TEXT];
  printf("model %s (%s executor)\n", model->name, model->executor);
  if (run->best_ns != UINT64_MAX) {
    printf("  time per run: %.6f ms (mean %.6f ms)\n", (double)run->best_ns / 1e6, (double)run->mean_ns / 1e6);
  }
  if (run->instructions != UINT64_MAX) {
    printf("  instructions per run: %s\n", harness_number_text(run->instructions, digits));
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

static harness_verdict_t print_outputs(const tvm_harness_model_t* model, bool is_compared, bool is_quiet) {
  harness_verdict_t verdict = HARNESS_PASSED;
  size_t compared = 0;
  for (size_t i = 0; i < model->num_outputs; i++) {
    const tvm_harness_tensor_t* tensor = &model->outputs[i];
    harness_comparison_t comparison;
    if (!is_quiet) {
      print_values(tensor, model->output_buffers[i]);
    }
    if (!is_compared || tensor->data == NULL) {
      continue;
    }
    compared++;
    harness_compare(tensor, model->output_buffers[i], model->rtol, model->atol, &comparison);
    print_mismatches(is_quiet ? stderr : stdout, model, tensor, &comparison);
    if (comparison.num_mismatches > 0) {
      verdict = HARNESS_MISMATCH;
    } else if (!is_quiet) {
      printf("    equal within rtol %.3g, atol %.3g; largest error %.3g\n", model->rtol, model->atol,
             comparison.max_absolute);
    }
  }
  if (!is_quiet && compared > 0) {
    printf("%s %s\n", verdict == HARNESS_PASSED ? "PASSED" : "FAILED", model->name);
  }
  return verdict;
}

harness_verdict_t harness_report(const tvm_harness_model_t* model, const harness_run_t* run, bool is_compared,
                                 bool is_first, harness_report_format_t format) {
  if (format == HARNESS_REPORT_JSON) {
    return harness_json_model(model, run, is_compared, is_first);
  }
  if (run->problem != NULL) {
    (void)fprintf(stderr, "ERROR %s: %s", model->name, run->problem);
    if (run->error != 0) {
      (void)fprintf(stderr, ": %s (code 0x%04x)", TVMErrorText((int)run->error), (unsigned)run->error);
    }
    (void)fprintf(stderr, "\n");
    return HARNESS_ERROR;
  }
  if (format == HARNESS_REPORT_TEXT) {
    print_figures(model, run);
  }
  return print_outputs(model, is_compared, format == HARNESS_REPORT_QUIET);
}
