/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the models that are linked with it on their vectors and compares the outputs with what was expected.
 */
#include <stdio.h>
#include <string.h>

#include "raw_file.h"
#include "report.h"

typedef struct {
  const char* model; /* NULL: all */
  const char* raw_inputs;
  const char* raw_outputs;
  size_t repeat;
  bool is_stream;
  harness_report_format_t format;
} options_t;

static void print_usage(FILE* file, const char* program) {
  (void)fprintf(file,
                "usage: %s [--model NAME] [--repeat N] [--raw-inputs FILE] [--raw-outputs FILE] [--json | --quiet]\n"
                "       %s [--model NAME] --stream\n"
                "\n"
                "Runs each model on its vectors, twice on each, and compares the outputs with what is expected.\n"
                "\n"
                "  --model NAME        only this model\n"
                "  --repeat N          run N times on the first vector, and report the fastest and the mean time\n"
                "  --raw-inputs FILE   take the inputs' bytes from a file; nothing is compared\n"
                "  --raw-outputs FILE  write the bytes of the outputs for the first vector to a file\n"
                "  --stream            read inputs from standard input, run after run, and write the outputs of each to\n"
                "                      standard output; the model keeps its state meanwhile\n"
                "  --json              report in JSON\n"
                "  --quiet             report errors and mismatches only\n"
                "\n"
                "Exit status: 0 all equal, 1 some output differs, 2 a model or an option is in error.\n"
                "Models:",
                program, program);
  for (size_t i = 0; i < tvm_harness_num_models; i++) {
    (void)fprintf(file, " %s", tvm_harness_models[i]->name);
  }
  (void)fprintf(file, "\n");
}

static bool parse_count(const char* text, size_t* count) {
  size_t value = 0;
  if (*text == '\0') {
    return false;
  }
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9' || value > (size_t)1000000000) {
      return false;
    }
    value = value * 10 + (size_t)(*text - '0');
  }
  *count = value;
  return value > 0;
}

/* Takes an option with a value. False: this is another option. *problem: it has no good value. */
static bool parse_value(options_t* options, const char* name, const char* value, const char** problem) {
  if (strcmp(name, "--model") == 0) {
    options->model = value;
  } else if (strcmp(name, "--raw-inputs") == 0) {
    options->raw_inputs = value;
  } else if (strcmp(name, "--raw-outputs") == 0) {
    options->raw_outputs = value;
  } else if (strcmp(name, "--repeat") == 0) {
    if (value != NULL && !parse_count(value, &options->repeat)) {
      *problem = "--repeat takes a number from 1";
    }
  } else {
    return false;
  }
  if (value == NULL) {
    *problem = "the last option lacks its value";
  }
  return true;
}

/* NULL, or what is wrong. */
static const char* parse_options(int argc, char** argv, options_t* options) {
  const char* problem = NULL;
  for (int i = 1; i < argc && problem == NULL; i++) {
    if (strcmp(argv[i], "--json") == 0) {
      options->format = HARNESS_REPORT_JSON;
    } else if (strcmp(argv[i], "--stream") == 0) {
      options->is_stream = true;
    } else if (strcmp(argv[i], "--quiet") == 0) {
      options->format = HARNESS_REPORT_QUIET;
    } else if (parse_value(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &problem)) {
      i++;
    } else {
      problem = "unknown option";
    }
  }
  return problem;
}

static size_t count_selected(const options_t* options) {
  size_t count = 0;
  for (size_t i = 0; i < tvm_harness_num_models; i++) {
    if (options->model == NULL || strcmp(options->model, tvm_harness_models[i]->name) == 0) {
      count++;
    }
  }
  return count;
}

/* What keeps the options from being followed, or NULL. */
static const char* check_options(const options_t* options) {
  size_t selected = count_selected(options);
  if (selected == 0) {
    return "no model of that name";
  }
  if (selected > 1 && options->is_stream) {
    return "--stream needs --model when there are several models";
  }
  if (selected > 1 && (options->raw_inputs != NULL || options->raw_outputs != NULL)) {
    return "--raw-inputs and --raw-outputs need --model when there are several models";
  }
  return NULL;
}

/* Runs the model; run->problem says what went wrong. */
static void execute(const tvm_harness_model_t* model, const options_t* options, harness_run_t* run) {
  const harness_settings_t settings = {options->raw_inputs != NULL, options->repeat, options->raw_outputs};
  memset(run, 0, sizeof *run);
  run->problem = harness_check_model(model);
  if (run->problem == NULL && options->raw_inputs != NULL) {
    run->problem = harness_read_inputs(model, options->raw_inputs);
  }
  if (run->problem == NULL) {
    harness_run(model, &settings, run);
  }
}

/* Runs the only selected model on what standard input brings. */
static int stream(const options_t* options) {
  size_t chosen = 0;
  int32_t error = 0;
  while (options->model != NULL && strcmp(options->model, tvm_harness_models[chosen]->name) != 0) {
    chosen++;
  }
  const tvm_harness_model_t* model = tvm_harness_models[chosen];
  const char* problem = harness_check_model(model);
  if (problem == NULL) {
    problem = harness_stream(model, stdin, stdout, &error);
  }
  if (problem != NULL) {
    (void)fprintf(stderr, "ERROR %s: %s (code %d)\n", model->name, problem, (int)error);
    return HARNESS_ERROR;
  }
  return HARNESS_PASSED;
}

int main(int argc, char** argv) {
  const char* program = argc > 0 && argv[0] != NULL ? argv[0] : "harness";
  options_t options = {NULL, NULL, NULL, 2, false, HARNESS_REPORT_TEXT};
  int status = HARNESS_PASSED;
  bool is_first = true;
  if (argc == 2 && strcmp(argv[1], "--help") == 0) {
    print_usage(stdout, program);
    return HARNESS_PASSED;
  }
  const char* problem = parse_options(argc, argv, &options);
  if (problem == NULL) {
    problem = check_options(&options);
  }
  if (problem != NULL) {
    (void)fprintf(stderr, "ERROR: %s\n", problem);
    print_usage(stderr, program);
    return HARNESS_ERROR;
  }
  if (options.is_stream) {
    return stream(&options);
  }
  harness_report_begin(options.format);
  for (size_t i = 0; i < tvm_harness_num_models; i++) {
    const tvm_harness_model_t* model = tvm_harness_models[i];
    harness_run_t run;
    if (options.model != NULL && strcmp(options.model, model->name) != 0) {
      continue;
    }
    execute(model, &options, &run);
    harness_verdict_t verdict = harness_report(model, &run, is_first, options.format);
    status = (int)verdict > status ? (int)verdict : status;
    is_first = false;
  }
  harness_report_end(options.format);
  return fflush(stdout) == 0 ? status : HARNESS_ERROR;
}
