"""One program through the reference interpreter."""

from __future__ import annotations

from tvm_model_library.frontends import relay
from tvm_model_library.model import Model
from tvm_model_library.runs.recorded import numbered, read_npz
from tvm_model_library.tensors import Array, from_bits
from tvm_model_library.verification.corpus.compare import difference
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict
from tvm_model_library.verification.corpus.undefined import defined_parts


def load_program(program: Program) -> tuple[Model, list[Array], list[Array]]:
    """The model, its recorded inputs and its recorded outputs."""
    arrays = read_npz(program.recorded)
    model = relay.load(program.path)
    count = sum(name.startswith("in") for name in arrays)
    inputs = numbered(arrays, "in", count, program.recorded)
    outputs = numbered(arrays, "out", len(arrays) - count, program.recorded)
    if len(outputs) == len(model.outputs):
        outputs = [from_bits(a, s.dtype) for a, s in zip(outputs, model.outputs, strict=True)]
    return model, inputs, outputs


def run_interpreter(program: Program) -> Outcome:
    """Compare the interpreter's outputs with the recorded ones, as far as TVM defines them."""
    model, inputs, expected = load_program(program)
    got = model.reference(*inputs)
    message = difference(got, expected)
    if message is None:
        return Outcome(program.id, Verdict.PASSED)
    defined = difference(got, expected, defined_parts(model.text, inputs, expected))
    if defined is None:
        return Outcome(program.id, Verdict.PASSED, f"equal where TVM defines the result; {message}")
    return Outcome(program.id, Verdict.WRONG, defined)
