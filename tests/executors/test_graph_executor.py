"""graph.json, the generated C, and host runs of the graph executor."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from plans import PlanBuilder, add_plan, kernel_in_c, model_of
from tvm_model_library import host
from tvm_model_library.c_text.literals import (
    char_array,
    check_model_name,
    rows_of,
    string_literal,
)
from tvm_model_library.c_text.names import member_names
from tvm_model_library.compiler.targets.target import C
from tvm_model_library.errors import ExportError, ModelLibraryError, ToolchainError
from tvm_model_library.executors.graph import counts, graph_json, parameters
from tvm_model_library.executors.graph_embedding import padding
from tvm_model_library.library import Library, assemble
from tvm_model_library.params import read_tensors
from tvm_model_library.plan.memory import plan_storage_ids
from tvm_model_library.plan.plan import Plan

STRICT = ("-Wall", "-Wextra", "-Wconversion", "-Werror")
SANITIZED = "gcc -fsanitize=address,undefined -fno-sanitize-recover=all"


def library(plan: Plan, reference: Any = None) -> Library:
    target = C
    return assemble(model_of(plan, reference), plan, target, "graph")


def copy_body(elements: int, expression: str = "in0[i]") -> str:
    return f"  for (int32_t i = 0; i < {elements}; ++i) {{\n    out0[i] = {expression};\n  }}"


def varied_plan() -> Plan:
    """Scratch memory, a view, a copy, two outputs of one kernel, a scalar, and an unused input."""
    build = PlanBuilder("varied")
    x, scale = build.input("x", (2, 3)), build.input("scale", ())
    build.input("unused", (4,), "int64")
    bias = build.constant(np.array([1, 2, 3], "int16"))
    table = build.constant(np.array([0.5, 0.25], "float64"))
    body = (
        "  float* scratch = (float*)(void*)workspace;\n  for (int32_t i = 0; i < 6; ++i) {\n"
        "    scratch[i] = in0[i] * in1[0];\n  }\n  for (int32_t i = 0; i < 6; ++i) {\n"
        "    out0[i] = scratch[5 - i];\n    out1[i] = (int32_t)(scratch[i]) + in2[i % 3];\n  }"
    )
    first, second = build.call("split", [x, scale, bias], [((2, 3), "float32"), ((2, 3), "int32")], body, workspace=24)
    flat = build.reshape(first, (6,))
    (last,) = build.call("scaled", [flat, table], [((6,), "float32")], copy_body(6, "in0[i] * (float)in1[i % 2]"))
    return build.finish(last, build.copy(second), build.reshape(second, (6,)))


def varied_expected(x: np.ndarray[Any, Any], scale: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    scaled = (x * scale).astype("float32").reshape(-1)
    last = scaled[::-1] * np.array([0.5, 0.25] * 3, "float32")
    second = (scaled.astype("int32") + np.array([1, 2, 3] * 2)).astype("int32")
    return [last, second.reshape(2, 3), second]


def test_reference_example_graph() -> None:
    text = graph_json(plan_storage_ids(add_plan()))
    graph = json.loads(text)
    assert list(graph) == ["nodes", "arg_nodes", "heads", "attrs", "node_row_ptr"]
    assert [n["name"] for n in graph["nodes"][:3]] == ["a", "b", "p0"]
    assert graph["nodes"][0] == {"op": "null", "name": "a", "inputs": []}
    assert graph["nodes"][3]["attrs"] == {
        "func_name": "tvmgen_add_fused_cast_multiply_add",
        "num_inputs": "3",
        "num_outputs": "1",
        "flatten_data": "0",
    }
    assert graph["nodes"][3]["inputs"] == [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
    assert (graph["arg_nodes"], graph["heads"], graph["node_row_ptr"]) == ([0, 1, 2], [[3, 0, 0]], [0, 1, 2, 3, 4])
    assert graph["attrs"] == {
        "dltype": ["list_str", ["uint8", "float32", "float32", "float32"]],
        "storage_id": ["list_int", [0, 1, 2, 3]],
        "shape": ["list_shape", [[1, 2]] * 4],
    }


def test_scratch_is_an_output_and_a_view_shares_storage() -> None:
    plan = plan_storage_ids(varied_plan())
    graph = json.loads(graph_json(plan))
    rows, attrs = graph["node_row_ptr"], graph["attrs"]
    split = next(i for i, n in enumerate(graph["nodes"]) if n["name"].startswith("split"))
    view = next(i for i, n in enumerate(graph["nodes"]) if n.get("attrs", {}).get("func_name") == "__nop")
    assert rows[split + 1] - rows[split] == 3
    assert graph["nodes"][split]["attrs"]["num_outputs"] == "3"
    assert attrs["shape"][1][rows[split] + 2] == [24]
    assert attrs["dltype"][1][rows[split] + 2] == "uint8"
    assert attrs["storage_id"][1][rows[view]] == attrs["storage_id"][1][rows[split]]
    assert attrs["shape"][1][1] == []  # the scalar
    sids = attrs["storage_id"][1]
    assert list(dict.fromkeys(sids)) == list(range(len(set(sids)))), "ids count by first appearance"
    assert counts(plan).entries == rows[-1]
    assert counts(plan).max_arguments == 6


@pytest.mark.parametrize("seed", range(2))
def test_host_run(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "FLAGS", (*host.FLAGS, *STRICT))
    monkeypatch.setenv("CC", SANITIZED)
    rng = np.random.default_rng(seed)
    x, scale = rng.normal(size=(2, 3)).astype("float32") * 9, np.array(2.5, "float32")
    outputs = library(varied_plan()).run(x, scale, np.zeros(4, "int64"))
    for output, expected in zip(outputs, varied_expected(x, scale), strict=True):
        assert output.dtype == expected.dtype
        np.testing.assert_allclose(output, expected, rtol=1e-6)


def test_a_changed_constant_changes_the_result() -> None:
    a, b = np.array([[3, 200]], "uint8"), np.array([[1.5, -2]], "float32")
    plan = add_plan()
    np.testing.assert_array_equal(library(plan).run(a, b)[0], [[6, 192]])
    (constant,) = plan.constants
    broken = replace(plan, constants={constant: np.array([[2, 5]], "float32")})
    assert library(broken).run(a, b)[0].tolist() == [[6, 190]]


DTYPES = ["bool", "int8", "uint16", "int32", "uint64", "int64", "float16", "bfloat16", "float64"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_reaches_the_kernel(dtype: str) -> None:
    numpy_dtype = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    build = PlanBuilder("types")
    x = build.input("x", (3,), dtype)
    constant = build.constant(np.array([1, 0, 1]).astype(numpy_dtype))
    (y,) = build.call("left", [x, constant], [((3,), dtype)], copy_body(3))
    (z,) = build.call("right", [x, constant], [((3,), dtype)], copy_body(3, "in1[i]"))
    data = np.array([1, 1, 0]).astype(numpy_dtype)
    left, right = library(build.finish(y, z)).run(data)
    np.testing.assert_array_equal(left, data)
    np.testing.assert_array_equal(right, np.array([1, 0, 1]).astype(numpy_dtype))


def test_inputs_are_checked_before_anything_runs() -> None:
    lib = library(add_plan())
    a, b = np.zeros((1, 2), "uint8"), np.zeros((1, 2), "float32")
    with pytest.raises(ModelLibraryError, match=r"the model has 2 inputs \(a, b\), found 1"):
        lib.run(a)
    with pytest.raises(ModelLibraryError, match=r"input 'b' is float32\[1, 2\], found float32\[2\]"):
        lib.run(a, b[0])
    with pytest.raises(ModelLibraryError, match=r"input 'a' is uint8\[1, 2\], found int8\[1, 2\]"):
        lib.run(a.astype("int8"), b)


def test_no_c_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler-here")
    with pytest.raises(ToolchainError, match=r"no-such-compiler-here.*install one or set CC"):
        library(add_plan()).run(np.zeros((1, 2), "uint8"), np.zeros((1, 2), "float32"))


def test_a_kernel_that_fails_is_reported() -> None:
    plan = add_plan()
    (symbol,) = plan.kernels
    kernel = plan.kernels[symbol]
    code = kernel_in_c(symbol, kernel.parameters, 0, "  return 77;")
    failing = replace(plan, kernels={symbol: replace(kernel, code=code)})
    with pytest.raises(ToolchainError, match="failed with status"):
        library(failing).run(np.zeros((1, 2), "uint8"), np.zeros((1, 2), "float32"))


def test_wide_parameters_come_first_so_that_all_are_aligned() -> None:
    build = PlanBuilder("mixed")
    arrays = [np.ones(3, "int8"), np.ones(1, "float64"), np.ones(5, "int16"), np.ones(3, "float32"), np.ones(2, "int8")]
    constants = [build.constant(a) for a in arrays]
    (y,) = build.call("k", constants, [((1,), "int8")])
    blob = library(build.finish(y)).params
    front = padding(blob)
    stored = read_tensors(blob)
    assert sorted(stored) == ["p0", "p1", "p2", "p3", "p4"]
    for name, tensor in stored.items():
        assert (front + tensor.data_offset) % tensor.array.itemsize == 0, name
    assert next(iter(parameters(plan_storage_ids(build.finish(y))))) == "p1"


def test_generated_text_is_deterministic() -> None:
    first, second = library(varied_plan()), library(varied_plan())
    assert first.code == second.code
    assert (first.graph_json, first.params) == (second.graph_json, second.params)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my-model", "'my_model' would do"),
        ("3d", "'v3d' would do"),
        ("", "no C identifier"),
        ("int", "keyword"),
        ("template", "keyword"),
        ("größe", "no C identifier"),
        ("a__b", "single"),
        ("x" * 65, "up to 64"),
    ],
)
def test_bad_model_names(name: str, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        check_model_name(name)


def test_the_default_name_is_allowed() -> None:
    assert check_model_name("default") == "default"
    a, b = np.array([[3, 200]], "uint8"), np.array([[1.5, -2]], "float32")
    assert library(add_plan("default")).run(a, b)[0].tolist() == [[6, 192]]


def test_identifiers_stay_distinct_in_capitals() -> None:
    assert member_names(["x", "X", "a.b", "a:b", "int", "1st"]) == ["x", "X_2", "a_b", "a_b_2", "int_", "v1st"]
    assert member_names(["NULL", "uint8_t", "exp"]) == ["NULL_", "uint8_t_", "exp"]  # members hide no function


def test_string_literals_survive_c() -> None:
    assert string_literal('a"b\\c??/\né') == '"a\\"b\\\\c\\?\\?/\\012\\303\\251"'


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 9000])
def test_text_of_any_length_is_c99(tmp_path: Path, size: int) -> None:
    """C99 compilers need not take strings of more than 4095 characters."""
    data = bytes((i * 7 + i // 256) % 255 + 1 for i in range(size)).replace(b"x", b"'")
    rows = [data[i : i + 90] for i in range(0, size, 90)]
    source = f"#include <stdio.h>\nstatic const char x[] =\n{char_array(rows)};\n"
    source += "int main(void) { return fwrite(x, 1, sizeof x, stdout) == sizeof x ? 0 : 1; }\n"
    (tmp_path / "x.c").write_text(source)
    command = ["gcc", "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror", "x.c", "-o", "x"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert subprocess.check_output([tmp_path / "x"]) == data + b"\0"
    assert rows_of("é" * 3, 5) == ["éé".encode() + b"\xc3", b"\xa9"]
