"""What tvm_add_model_library rejects, and what it says then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

MISTAKES = [
    ("tvm_add_model_library(m)", "name and model are needed; keywords: ALIGNMENT, ARENA, ARENA_SECTION, ATOL"),
    (
        "tvm_add_model_library(m first.relay PARAM p)",
        "unknown argument 'PARAM p'; allowed keywords: ALIGNMENT, ARENA, ARENA_SECTION, ATOL",
    ),
    ("tvm_add_model_library(m first.relay second.relay)", "unknown argument 'second.relay'"),
    ("tvm_add_model_library(m first.relay PARAMS)", "PARAMS without a value"),
    ("tvm_add_model_library(m first.relay PARAMS EXECUTOR aot)", "PARAMS without a value"),
    ("tvm_add_model_library(m first.relay EXECUTOR vm)", "EXECUTOR is 'vm'; expected graph or aot"),
    ("tvm_add_model_library(m first.relay TARGET cuda)", "TARGET is 'cuda'; expected c or llvm, and options of it"),
    ("tvm_add_model_library(m first.relay TARGET c -O3)", "unknown option '-O3'; the options are -mtriple, -mcpu"),
    ("tvm_add_model_library(m first.relay TARGET c -mcpu=cortex-m44)", "unknown processor 'cortex-m44'; did you mean"),
    ("tvm_add_model_library(m first.relay TARGET llvm -mcup=x)", "-mcup"),
    ("tvm_add_model_library(m first.relay ATOL small)", "ATOL is 'small'; expected a number that is not negative"),
    ("tvm_add_model_library(m first.relay RTOL -1)", "RTOL is '-1'; expected a number that is not negative"),
    ("tvm_add_model_library(m first.relay ATOL 1e999)", "'1e999' is not a finite number of 0 or more"),
    (
        "tvm_add_model_library(m first.relay INTEGER_TOLERANCE 1.5)",
        "INTEGER_TOLERANCE is '1.5'; expected a whole number that is not negative",
    ),
    (
        "tvm_add_model_library(m first.relay INTEGER_TOLERANCE -1)",
        "INTEGER_TOLERANCE is '-1'; expected a whole number that is not negative",
    ),
    (
        "tvm_add_model_library(m first.relay INTEGER_TOLERANCE 9999999999)",
        "9999999999 is not in the range 0<=x<=2147483647",
    ),
    (
        "tvm_add_model_library(m first.relay RANDOM_VECTORS many)",
        "RANDOM_VECTORS is 'many'; expected a whole number that is not negative",
    ),
    ("tvm_add_model_library(m first.relay RANDOM_VECTORS 1001)", "1001 is not in the range 0<=x<=1000"),
    (
        "tvm_add_model_library(m first.relay RANDOM_VECTORS 0)",
        "RANDOM_VECTORS is 0, so that the test has nothing to run the model on: record runs (VECTORS), or make no test",
    ),
    ("tvm_add_model_library(m first.relay RAM_BUDGET 16KB)", "RAM_BUDGET is '16KB'; expected a number of bytes"),
    ("tvm_add_model_library(m first.relay FLASH_BUDGET -1)", "FLASH_BUDGET is '-1'; expected a number of bytes"),
    ("tvm_add_model_library(m first.relay FLASH_BUDGET 1)", "more than its budget of 1:"),
    ("tvm_add_model_library(m first.relay FORMAT_VERSION 8)", "8 is not in the range 1<=x<=7"),
    (
        "tvm_add_model_library(m first.relay FORMAT_VERSION 1 EXECUTOR aot)",
        "format version 1 does not exist",
    ),
    ("tvm_add_model_library(m first.relay IO_IN_ARENA)", "only the AOT executor has IO_IN_ARENA: add EXECUTOR aot"),
    ("tvm_add_model_library(m first.relay EXECUTOR graph POOLS a=1K)", "only the AOT executor has POOLS"),
    ("tvm_add_model_library(m first.relay ARENA_SECTION .a)", "only the AOT executor has ARENA_SECTION"),
    ("tvm_add_model_library(m first.relay EXECUTOR aot ARENA heap)", "'heap' is not one of 'internal', 'caller'"),
    ("tvm_add_model_library(m first.relay EXECUTOR aot POOLS a=x)", "the pool 'a=x' is not NAME or NAME=SIZE"),
    ("tvm_add_model_library(m first.relay EXECUTOR aot ALIGNMENT 3)", "alignment is 3; expected a power of two"),
    (
        'tvm_add_model_library(m first.relay EXECUTOR aot CONSTANT_SECTION "no section")',
        "the section of the constants is 'no section'; expected a name of letters",
    ),
    (
        "tvm_add_model_library(m first.relay EXECUTOR aot CONSTANT_SECTION .a ARENA_SECTION .a)",
        "constants and arena cannot share the section '.a'",
    ),
    ("tvm_add_model_library(m first.relay NO_TEST ATOL 1)", "NO_TEST and ATOL contradict each other"),
    ("tvm_add_model_library(m first.relay NO_TEST VECTORS v.npz)", "NO_TEST and VECTORS contradict each other"),
    (
        "tvm_add_model_library(m first.relay NO_TEST INTEGER_TOLERANCE 0)",
        "NO_TEST and INTEGER_TOLERANCE contradict each other",
    ),
    ("tvm_add_model_library(a-b first.relay)", "the model name 'a-b' is not a C identifier; give one with MODEL_NAME"),
    ("tvm_add_model_library(m first.relay MODEL_NAME 1x)", "the model name '1x' is not a C identifier"),
    ("tvm_add_model_library(m none.relay)", "the model 'none.relay' does not exist: tried @SOURCE@/none.relay"),
    ("tvm_add_model_library(m /none.relay)", "the model '/none.relay' does not exist: tried /none.relay"),
    ("tvm_add_model_library(m .)", "the model '.' does not exist: tried @SOURCE@"),
    ("tvm_add_model_library(m first.relay PARAMS p)", "PARAMS 'p' does not exist: tried @SOURCE@/p"),
    ("tvm_add_model_library(m first.relay VECTORS v)", "VECTORS 'v' does not exist: tried @SOURCE@/v"),
    ("add_library(m INTERFACE)\ntvm_add_model_library(m first.relay)", "there is a target of that name already"),
    ("tvm_add_model_library(test first.relay)", "CMake keeps that name for a target of its own; choose another"),
    ("tvm_add_model_library(all first.relay NO_TEST)", "The model keeps its name with MODEL_NAME all"),
    ("tvm_add_model_library(a/b first.relay MODEL_NAME m)", "a target cannot have that name; expected letters, digits"),
    (
        "add_library(m_host INTERFACE)\ntvm_add_model_library(m first.relay)",
        "there is a target m_host already, which is the name of the program that tests the model",
    ),
    (
        "tvm_add_model_library(m first.relay)\ntvm_add_model_library(n first.relay MODEL_NAME m)",
        "m has the model name 'm' already",
    ),
    (
        "tvm_add_model_library(m first.relay)\ntvm_add_model_library(n first.relay MODEL_NAME M)",
        "m has the model name 'M' already (upper and lower case are the same here)",
    ),
    (
        'tvm_add_model_library(m first.relay RAM_BUDGET "${typing_error}")',
        "an empty argument after 'RAM_BUDGET'; expected a value",
    ),
    ('tvm_add_model_library(m "")', "an empty argument after 'm'; expected a value"),
    ('tvm_add_model_library(m "a;b.relay")', "the model 'a;b.relay' has a semicolon in its name"),
    ('tvm_add_model_library(m first.relay PARAMS "a;b")', "PARAMS 'a;b' has a semicolon in its name"),
    (
        "tvm_add_model_library(m first.relay EXECUTOR aot POOLS fast slow=1K)",
        "the memory pool 'fast' has no size, so that 'slow' would stay empty",
    ),
    (
        "tvm_add_model_library(m first.relay EXECUTOR aot POOLS fast=1K fast=2K)",
        "two memory pools have the name 'fast'",
    ),
]


@pytest.fixture(scope="module")
def build(module_project: Any, multiply: Any) -> Any:
    """One build folder for all; the project does what its file code.cmake says."""
    module_project.write("include(code.cmake)\n", first_relay=multiply(2.0))
    return module_project


@pytest.mark.parametrize(("code", "message"), MISTAKES)
def test_mistake(build: Any, code: str, message: str) -> None:
    (build.source / "code.cmake").write_text(code + "\n")
    output = build.configure(ok=False)
    expected = message.replace("@SOURCE@", str(build.source))
    assert "".join(expected.split()) in "".join(output.split()), output
    assert "Traceback" not in output


def test_every_keyword_together(build: Any) -> None:
    (build.source / "code.cmake").write_text(
        "tvm_add_model_library(all-of-it first.relay TARGET llvm EXECUTOR aot MODEL_NAME all\n"
        "  FORMAT_VERSION 7 RANDOM_VECTORS 9 ATOL 1e-6 RTOL .5 INTEGER_TOLERANCE 0\n"
        "  ARENA caller POOLS tiny=4 rest=1K IO_IN_ARENA ALIGNMENT 32\n"
        "  RAM_BUDGET 100000 FLASH_BUDGET 100K\n"
        "  CONSTANT_SECTION .rodata.weights ARENA_SECTION .bss.arena)\n"
        "get_target_property(archive all-of-it TVM_MODEL_ARCHIVE)\n"
        "get_target_property(arena all-of-it TVM_MODEL_ARENA_SIZE)\n"
        'message(STATUS "made ${archive}, ${arena}")\n'
    )
    output = build.configure()
    assert f"made {build.build_folder}/all-of-it.model/all.tar, " in output
    build.build()
    build.test()
    assert "vectors: 9 random, all minimum, all maximum, zero points; each" in build.run(
        build.program("all-of-it_host")
    )


def test_an_integer_tolerance_shows(build: Any) -> None:
    (build.source / "double.relay").write_text('#[version = "0.0.5"]\ndef @main(%x: Tensor[(4), int8]) { %x + %x }\n')
    x = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.int8)
    np.savez(build.source / "runs.npz", in0=x, out0=x + x + np.int8(1))
    keywords = "double.relay VECTORS runs.npz RTOL 1 ATOL 5"
    (build.source / "code.cmake").write_text(
        f"tvm_add_model_library(exact {keywords} RANDOM_VECTORS 0)\n"
        f"tvm_add_model_library(within {keywords} INTEGER_TOLERANCE 1)\n"
    )
    build.configure()
    build.build()
    assert "8 of 8 elements of output differ; largest error 1" in build.run(build.program("exact_host"), ok=False)
    printed = build.run(build.program("within_host"))
    assert "vectors: 2 recorded, 4 random, all minimum, all maximum, zero points; each run twice" in printed
    assert "equal within 1 step(s); largest error 1" in printed


def test_what_those_messages_advise(build: Any) -> None:
    (build.source / "code.cmake").write_text(
        "add_library(m_host INTERFACE)\n"
        "tvm_add_model_library(m first.relay NO_TEST)\n"
        "tvm_add_model_library(test_model first.relay MODEL_NAME test)\n"
    )
    build.configure()
    build.build()
    build.test()


def test_a_model_called_m(build: Any) -> None:
    """The mathematical functions of the C library still come from libm."""
    (build.source / "exp.relay").write_text(
        '#[version = "0.0.5"]\ndef @main(%x: Tensor[(4), float32]) { nn.softmax(%x) }\n'
    )
    (build.source / "code.cmake").write_text(
        "tvm_add_model_library(m first.relay)\ntvm_add_model_library(other exp.relay EXECUTOR aot)\n"
    )
    build.configure()
    build.build()
    build.test()


@pytest.mark.parametrize("where", ["before", "after", "nowhere"])
def test_a_project_without_tests(project: Any, multiply: Any, where: str) -> None:
    project.write("@BEFORE@tvm_add_model_library(first first.relay)\n@AFTER@", first_relay=multiply(2.0))
    lists = project.source / "CMakeLists.txt"
    text = lists.read_text().replace("enable_testing()\n", "")
    for place in ("before", "after"):
        text = text.replace(f"@{place.upper()}@", "enable_testing()\n" if place == where else "")
    lists.write_text(text)
    output = project.configure()
    assert ("does not call enable_testing()" in " ".join(output.split())) == (where == "nowhere")
    assert "does not call enable_testing()" not in " ".join(project.configure("-DBUILD_TESTING=OFF").split())


def test_files_in_the_build_folder_are_not_imported(project: Any, multiply: Any) -> None:
    """Python code that lies where the exporter or the build runs."""
    names = ("click", "numpy", "json", "re", "tvm_model_library", "cli", "errors")
    trap = "raise SystemExit(3)\n"
    project.write("tvm_add_model_library(first first.relay NO_TEST)\n", first_relay=multiply(2.0))
    project.build_folder.mkdir()
    for folder in (project.build_folder, project.source):
        for name in names:
            (folder / f"{name}.py").write_text(trap)
    project.environment["TVM_MODEL_LIBRARY_CACHE_DIR"] = str(project.source.parent / "own cache")
    project.configure()
    project.build()


def test_weights_that_nobody_bound_show_as_inputs(build: Any) -> None:
    names = [f"w{i}" for i in range(6)]
    parameters = ", ".join(f"%{n}: Tensor[(4), float32]" for n in names)
    (build.source / "sum.relay").write_text(
        f'#[version = "0.0.5"]\ndef @main({parameters}) {{ {" + ".join("%" + n for n in names)} }}\n'
    )
    (build.source / "code.cmake").write_text("tvm_add_model_library(sum sum.relay)\n")
    assert "tvm_add_model_library(sum): inputs (6): w0, w1, w2, w3, ...; constants: 0 bytes" in build.configure()


def test_a_project_without_c(project: Any) -> None:
    (project.source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES NONE)\nfind_package(TVMModelLibrary REQUIRED)\n"
    )
    assert "project(p LANGUAGES C)" in project.configure(ok=False)


def test_the_environment_names_the_python(project: Any, multiply: Any) -> None:
    """What outlives tools that drop cache variables, such as idf.py set-target; a cache variable comes first."""
    project.write("tvm_add_model_library(first first.relay NO_TEST)\n", first_relay=multiply(2.0))
    project.environment["TVM_MODEL_LIBRARY_PYTHON"] = str(project.python.path)
    command = [word for word in project.configure_command() if not word.startswith("-DTVM_MODEL_LIBRARY_PYTHON")]
    project.run(*command)
    assert any("check_python.py" in line for line in project.python.starts())
    del project.environment["TVM_MODEL_LIBRARY_PYTHON"]
    project.run(*command)  # what was found stays
    project.environment["TVM_MODEL_LIBRARY_PYTHON"] = "/no/python"
    output = " ".join(project.run(*command, ok=False).split())
    assert "cannot use the Python /no/python (from the environment variable TVM_MODEL_LIBRARY_PYTHON)" in output
    project.configure()
