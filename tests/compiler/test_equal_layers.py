"""Equal layers are lowered once, and what looks equal but isn't is not."""

from __future__ import annotations

import numpy as np
import pytest
import tvm
from native import plan_of, relay, run_plan

REPEATED = """  %0 = nn.dense(%x, %w, units=4);
  %1 = nn.relu(%0);
  %2 = nn.dense(%1, %v, units=4);
  nn.relu(%2)"""


def test_equal_layers_share_what_is_made_from_te(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    create = tvm.te.create_prim_func
    monkeypatch.setattr("tvm.relax.utils.create_prim_func", lambda *a, **k: made.append(a) or create(*a, **k))
    random = np.random.default_rng(0)
    w, v = (random.standard_normal((4, 4)).astype("float32") for _ in range(2))
    params = "%x: Tensor[(1, 4), float32], %w: Tensor[(4, 4), float32], %v: Tensor[(4, 4), float32]"
    model = relay(REPEATED, params, w=w, v=v)
    plan = plan_of(model)
    assert len(made) == 2
    x = random.standard_normal((1, 4)).astype("float32")
    np.testing.assert_allclose(run_plan(plan, [x])[0], model.reference(x)[0], rtol=1e-5)


@pytest.mark.parametrize(
    "body",
    [
        "  %0 = strided_slice(%x, begin=[0], end=[4]);\n  %1 = strided_slice(%x, begin=[4], end=[8]);\n  add(%0, %1)",
        "  %0 = clip(%x, a_min=0f, a_max=1f);\n  %1 = clip(%x, a_min=0f, a_max=2f);\n  subtract(%0, %1)",
        "  %0 = nn.pad(%x, 0f, pad_width=[[0, 1]]);\n  %1 = nn.pad(%x, 0f, pad_width=[[1, 0]]);\n  subtract(%0, %1)",
    ],
)
def test_calls_with_other_attributes_are_others(body: str) -> None:
    model = relay(body, "%x: Tensor[(8), float32]")
    x = np.arange(8, dtype="float32")
    np.testing.assert_array_equal(run_plan(plan_of(model), [x])[0], model.reference(x)[0])


def test_constants_that_a_lowering_reads_tell_calls_apart() -> None:
    text = (
        '  %0 = qnn.quantize(%x, 0.5f, 1, out_dtype="int8");\n'
        '  %1 = qnn.quantize(%x, 0.25f, 2, out_dtype="int8");\n'
        "  (%0, %1)"
    )
    model = relay(text, "%x: Tensor[(8), float32]")
    x = np.arange(8, dtype="float32")
    for found, expected in zip(run_plan(plan_of(model), [x]), model.reference(x), strict=True):
        np.testing.assert_array_equal(found, expected)
