"""Names of inputs, outputs and models that C reserves: the generated code compiles as C and as C++ all the same."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tvm_model_library.build_tree import generated_files
from tvm_model_library.c_text.names import KEYWORDS, LONGEST, identifier, member_names
from tvm_model_library.files import crt_dir
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.library import Library
from tvm_model_library.library import compile as compile_model

NAMES = [
    *("_Bool", "__LINE__", "_Alignas", "__func__", "__unix__", "_x", "x", "x__y", "x_y", "_0", "__", "a/b", "int"),
    *("class", "NULL", "linux", "unix", "workspace", "arena", "INT32_MAX", "memcpy", "expf", "tvmgen_abs", "v_x"),
]
TEXT = '#[version = "0.0.5"]\ndef @main({}) {{ ({},) }}\n'.format(
    ", ".join(f"%{n}: Tensor[(2), float32]" for n in NAMES), ", ".join(f"exp(%{n})" for n in NAMES)
)


def write(library: Library, folder: Path) -> list[Path]:
    """The model's sources and headers, and a C++ file that reads its header."""
    files = {f"{f.folder}/{f.name}": f.data for f in library.code}
    files.update({path: text.encode() for path, text in generated_files(library).items()})
    header = f"tvmgen_{library.name}.h"
    use = f'#include "{header}"\nint main() {{ return 0; }}\n'
    files["src/use.cpp"] = use.encode()
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return [folder / path for path in files]


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_reserved_names(executor: str, tmp_path: Path) -> None:
    model = from_text(TEXT)
    library = compile_model(model, executor=executor, name="names")
    inputs = [np.full(2, i / 8, np.float32) for i in range(len(NAMES))]
    for got, wanted in zip(library.run(*inputs), model.reference(*inputs), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
    includes = [f"-I{tmp_path / 'include'}", f"-I{crt_dir() / 'include'}"]
    strict = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-pedantic", "-c", "-o", "/dev/null"]
    for path in write(library, tmp_path):
        if path.suffix == ".c":
            reserved = ["-Wreserved-identifier"]
            subprocess.run(["gcc", "-std=c99", *strict, *includes, path], check=True)
            subprocess.run(["clang", "-std=c99", *reserved, *strict, *includes, path], check=True)
        elif path.suffix == ".cpp":
            subprocess.run(["g++", "-std=c++17", *strict, *includes, path], check=True)


@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_names_become_distinct_identifiers(names: list[str]) -> None:
    found = member_names(names, ["arena"])
    assert len({f.upper() for f in found} | {"ARENA"}) == len(names) + 1
    for name in [*found, *map(identifier, names)]:
        assert re.fullmatch(r"[A-Za-z](_?[A-Za-z0-9])*_?", name), name
        assert len(name) <= LONGEST
        assert name not in KEYWORDS


def test_names_that_c_takes_stay() -> None:
    names = ["x", "input_1", "serving_default_x0", "Conv2D_bias"]
    assert member_names(names) == names
