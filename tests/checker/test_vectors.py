"""What a model is run on: recorded runs, inputs made by rule (alike in Python and in C), and weak outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import tvm_model_library as tml
from click.testing import CliRunner
from harness_program import HarnessProgram, generated_sources
from tvm_model_library.cli.main import main
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.relay import from_text
from tvm_model_library.runs.recorded import read_recorded, save_npz
from tvm_model_library.runs.vectors import Range, Vectors, vectors_of
from tvm_model_library.verification.verify import verify

HEAD = '#[version = "0.0.5"]\n'
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
DTYPES = ["bool", *INTEGERS, "float16", "bfloat16", "float32", "float64"]
SUM = HEAD + "def @main(%a: Tensor[(2), int8], %b: Tensor[(2), int8]) { %a + %b }\n"


def model_of(body: str, **params: Any) -> tml.Model:
    return from_text(f"{HEAD}def @main{body}\n", params, "model.relay")


def ranges_of(model: tml.Model, recorded: Any = None) -> list[Range]:
    return list(vectors_of(model, recorded).ranges)


# Inputs by rule


def test_python_and_c_make_the_same_inputs() -> None:
    """A model that hands its inputs out: the harness, which makes them, compares them with Python's."""
    arguments = ", ".join(f"%{d}: Tensor[(3, 7), {d}]" for d in DTYPES)
    model = model_of(f"({arguments}) {{ ({', '.join('%' + d for d in DTYPES)}) }}")
    vectors = vectors_of(model, random_vectors=6)
    assert len(vectors) == 9
    ran = HarnessProgram(generated_sources(tml.compile(model, executor="aot"), vectors)).run()
    assert ran.status == 0, ran.printed
    assert "vectors: 6 random, all minimum, all maximum, zero points; each run twice" in ran.printed
    for dtype, array in zip(DTYPES, vectors.inputs, strict=True):
        assert array.dtype.name == dtype
        assert len(np.unique(array[0].astype(np.float64))) > (1 if dtype == "bool" else 10)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("low_high", [(-65504.0, 65504.0), (0.0, 1e-6), (0.1, 0.1), (0.0, 0.0), (-7e-8, 3.0)])
def test_real_ranges_are_kept_exactly(dtype: str, low_high: tuple[float, float]) -> None:
    numpy_dtype = np.dtype(ml_dtypes.bfloat16) if dtype == "bfloat16" else np.dtype(dtype)
    recorded = np.array([low_high], numpy_dtype)
    low, high = recorded.astype(np.float64)[0]
    model = model_of(f"(%x: Tensor[(2), {dtype}]) {{ %x }}")
    vectors = vectors_of(model, ([recorded], [recorded]), 4)
    made = vectors.inputs[0][1:].astype(np.float64)
    step = float(np.ldexp(1.0, vectors.ranges[0].exponent))
    assert made.min() >= low - step
    assert made.max() <= high + step
    assert made[-2].max() >= high - step
    ran = HarnessProgram(generated_sources(tml.compile(model, executor="aot"), vectors)).run()
    assert ran.status == 0, ran.printed


def test_random_vectors_narrow_around_the_zero_point() -> None:
    model = model_of(
        '(%x: Tensor[(500), int8]) { qnn.requantize(%x, 0.5f, 40, 0.25f, 0, out_dtype="int8") }',
    )
    vectors = vectors_of(model, random_vectors=5)
    assert vectors.ranges == (Range(-128, 127, 40),)
    limits = [(int(a.min()), int(a.max())) for a in vectors.inputs[0]]
    for (low, high), (lowest, highest) in zip(
        limits, [(-128, 127), (-44, 83), (-2, 61), (19, 50), (-128, 127)], strict=False
    ):
        assert lowest <= low <= lowest + 8
        assert highest - 8 <= high <= highest
    assert limits[5:] == [(-128, -128), (127, 127), (40, 40)]
    assert [vectors.name(i) for i in (0, 4, 5, 6, 7)] == [
        "random 0",
        "random 4",
        "all minimum",
        "all maximum",
        "zero points",
    ]


def test_ranges_come_from_what_is_known() -> None:
    assert ranges_of(model_of("(%x: Tensor[(4), uint8]) { %x }")) == [Range(0, 255, 0)]
    assert ranges_of(model_of("(%x: Tensor[(4), int32]) { %x }")) == [Range(0, 127, 0)]
    assert ranges_of(model_of("(%x: Tensor[(4), bool]) { %x }")) == [Range(0, 1, 0)]
    quantized = '(%x: Tensor[(4), {}]) {{ qnn.requantize(%x, 0.5f, 3, 0.25f, 0, out_dtype="int8") }}'
    assert ranges_of(model_of(quantized.format("uint8"))) == [Range(0, 255, 3)]
    assert ranges_of(model_of(quantized.format("int32"))) == [Range(-(2**20), 2**20, 3)]
    recorded = [np.array([[5, 900, 7, 6], [5, 5, 5, 5]], np.int32)]
    assert ranges_of(model_of("(%x: Tensor[(4), int32]) { %x }"), (recorded, recorded)) == [Range(5, 900, 5)]


@pytest.mark.parametrize(
    ("body", "low", "high"),
    [
        ("%x + 1f", -3, 3),
        ('qnn.quantize(%x, 0.5f, 28, out_dtype="int8")', -78 - 15.9375, 49.5 + 15.9375),
        ('qnn.quantize(reshape(%x, newshape=[2, 2]), 0.5f, 28, out_dtype="int8")', -78 - 15.9375, 49.5 + 15.9375),
        ("clip(%x, a_min=0f, a_max=6f)", -0.75, 6.75),
        ("clip(%x, a_min=0f, a_max=6f) + clip(%x, a_min=-2f, a_max=0f)", -3, 7),
        ("clip(%x, a_min=0f, a_max=3e38f)", -3, 3),
        ('qnn.quantize(%x, meta, 0, out_dtype="int8")', -3, 3),
    ],
)
def test_real_ranges_come_from_what_the_program_cuts_off(body: str, low: float, high: float) -> None:
    text = f"(%x: Tensor[(4), float32], %meta: float32) {{ {body.replace('meta', '%meta')} }}"
    span = ranges_of(model_of(text))[0]
    assert np.ldexp(float(span.low), span.exponent) == pytest.approx(low, abs=1e-4)
    assert np.ldexp(float(span.high), span.exponent) == pytest.approx(high, abs=1e-4)


def test_inputs_that_the_reference_refuses_are_named() -> None:
    model = model_of(
        "(%x: Tensor[(3), float32], %i: Tensor[(2), int32], %u: Tensor[(2), float32])"
        " { scatter_elements(%x, %i, %u, meta[SinfoAttrs][0]) }".replace(", meta[SinfoAttrs][0]", "")
    )
    with pytest.raises(ModelLibraryError, match=r"vector: random 0; record runs, .*, or ask for 0 random vectors"):
        vectors_of(model)
    recorded = [np.ones(3, np.float32), np.array([2, 0], np.int32), np.ones(2, np.float32)]
    vectors = vectors_of(model, (recorded, model.reference(*recorded)))
    assert len(vectors) == 8
    assert vectors.ranges[1] == Range(0, 2, 0)


def test_a_model_without_inputs_runs_once() -> None:
    model = model_of('() { ones(shape=[2], dtype="float32") * 2f }')
    vectors = vectors_of(model)
    assert (len(vectors), vectors.num_recorded, vectors.inputs) == (1, 1, ())
    assert vectors.outputs[0].tolist() == [[2, 2]]
    assert verify(model).passed


def test_nothing_to_run_on() -> None:
    model = from_text(SUM)
    assert len(vectors_of(model, random_vectors=0)) == 0
    with pytest.raises(ModelLibraryError, match="nothing to verify with"):
        verify(model, random_vectors=0)
    for wrong in (-1, 1001):
        with pytest.raises(ModelLibraryError, match=f"random vectors is {wrong}; expected 0 to 1000"):
            vectors_of(model, random_vectors=wrong)


# Recorded runs


def runs(count: int | None) -> tuple[list[Any], list[Any]]:
    shape = (2,) if count is None else (count, 2)
    a, b = np.arange(np.prod(shape), dtype=np.int8).reshape(shape), np.full(shape, 3, np.int8)
    return [a, b], [a + b]


@pytest.mark.parametrize("count", [None, 1, 3])
def test_recorded_runs_have_a_leading_axis_or_none(tmp_path: Path, count: int | None) -> None:
    model = from_text(SUM)
    (a, b), (out,) = runs(count)
    save_npz(tmp_path / "runs.npz", {"in0": a, "in1": b, "out0": out})
    vectors = vectors_of(model, read_recorded(model, tmp_path / "runs.npz"), 2)
    assert (vectors.num_recorded, len(vectors)) == (count or 1, (count or 1) + 5)
    np.testing.assert_array_equal(vectors.outputs[0][: count or 1], out.reshape(-1, 2))
    assert verify(model, recorded=([a, b], [out])).passed
    assert not verify(model, recorded=([a, b], [out + 1]), random_vectors=0).passed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"in0": np.zeros((2, 2), np.int8)}, r"input 'a' is int8\[2\], found int8\[2, 2\]"),
        ({"in1": np.zeros((4, 2), np.int8)}, r"input 'b' is int8\[3, 2\], found int8\[4, 2\]"),
        ({"out0": np.zeros((4, 2), np.int8)}, "the inputs have 3 runs and the outputs 4 runs; expected as many"),
        ({"out0": np.zeros(2, np.int8)}, "the inputs have 3 runs and the outputs no axis of runs"),
        ({"out0": np.zeros((3, 2), np.int32)}, r"output 'output' is int8\[3, 2\], found int32\[3, 2\]"),
        ({"in0": np.zeros((0, 2), np.int8), "in1": np.zeros((0, 2), np.int8)}, "the inputs have no runs"),
        (
            {"in0": np.zeros((3, 5, 2), np.int8), "in1": np.zeros((3, 5, 2), np.int8)},
            "of runs and of steps; only a model that keeps state between runs has steps",
        ),
    ],
)
def test_runs_that_do_not_fit(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    model = from_text(SUM)
    (a, b), (out,) = runs(3)
    if "in0" in change and change["in0"].shape == (2, 2) and "in1" not in change:
        b = b[0]
    path = tmp_path / "runs.npz"
    save_npz(path, {"in0": a, "in1": b, "out0": out} | change)
    with pytest.raises(ModelLibraryError, match=message) as error:
        read_recorded(model, path)
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize("count", [None, 3])
def test_interpret_records_as_many_runs(tmp_path: Path, count: int | None) -> None:
    (tmp_path / "sum.relay").write_text(SUM)
    (a, b), (out,) = runs(count)
    save_npz(tmp_path / "in.npz", {"in0": a, "in1": b})
    command = ["interpret", "sum.relay", "--inputs", "in.npz", "-o", "out.npz"]
    result = CliRunner().invoke(main, [str(tmp_path / w) if "." in w else w for w in command])
    assert result.exit_code == 0, result.output
    with np.load(tmp_path / "out.npz") as file:
        np.testing.assert_array_equal(file["out0"], out)


def test_interpret_runs_a_model_of_a_single_number(tmp_path: Path) -> None:
    (tmp_path / "m.relay").write_text('#[version = "0.0.5"]\ndef @main(%x: float32) { negative(%x) }\n')
    for given, expected in ((np.float32(2), -2.0), (np.array([2, 3], np.float32), [-2.0, -3.0])):
        np.savez(tmp_path / "in.npz", in0=given)
        paths = (tmp_path / "m.relay", "--inputs", tmp_path / "in.npz", "-o", tmp_path / "out.npz")
        result = CliRunner().invoke(main, ["interpret", *map(str, paths)])
        assert result.exit_code == 0, result.output
        with np.load(tmp_path / "out.npz") as file:
            assert file["out0"].tolist() == expected


# Weak outputs


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("%x", None),
        ("clip(%x, a_min=-3f, a_max=-3f)", "output: 100 % of the expected values are -3, so that"),
        (
            'where(greater(%x, cast(0, dtype="int8")), full_like(%x, cast(127, dtype="int8")),'
            ' full_like(%x, cast(-128, dtype="int8")))',
            "output: 100 % of the expected values are at the ends of int8's range, so that",
        ),
        (
            "%c + %x - %x",
            "output: 100 % of the expected values are the same in all 7 vectors, so that",
        ),
        ('log(cast(%x, dtype="float32") * 0f - 1f)', "output: 100 % of the expected values are nan, so that"),
    ],
)
def test_outputs_that_prove_little_are_named(body: str, message: str | None) -> None:
    text = f"(%x: Tensor[(90), int8], %c: Tensor[(90), int8]) {{ {body} }}"
    model = model_of(text, c=np.arange(90, dtype=np.int8))
    vectors = vectors_of(model)
    ran = HarnessProgram(generated_sources(tml.compile(model, executor="aot"), vectors)).run()
    assert ran.status == 0, ran.printed
    if message is None:
        assert vectors.warnings == ()
        assert "WARNING" not in ran.printed
    else:
        assert len(vectors.warnings) == 1
        assert vectors.warnings[0].startswith(message)
        assert f"WARNING {message}" in ran.printed
        assert f"warning: {message}" in verify(model).text()


def test_one_recorded_run_of_a_classifier_is_weak() -> None:
    folder = Path(__file__).resolve().parents[2] / "examples" / "models"
    model = tml.load(folder / "kws_ref_model.relay", folder / "kws_ref_model.params")
    recorded = read_recorded(model, folder / "kws_ref_model.npz")
    alone: Vectors = vectors_of(model, recorded, 0)
    assert "are at the ends of int8's range" in alone.warnings[0]
    assert vectors_of(model, recorded).warnings == ()
