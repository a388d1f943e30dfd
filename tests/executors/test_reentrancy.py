"""With pools of its own for each run, a model runs on several threads at once; with one static arena it does not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import compile as compile_model
from tvm_model_library.plan.memory import ArenaOptions, Pool

TEXT = """#[version = "0.0.5"]
def @main(%x: Tensor[(1, 6, 6, 4), float32], %w: Tensor[(3, 3, 4, 8), float32]) {
  %0 = nn.conv2d(%x, %w, padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3],
    data_layout="NHWC", kernel_layout="HWIO");
  %1 = nn.relu(%0);
  nn.softmax(nn.max_pool2d(%1, pool_size=[2, 2], strides=[2, 2], layout="NHWC"))
}
"""
MAIN = """
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <tvmgen_m.h>

#define RUNS 300
struct work {
  float x[TVMGEN_M_X_ELEMENTS], first[TVMGEN_M_OUTPUT_ELEMENTS], now[TVMGEN_M_OUTPUT_ELEMENTS];
  int seed, errors;
};

static int32_t run(struct work* work, float* output) {
  struct tvmgen_m_inputs inputs = {work->x};
  struct tvmgen_m_outputs outputs = {output};
  RUN
}

static void* thread(void* argument) {
  struct work* work = (struct work*)argument;
  for (int i = 0; i < RUNS; ++i) {
    work->errors += run(work, work->now) != 0 || memcmp(work->now, work->first, sizeof work->now) != 0;
  }
  return NULL;
}

int main(void) {
  static struct work works[2];
  pthread_t threads[2];
  for (int t = 0; t < 2; ++t) {
    for (int i = 0; i < TVMGEN_M_X_ELEMENTS; ++i) {
      works[t].x[i] = (float)((i * 7 + t * 13) % 11) * 0.25f - 1.0f;
    }
    if (run(&works[t], works[t].first) != 0) {
      return 1;
    }
  }
  for (int t = 0; t < 2; ++t) {
    pthread_create(&threads[t], NULL, thread, &works[t]);
  }
  for (int t = 0; t < 2; ++t) {
    pthread_join(threads[t], NULL);
  }
  printf("%d %d\\n", works[0].errors, works[1].errors);
  return 0;
}
"""
OWN_POOLS = """
  _Alignas(16) uint8_t fast[TVMGEN_M_FAST_WORKSPACE_POOL_SIZE], slow[TVMGEN_M_SLOW_WORKSPACE_POOL_SIZE];
  struct tvmgen_m_workspace_pools pools = {fast, slow};
  return tvmgen_m_run(&inputs, &outputs, &pools);
"""


def run_threads(folder: Path, options: AotOptions, run: str) -> subprocess.CompletedProcess[str]:
    """A program of two threads that run the model, under the thread sanitizer."""
    weights = np.random.default_rng(0).standard_normal((3, 3, 4, 8)).astype("float32")
    library = compile_model(from_text(TEXT, {"w": weights}, "m.relay"), executor="aot", name="m", aot=options)
    for file in library.code:
        (folder / file.name.removeprefix("m_")).write_bytes(file.data)
    (folder / "main.c").write_text(MAIN.replace("RUN\n", run.strip() + "\n", 1))
    command = [
        "gcc",
        "-O1",
        "-fsanitize=thread",
        "-pthread",
        "-I.",
        "main.c",
        "lib0.c",
        "lib1.c",
        "-lm",
        "-o",
        "program",
    ]
    subprocess.run(command, cwd=folder, check=True)
    result = subprocess.run([folder / "program"], capture_output=True, text=True, check=False)
    if "unexpected memory mapping" in result.stderr:  # an older sanitizer under a kernel that randomizes more bits
        result = subprocess.run(["setarch", "-R", folder / "program"], capture_output=True, text=True, check=False)
    return result


def test_two_threads_with_pools_of_their_own(tmp_path: Path) -> None:
    pools = ArenaOptions(pools=(Pool("fast", 512), Pool("slow")))
    result = run_threads(tmp_path, AotOptions(pools, caller_pools=True), OWN_POOLS)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "0 0\n"


def test_a_static_arena_is_one_run_at_a_time(tmp_path: Path) -> None:
    """What breaks when the advice of the header is not followed: the check above can fail."""
    result = run_threads(tmp_path, AotOptions(), "return tvmgen_m_run(&inputs, &outputs);")
    assert "data race" in result.stderr
