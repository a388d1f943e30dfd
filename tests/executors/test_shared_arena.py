"""Two AOT models and a graph model in one program, one after the other in the same memory."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from tvm_model_library.build_tree import generated_files
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.files import crt_dir
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import compile as compile_model

TEXT = (
    '#[version = "0.0.5"]\n'
    "def @main(%x: Tensor[({n}), float32]) {{ nn.softmax(reshape(nn.softmax(reshape(%x, newshape=[2, -1])) * {f}f,"
    " newshape=[-1])) }}\n"
)
SIZES = {"one": (64, 2.0), "two": (40, 3.0), "three": (48, 5.0)}

MAIN = """
#include <stdio.h>
#include <tvm/runtime/crt/graph_executor.h>
#include <tvmgen_one.h>
#include <tvmgen_three.h>
#include <tvmgen_two.h>

#define MAXIMUM(a, b) ((a) > (b) ? (a) : (b))

static union {
  uint8_t bytes[MAXIMUM(TVMGEN_THREE_ARENA_SIZE, MAXIMUM(TVMGEN_ONE_ARENA_SIZE, TVMGEN_TWO_ARENA_SIZE)) + 16];
  long double alignment;
} memory;
static float input[64], output[64];

static int print(int32_t status, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    printf("%.9g ", (double)output[i]);
  }
  printf("\\n");
  return (int)status;
}

static int run_three(uint8_t* arena, size_t size) {
  TVMGraphExecutor* executor = NULL;
  int32_t status = tvmgen_three_create(arena, size, &executor);
  if (status != 0) {
    return 1;
  }
  int64_t shape[] = {48};
  DLTensor in = {input, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, NULL, 0};
  DLTensor out = {output, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, NULL, 0};
  TVMGraphExecutor_SetInput(executor, "x", &in);
  TVMGraphExecutor_Run(executor);
  return print(TVMGraphExecutor_GetOutput(executor, 0, &out), 48);
}

int main(void) {
  uint8_t* arena = memory.bytes + (16 - (uintptr_t)memory.bytes % 16) % 16;
  struct tvmgen_one_inputs one_in = {input};
  struct tvmgen_one_outputs one_out = {output};
  struct tvmgen_one_workspace_pools one_pools = {arena};
  struct tvmgen_two_inputs two_in = {input};
  struct tvmgen_two_outputs two_out = {output};
  struct tvmgen_two_workspace_pools two_pools = {arena};
  int failures = 0;
  for (size_t i = 0; i < 64; ++i) {
    input[i] = (float)(i % 7) - 3.0f;
  }
  for (int round = 0; round < 2; ++round) {
    failures += print(tvmgen_one_run(&one_in, &one_out, &one_pools), 64) != 0;
    failures += print(tvmgen_two_run(&two_in, &two_out, &two_pools), 40) != 0;
    failures += run_three(arena, sizeof memory.bytes - 16) != 0;
  }
  return failures;
}
"""


def test_three_models_take_turns(tmp_path: Path) -> None:
    models = {name: from_text(TEXT.format(n=n, f=f)) for name, (n, f) in SIZES.items()}
    caller = AotOptions(caller_pools=True)
    libraries = [
        compile_model(models["one"], executor="aot", name="one", aot=caller),
        compile_model(models["two"], executor="aot", name="two", aot=caller),
        compile_model(models["three"], executor="graph", name="three"),
    ]
    assert all(lib.memory()["arena_size"] > 0 for lib in libraries)
    for lib in libraries:
        files = {f"{lib.name}_{f.name}" if f.folder == "src" else f.name: f.data for f in lib.code}
        files.update({Path(p).name: t.encode() for p, t in generated_files(lib).items()})
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
    (tmp_path / "main.c").write_text(MAIN)
    includes = [f"-I{p}" for p in (tmp_path, crt_dir() / "include")]
    sources = sorted(p.name for p in tmp_path.glob("*.c"))
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    runtime = sorted(map(str, (crt_dir() / "src").glob("*.c")))
    command = ["gcc", *flags, *includes, *sources, *runtime, "-lm", "-o", "all"]
    subprocess.run(command, cwd=tmp_path, check=True)
    result = subprocess.run([tmp_path / "all"], check=True, capture_output=True, text=True)
    lines = [np.array(line.split(), "float32") for line in result.stdout.splitlines()]
    assert len(lines) == 6
    for line, name in zip(lines, [*SIZES, *SIZES], strict=True):
        x = (np.arange(SIZES[name][0]) % 7 - 3).astype("float32")
        np.testing.assert_allclose(line, models[name].reference(x)[0], rtol=1e-4, atol=1e-5)
