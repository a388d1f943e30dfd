"""Networks that keep state: in the interpreter, in C by either executor, with pools of the caller."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tflite_models import Graph, Op, Tensor, model
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.frontends import load
from tvm_model_library.frontends.options import LoadOptions
from tvm_model_library.frontends.tflite.load import model_of_file
from tvm_model_library.frontends.tflite.reader import read_bytes
from tvm_model_library.library import compile as compile_model
from tvm_model_library.model import Model


def handle(name: str) -> tuple[Tensor, Op]:
    resource = Tensor((1,), "RESOURCE")
    return resource, Op("VAR_HANDLE", [], [resource], {"container": "", "shared_name": name})


def accumulator() -> bytes:
    """``y = x + a; b, a = a, y``, where a starts as (5, 6) and b as zeros; the outputs are y and the old b."""
    x, old_a, old_b, y = (Tensor((2,), name=n) for n in ("x", "old_a", "old_b", "y"))
    (a, make_a), (b, make_b), (first, make_first) = handle("a"), handle("b"), handle("a")
    start = Tensor((2,), data=np.array([5, 6], np.float32))
    operators = [
        Op("CALL_ONCE", [], [], {"init_subgraph_index": 1}),
        make_a,
        make_b,
        Op("READ_VARIABLE", [a], [old_a]),
        Op("READ_VARIABLE", [b], [old_b]),
        Op("ADD", [x, old_a], [y]),
        Op("ASSIGN_VARIABLE", [b, old_a], []),
        Op("ASSIGN_VARIABLE", [a, y], []),
    ]
    begin = Graph([make_first, Op("ASSIGN_VARIABLE", [first, start], [])], [], [])
    return model(Graph(operators, [x], [y, old_b]), begin)


def loaded(data: bytes) -> Model:
    return model_of_file(read_bytes(data, "model.tflite"), LoadOptions())


STEPS = [np.array([k, 10 * k], np.float32) for k in range(1, 5)]
EXPECTED = [([6, 16], [0, 0]), ([8, 36], [5, 6]), ([11, 66], [6, 16]), ([15, 106], [8, 36])]


def check_sequence(session: object, expected: list[tuple[list[int], list[int]]] = EXPECTED) -> None:
    for x, (y, old) in zip(STEPS, expected, strict=True):
        found = session.run(x)  # type: ignore[attr-defined]
        np.testing.assert_array_equal(found[0], y)
        np.testing.assert_array_equal(found[1], old)


@pytest.mark.parametrize("executor", ["interpreter", "graph", "aot"])
def test_sequences_and_fresh_starts(executor: str) -> None:
    network = loaded(accumulator())
    assert [s.spec.name for s in network.states] == ["a", "b"]
    maker = network if executor == "interpreter" else compile_model(network, executor=executor)
    session = maker.session()
    other = maker.session()
    check_sequence(session)
    check_sequence(other)
    session.reset()
    check_sequence(session)
    alone = network.reference if executor == "interpreter" else maker.run  # type: ignore[union-attr]
    for _ in range(2):
        np.testing.assert_array_equal(alone(STEPS[0])[0], EXPECTED[0][0])


def test_state_is_apart_in_the_figures() -> None:
    memory = compile_model(loaded(accumulator()), executor="graph").memory()
    assert memory["state_size"] == 16


def test_what_no_output_needs_is_left_out() -> None:
    x, y = Tensor((2,), name="x"), Tensor((2,), name="y")
    resource, make = handle("unread")
    graph = Graph([make, Op("ASSIGN_VARIABLE", [resource, x], []), Op("FLOOR", [x], [y])], [x], [y])
    assert loaded(model(graph)).states == ()


MAIN = """
#include <stdio.h>
#include <string.h>
#include <tvmgen_m.h>

static _Alignas(16) uint8_t memory[2][(TVMGEN_M_ARENA_WORKSPACE_POOL_SIZE + 15) / 16 * 16];

static int32_t step(int stream, float k, float* y) {
  float x[2] = {k, 10.0f * k}, old[2];
  struct tvmgen_m_inputs inputs = {x};
  struct tvmgen_m_outputs outputs = {y, old};
  struct tvmgen_m_workspace_pools pools = {memory[stream]};
  return tvmgen_m_run(&inputs, &outputs, &pools);
}

static void show(int stream, float k) {
  float y[2];
  int status = (int)step(stream, k, y);
  printf("%d %g %g\\n", status, (double)y[0], (double)y[1]);
}

int main(void) {
  float y[2];
  int stream;
  memset(memory, 0xA5, sizeof memory);
  printf("%d\\n", (int)step(0, 1.0f, y));
  for (stream = 0; stream < 2; stream++) {
    struct tvmgen_m_workspace_pools pools = {memory[stream]};
    printf("%d\\n", (int)tvmgen_m_reset(&pools));
  }
  show(0, 1.0f);
  show(1, 3.0f);
  show(0, 2.0f);
  show(1, 1.0f);
  return 0;
}
"""


def test_two_streams_with_pools_of_their_own(tmp_path: Path) -> None:
    """Memory that nobody started is an error, not a state."""
    library = compile_model(loaded(accumulator()), executor="aot", name="m", aot=AotOptions(caller_pools=True))
    for file in library.code:
        (tmp_path / file.name.removeprefix("m_")).write_bytes(file.data)
    (tmp_path / "main.c").write_text(MAIN)
    flags = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsanitize=address,undefined", "-I."]
    command = ["gcc", *flags, "main.c", "lib0.c", "lib1.c", "-lm", "-o", "program"]
    subprocess.run(command, cwd=tmp_path, check=True)
    result = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["-5", "0", "0", "0 6 16", "0 8 36", "0 8 36", "0 9 46"]


@pytest.mark.parametrize("executor", ["graph", "aot"])
def test_a_recorded_sequence(tmp_path: Path, executor: str) -> None:
    """``verify`` runs the steps of a recording one after the other, and sees a wrong one."""
    path, vectors = tmp_path / "m.tflite", tmp_path / "m.npz"
    path.write_bytes(accumulator())
    outputs = [np.array([e[i] for e in EXPECTED], np.float32) for i in range(2)]
    for change, code in ((0, 0), (1, 1)):
        outputs[0][3, 0] += change
        np.savez(vectors, in0=np.stack(STEPS), out0=outputs[0], out1=outputs[1])
        arguments = ["verify", str(path), "--executor", executor, "--vectors", str(vectors)]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output


def test_converted_text_keeps_the_state(tmp_path: Path) -> None:
    path, text = tmp_path / "m.tflite", tmp_path / "m.relay"
    path.write_bytes(accumulator())
    result = CliRunner().invoke(main, ["convert", str(path), "-o", str(text)])
    assert result.exit_code == 0, result.output
    check_sequence(load(text, tmp_path / "m.params").session())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def @main(%x: float32, %s {state=True}: Tensor[(?), float32]) { (%x, %s) }", "of known shape"),
        ("def @main(%x: Tensor[(2), float32], %s {state=True}: Tensor[(3), float32]) { (%x, %x) }", "%s"),
    ],
)
def test_states_of_a_text_that_do_not_fit(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "m.relay"
    path.write_text(f'#[version = "0.0.5"]\n{text}\n')
    with pytest.raises(ModelLibraryError, match=message):
        load(path)


def test_the_proof_of_a_plan_sees_a_state_read_after_its_change() -> None:
    from dataclasses import replace

    from tvm_model_library.plan.memory import MemoryPlanError, verify_plan

    plan = compile_model(loaded(accumulator()), executor="aot").plan
    verify_plan(plan)
    with pytest.raises(MemoryPlanError):
        verify_plan(replace(plan, calls=plan.calls[::-1]))
