"""The AOT executor: its C interface, its memory, its errors."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from plans import PlanBuilder, add_plan, model_of
from test_graph_executor import SANITIZED, STRICT, copy_body, varied_expected, varied_plan
from tvm_model_library import host
from tvm_model_library.build_tree import generated_files, harness_list_source, harness_source
from tvm_model_library.compiler.targets.target import C
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.files import crt_dir, harness_dir
from tvm_model_library.library import Library, assemble
from tvm_model_library.plan.memory import ArenaOptions, Pool, pool_sizes
from tvm_model_library.plan.plan import Plan

AWKWARD = (*(Pool(n, 32) for n in ("inputs", "outputs", "status", "check", "workspace_pools")), Pool("sizes"))
"""Pools with names that the generated code has for other things."""

OPTIONS = {
    "default": AotOptions(),
    "caller's pools": AotOptions(caller_pools=True),
    "io inside": AotOptions(ArenaOptions(io=True)),
    "io inside the caller's pools": AotOptions(ArenaOptions(io=True), caller_pools=True),
    "two pools": AotOptions(ArenaOptions(pools=(Pool("dtcm", 32), Pool("sram")))),
    "two of the caller's pools": AotOptions(ArenaOptions(pools=(Pool("dtcm", 32), Pool("sram"))), caller_pools=True),
    "alignment": AotOptions(ArenaOptions(alignment=64)),
    "alignment of the caller's pools": AotOptions(ArenaOptions(alignment=4096), caller_pools=True),
    "pools with names of the code's own": AotOptions(ArenaOptions(pools=AWKWARD)),
    "the caller's pools with such names": AotOptions(ArenaOptions(pools=AWKWARD), caller_pools=True),
    "sections": AotOptions(constant_section=".rodata.weights", arena_section=".bss.arena"),
}


def library(plan: Plan, options: AotOptions | None = None) -> Library:
    target = C
    return assemble(model_of(plan), plan, target, "aot", options)


@pytest.mark.parametrize("name", OPTIONS)
def test_host_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "FLAGS", (*host.FLAGS, *STRICT))
    monkeypatch.setenv("CC", SANITIZED)
    x, scale = np.arange(6, dtype="float32").reshape(2, 3) - 2, np.array(1.5, "float32")
    lib = library(varied_plan(), OPTIONS[name])
    for _ in range(2):
        outputs = lib.run(x, scale, np.zeros(4, "int64"))
        for output, expected in zip(outputs, varied_expected(x, scale), strict=True):
            np.testing.assert_allclose(output, expected, rtol=1e-6)


def test_inputs_called_like_what_the_c_library_defines() -> None:
    build = PlanBuilder()
    names = ("NULL", "int32_t", "INT32_MIN", "errno", "exp", "memcpy")
    inputs = [build.input(name, (2,)) for name in names]
    body = "  for (int32_t i = 0; i < 2; ++i) {\n    out0[i] = expf(in0[i]) + in5[i];\n  }"
    (out,) = build.call("sum", inputs, [((2,), "float32")], body)
    x = np.float32([0, 1])
    (result,) = library(build.finish(build.copy(out))).run(*[x] * len(names))
    np.testing.assert_allclose(result, np.exp(x) + x, rtol=1e-6)


def test_no_inputs_and_empty_tensors() -> None:
    build = PlanBuilder("empty")
    constant = build.constant(np.array([1.0, np.nan, np.inf, -np.inf], "float32"))
    (nothing,) = build.call("none", [constant], [((0, 3), "float32")])
    (y,) = build.call("k", [constant, build.copy(nothing)], [((4,), "float32")], copy_body(4))
    outputs = library(build.finish(y, build.copy(nothing))).run()
    np.testing.assert_array_equal(outputs[0], np.array([1.0, np.nan, np.inf, -np.inf], "float32"))
    assert outputs[1].shape == (0, 3)


def compile_c(folder: Path, lib: Library, main: str, *, others: tuple[Library, ...] = ()) -> Path:
    """A program of generated code and a ``main`` of the test's own, without the runtime."""
    sources = []
    for index, each in enumerate((lib, *others)):
        for file in each.code:
            path = folder / (file.name if file.folder == "include" else f"{index}_{file.name}")
            path.write_bytes(file.data)
            sources += [path] if path.suffix == ".c" else []
    (folder / "main.c").write_text(main)
    program = folder / "program"
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wmissing-prototypes", "-Werror", "-pedantic"]
    command = ["gcc", "-std=c99", *warnings, f"-I{folder}", *map(str, sources), str(folder / "main.c"), "-lm"]
    subprocess.run([*command, "-o", str(program)], check=True)
    return program


def run_c(program: Path) -> str:
    return subprocess.run([program], check=True, capture_output=True, text=True).stdout


FIRMWARE = """
#include <stdio.h>
#include <tvmgen_add.h>
static const int32_t shape[] = TVMGEN_ADD_A_SHAPE;
int main(void) {
  static TVMGEN_ADD_A_TYPE a[TVMGEN_ADD_A_ELEMENTS] = {3, 200};
  static TVMGEN_ADD_B_TYPE b[TVMGEN_ADD_B_ELEMENTS + 1] = {1.5f, -2.0f};
  static TVMGEN_ADD_OUTPUT_TYPE out[TVMGEN_ADD_OUTPUT_ELEMENTS];
  struct tvmgen_add_inputs inputs = {a, b};
  struct tvmgen_add_outputs outputs = {out};
  int32_t ok = tvmgen_add_run(&inputs, &outputs);
  printf("%d %g %g %d%d\\n", (int)ok, (double)out[0], (double)out[1], (int)shape[0], (int)shape[1]);
  inputs.b = (char*)b + 1;
  printf("%d ", tvmgen_add_run(&inputs, &outputs) == TVMGEN_ADD_ERROR_MISALIGNED);
  inputs.b = NULL;
  printf("%d ", tvmgen_add_run(&inputs, &outputs) == TVMGEN_ADD_ERROR_NULL_POINTER);
  inputs.b = b;
  outputs.output = NULL;
  printf("%d ", tvmgen_add_run(&inputs, &outputs) == TVMGEN_ADD_ERROR_NULL_POINTER);
  printf("%d ", tvmgen_add_run(NULL, &outputs) == TVMGEN_ADD_ERROR_NULL_POINTER);
  printf("%d\\n", tvmgen_add_run(&inputs, NULL) == TVMGEN_ADD_ERROR_NULL_POINTER);
  return 0;
}
"""


def test_firmware_and_the_checked_entry(tmp_path: Path) -> None:
    assert run_c(compile_c(tmp_path, library(add_plan()), FIRMWARE)) == "0 6 192 12\n1 1 1 1 1\n"


POOLS = """
#include <stdio.h>
#include <tvmgen_varied.h>
static long long memory[TVMGEN_VARIED_ARENA_WORKSPACE_POOL_SIZE / 8 + 4];
int main(void) {
  float x[6] = {0}, scale[1] = {1}, o0[6];
  int64_t unused[4];
  int32_t o1[6], o2[6];
  struct tvmgen_varied_inputs inputs = {x, scale, unused};
  struct tvmgen_varied_outputs outputs = {o0, o1, o2};
  uintptr_t start = ((uintptr_t)memory + 15) / 16 * 16;
  struct tvmgen_varied_workspace_pools pools = {(void*)start};
  printf("%d ", (int)tvmgen_varied_run(&inputs, &outputs, &pools));
  pools.arena = (void*)(start + 4);
  printf("%d ", tvmgen_varied_run(&inputs, &outputs, &pools) == TVMGEN_VARIED_ERROR_MISALIGNED);
  pools.arena = NULL;
  printf("%d ", tvmgen_varied_run(&inputs, &outputs, &pools) == TVMGEN_VARIED_ERROR_NULL_POINTER);
  printf("%d\\n", tvmgen_varied_run(&inputs, &outputs, NULL) == TVMGEN_VARIED_ERROR_NULL_POINTER);
  struct tvmgen_varied_workspace_pool_sizes sizes = {TVMGEN_VARIED_ARENA_WORKSPACE_POOL_SIZE};
  printf("%d ", tvmgen_varied_check_pools(&pools, &sizes) == TVMGEN_VARIED_ERROR_NULL_POINTER);
  pools.arena = (void*)(start + 4);
  printf("%d ", tvmgen_varied_check_pools(&pools, &sizes) == TVMGEN_VARIED_ERROR_MISALIGNED);
  pools.arena = (void*)start;
  printf("%d ", (int)tvmgen_varied_check_pools(&pools, &sizes));
  sizes.arena -= 1;
  printf("%d ", tvmgen_varied_check_pools(&pools, &sizes) == TVMGEN_VARIED_ERROR_POOL_TOO_SMALL);
  o0[0] = 7.0f;
  printf("%d ", tvmgen_varied_run_checked(&inputs, &outputs, &pools, &sizes) == TVMGEN_VARIED_ERROR_POOL_TOO_SMALL);
  printf("%d ", o0[0] == 7.0f); /* it did not run */
  sizes.arena += 1;
  printf("%d ", (int)tvmgen_varied_run_checked(&inputs, &outputs, &pools, &sizes));
  printf("%d ", o0[0] != 7.0f);
  printf("%d ", tvmgen_varied_check_pools(NULL, &sizes) == TVMGEN_VARIED_ERROR_NULL_POINTER);
  printf("%d\\n", tvmgen_varied_check_pools(&pools, NULL) == TVMGEN_VARIED_ERROR_NULL_POINTER);
  return 0;
}
"""


def test_pools_are_checked(tmp_path: Path) -> None:
    lib = library(varied_plan(), AotOptions(caller_pools=True))
    assert run_c(compile_c(tmp_path, lib, POOLS)) == "0 1 1 1\n1 1 0 1 1 1 0 1 1 1\n"


def test_a_kernels_error_is_returned(tmp_path: Path) -> None:
    build = PlanBuilder("add")
    a, b = build.input("a", (1, 2), "uint8"), build.input("b", (1, 2))
    body = "  if (out0 != NULL && in0 != NULL && in1 != NULL) {\n    return 77;\n  }"
    (y,) = build.call("failing", [a, b], [((1, 2), "float32")], body)
    assert run_c(compile_c(tmp_path, library(build.finish(y)), FIRMWARE)).startswith("77 0 0")


@pytest.mark.parametrize(
    ("options", "macro", "sections"),
    [
        ("sections", "", {".rodata.weights", ".bss.arena"}),
        ("sections", "CONSTANT_SECTION=.rodata.flash", {".rodata.flash", ".bss.arena"}),
        ("default", "ARENA_SECTION=.bss.ram", {".rodata.tvm", ".bss.ram"}),
        ("two pools", "", {".rodata.tvm", ".bss.tvm.dtcm", ".bss.tvm.sram"}),
        ("two pools", "DTCM_SECTION=.bss.dtcm", {".rodata.tvm", ".bss.dtcm", ".bss.tvm.sram"}),
    ],
)
def test_constants_and_pools_lie_in_their_sections(
    tmp_path: Path, options: str, macro: str, sections: set[str]
) -> None:
    lib = library(varied_plan(), OPTIONS[options])
    source = next(f for f in lib.code if f.name == "lib0.c")
    (tmp_path / "tvmgen_varied.h").write_bytes(lib.code[0].data)
    (tmp_path / "lib0.c").write_bytes(source.data)
    name, _, section = macro.partition("=")
    define = [f'-DTVMGEN_VARIED_{name}="{section}"'] if macro else []
    command = ["gcc", "-std=c99", "-c", f"-I{tmp_path}", *define, "lib0.c", "-o", "lib0.o"]
    subprocess.run(command, cwd=tmp_path, check=True)
    listing = subprocess.run(["objdump", "-h", "lib0.o"], cwd=tmp_path, check=True, capture_output=True, text=True)
    found = re.findall(r"^ +\d+ (\.(?:rodata|bss)\.\S+) +(\w+).*\n +(.*)$", listing.stdout, re.MULTILINE)
    assert {s for s, size, _ in found if int(size, 16)} == sections
    for section, _, flags in found:
        assert ("READONLY" in flags, "CONTENTS" in flags) == (section.startswith(".rodata"),) * 2


def test_a_compiler_that_cannot_place_is_told_how(tmp_path: Path) -> None:
    """Without GCC's attributes alignment and sections would be lost: an error, unless PLACED is given."""
    for file in library(varied_plan()).code:
        (tmp_path / file.name).write_bytes(file.data)
    command = ["gcc", "-std=c99", "-U__GNUC__", "-fsyntax-only", f"-I{tmp_path}", "lib0.c"]
    result = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert "#error" in result.stderr
    assert "define PLACED(section_name)" in result.stderr
    subprocess.run([*command, "-DPLACED(s)=__attribute__((section(s)))"], cwd=tmp_path, check=True)


def test_models_of_both_executors_share_a_binary(tmp_path: Path) -> None:
    target = C
    one, two = add_plan("one"), add_plan("two")
    graph_library = assemble(model_of(two), two, target, "graph")
    libraries = [library(one), graph_library]
    inputs = [np.array([[1, 2]], "uint8"), np.array([[3, 4]], "float32")]
    recorded = inputs, [np.array([[7, 18]], "float32")]
    sources = []
    for lib in libraries:
        files = {f"{lib.name}_{f.name}" if f.folder == "src" else f.name: f.data for f in lib.code}
        files.update({Path(p).name: t.encode() for p, t in generated_files(lib).items()})
        files[f"{lib.name}_harness.c"] = harness_source(lib, recorded, is_list=False).encode()
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
            sources += [name] if name.endswith(".c") else []
    (tmp_path / "list.c").write_text(harness_list_source(["one", "two"]))
    includes = [f"-I{p}" for p in (tmp_path, crt_dir() / "include", harness_dir() / "include")]
    runtime = [str(o) for o in host.runtime_objects(("gcc",))]
    command = ["gcc", "-std=c99", "-Wall", "-Werror", *includes, *sources, "list.c", *runtime, "-lm", "-o", "both"]
    subprocess.run(command, cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "both"], check=True, capture_output=True)
    wrong = inputs, [np.array([[7, 19]], "float32")]
    (tmp_path / "one_harness.c").write_text(harness_source(libraries[0], wrong, is_list=False))
    subprocess.run(command, cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "both"], check=False, capture_output=True).returncode == 1


def test_the_header_tells_the_memory() -> None:
    lib = library(varied_plan(), OPTIONS["two of the caller's pools"])
    header = lib.code[0].data.decode()
    sizes = pool_sizes(lib.plan)
    assert f"#define TVMGEN_VARIED_DTCM_WORKSPACE_POOL_SIZE {sizes['dtcm']}\n" in header
    assert f"#define TVMGEN_VARIED_WORKSPACE_SIZE {sum(sizes.values())}\n" in header
    assert lib.memory()["arena_size"] == sum(sizes.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (AotOptions(ArenaOptions(alignment=12)), "alignment is 12; expected a power of two"),
        (AotOptions(constant_section="no section"), "constants is 'no section'; expected a name"),
        (AotOptions(arena_section='x")'), "arena is .* expected a name"),
        (AotOptions(ArenaOptions(pools=(Pool("a", 64), Pool("A")))), "the pool names a, A clash"),
        (AotOptions(ArenaOptions(pools=(Pool("constant"),))), "none may be 'constant'"),
        (AotOptions(constant_section=".tvm", arena_section=".tvm"), "cannot share the section '.tvm'"),
        (AotOptions(constant_section=".bss.tvm"), "constants cannot be in the section '.bss.tvm'"),
        (AotOptions(arena_section=".rodata.tvm"), "the arena cannot be in the section '.rodata.tvm'"),
        (AotOptions(ArenaOptions(pools=(Pool("a"), Pool("a")))), "distinct names"),
        (AotOptions(ArenaOptions(pools=())), "at least one memory pool"),
        (AotOptions(ArenaOptions(pools=(Pool("a"), Pool("b", 64)))), "'a' has no size, so that 'b' would stay empty"),
        (
            AotOptions(ArenaOptions(pools=(Pool("a", 64), Pool("b"))), constant_section=".tvm.a", arena_section=".tvm"),
            "cannot share the section '.tvm.a'",
        ),
        (AotOptions(constant_section=".a,b"), "expected a name of letters"),
        (AotOptions(ArenaOptions(pools=(Pool("my pool"),))), "'my pool' is no C identifier; 'my_pool' would do"),
        (AotOptions(ArenaOptions(pools=(Pool("tiny", 8),))), "pools are too small"),
    ],
)
def test_bad_options(options: AotOptions, message: str) -> None:
    with pytest.raises(ModelLibraryError, match=message):
        library(varied_plan(), options)
