"""In a Zephyr build: what the package does where Zephyr's targets are, played by stand-ins."""

from __future__ import annotations

import json
from typing import Any

STAND_IN = """
add_library(zephyr_interface INTERFACE)
target_compile_definitions(zephyr_interface INTERFACE FLAGS_OF_ZEPHYR)
add_custom_target(zephyr_generated_headers COMMAND "${CMAKE_COMMAND}" -E touch generated)
set(CMAKE_C_COMPILE_FEATURES "") # Zephyr 3.0: "No known features for C compiler"
"""
CONSUMER = """
tvm_add_model_library(first first.relay EXECUTOR aot NO_TEST)
get_target_property(libraries tvm_model_library_crt INTERFACE_LINK_LIBRARIES)
message(STATUS "runtime links: ${libraries}")
"""


def test_zephyrs_flags_and_c_library_are_taken(project: Any, multiply: Any) -> None:
    project.write(CONSUMER, first_relay=multiply(2.0))
    lists = project.source / "CMakeLists.txt"
    lists.write_text(lists.read_text().replace("find_package", STAND_IN + "find_package", 1))
    output = project.configure("-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    assert "runtime links: zephyr_interface\n" in output  # and no libm of the compiler
    project.build()
    commands = json.loads((project.build_folder / "compile_commands.json").read_text())
    ours = [
        c["command"] for c in commands if "first.dir" in c["command"] or "tvm_model_library_crt.dir" in c["command"]
    ]
    assert len(ours) > 2
    assert all("-DFLAGS_OF_ZEPHYR" in command for command in ours)
    assert (project.build_folder / "generated").exists()


def test_without_zephyr_the_compilers_libm_is_linked(project: Any, multiply: Any) -> None:
    project.write(CONSUMER, first_relay=multiply(2.0))
    assert "runtime links: -lm\n" in project.configure()


def test_functions_without_a_declaration_are_errors(project: Any, multiply: Any) -> None:
    """A math.h that lacks expf, as those of small C libraries do."""
    model = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(4), float32]) { exp(%x) }\n'
    project.write("tvm_add_model_library(first first.relay EXECUTOR aot NO_TEST)\n", first_relay=model)
    (project.source / "math.h").write_text("/* nothing */\n")
    project.configure(f'-DCMAKE_C_FLAGS=-isystem "{project.source}" -fno-builtin')
    output = project.build(ok=False)
    assert "implicit declaration of function" in output
