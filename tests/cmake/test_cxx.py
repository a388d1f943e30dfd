"""Headers in C++: no warning where a consumer asks for many, in the macros either."""

from __future__ import annotations

from typing import Any

MAIN = """#include "tvmgen_first.h"
#include "tvmgen_second.h"
@HEADERS@
static uint8_t first_arena[TVMGEN_FIRST_ARENA_SIZE];

int main() {
  TVMGraphExecutor* executor = nullptr;
  int32_t status = tvmgen_first_create(first_arena, sizeof first_arena, &executor);
  CHECK_EQ(status, 0, "status %d", static_cast<int>(status));
  LOG_INFO("%u", static_cast<unsigned>(TVM_CRT_GRAPH_ARENA_BYTES(1, 2, 3, 4, 5, 6)));
  TVMGEN_SECOND_X_TYPE x[TVMGEN_SECOND_X_ELEMENTS] = {};
  TVMGEN_SECOND_OUTPUT_TYPE output[TVMGEN_SECOND_OUTPUT_ELEMENTS] = {};
  static_assert(sizeof x == TVMGEN_SECOND_X_SIZE && TVMGEN_SECOND_ARENA_SIZE < TVMGEN_FIRST_ARENA_SIZE, "sizes");
  struct tvmgen_second_inputs inputs = {x};
  struct tvmgen_second_outputs outputs = {output};
  return status != 0 || tvmgen_second_run(&inputs, &outputs) == TVMGEN_SECOND_ERROR_NULL_POINTER;
}
"""


def test_headers_in_cxx(project: Any, multiply: Any, source_tree: Any) -> None:
    include = source_tree / "crt" / "include"
    headers = [p.relative_to(include).as_posix() for p in sorted(include.rglob("*.h"))]
    project.write(
        "enable_language(CXX)\n"
        "tvm_add_model_library(first first.relay NO_TEST)\n"
        "tvm_add_model_library(second first.relay EXECUTOR aot NO_TEST)\n"
        "add_executable(app main.cpp)\n"
        "target_link_libraries(app PRIVATE first second)\n"
        "target_compile_options(app PRIVATE -pedantic -Wall -Wextra -Wold-style-cast -Wconversion -Wsign-conversion\n"
        "  -Wshadow -Wcast-qual -Wzero-as-null-pointer-constant -Werror)\n",
        first_relay=multiply(2.0),
    )
    text = MAIN.replace("@HEADERS@", "".join(f"#include <{h}>\n" for h in headers))
    (project.source / "main.cpp").write_text(text)
    project.configure()
    project.build()
    project.run(project.program("app"))
