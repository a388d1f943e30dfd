"""Executors on this machine: inputs, outputs, programs, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tvm_model_library.microtvm as tvm
from tvm_model_library.errors import RelayTypeError
from tvm_model_library.microtvm import relay
from tvm_model_library.microtvm.contrib import graph_executor
from tvm_model_library.microtvm.contrib.debugger import debug_executor

pytest.importorskip("tvm")

W = np.array([[1, 2], [3, 4], [5, 6]], "float32")
X = np.array([[1, -1]], "float32")


@pytest.fixture(scope="module")
def factory() -> Any:
    x, w = relay.var("x:0", shape=(1, 2)), relay.var("w", shape=(3, 2))
    dense = relay.nn.dense(x, w)
    pair = relay.Tuple([dense, relay.exp(relay.sum(dense))])
    return relay.build(tvm.IRModule.from_expr(relay.Function([x, w], pair)), "c", params={"w": W}, mod_name="pair")


def test_inputs_and_outputs(factory: Any) -> None:
    module = graph_executor.GraphModule(factory["pair"](tvm.cpu(0)))
    assert (module.get_num_inputs(), module.get_num_outputs()) == (2, 2)
    assert module.get_input_info() == ({"x:0": (1, 2)}, {"x:0": "float32"})
    assert [module.get_input_index(n) for n in ("x:0", "p0", "none")] == [0, 1, -1]
    module.set_input("x:0", X)
    np.testing.assert_array_equal(module.get_input("p0").numpy(), W)
    module.set_input(1, W)
    module.run()
    np.testing.assert_allclose(module.get_output(0).numpy(), X @ W.T)
    out = tvm.nd.empty((), "float32")
    assert module.get_output(1, out) is out
    np.testing.assert_allclose(out.numpy(), np.exp((X @ W.T).sum()), rtol=1e-6)
    module.get_input(0)[0, 0] = 3
    module["run"]()
    np.testing.assert_allclose(module.get_output(0).numpy(), np.array([[3, -1]]) @ W.T)
    module.load_params(relay.save_param_dict({"p0": W}))
    assert module.benchmark(tvm.cpu(), repeat=2, number=1).mean > 0


def test_each_module_has_its_own_inputs(factory: Any) -> None:
    modules = [graph_executor.GraphModule(factory["default"](tvm.cpu())) for _ in range(2)]
    modules[0].set_input("x:0", X)
    with pytest.raises(tvm.TVMError, match="input 'x:0' has no value: set it before run"):
        modules[1].run()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.set_input("y", X), "the model has no input 'y'; its inputs: x:0, p0"),
        (lambda m: m.set_input(7, X), "the model has no input 7; it has 2"),
        (lambda m: m.set_input("x:0", np.zeros((2, 2), "float32")), r"an array of shape \[1, 2\] is expected"),
        (lambda m: m.set_input("x:0", "text"), "expected an array of numbers"),
        (lambda m: m.set_input("p0", W + 1), "'p0' is a constant of the program"),
        (lambda m: m.get_output(0), "there are no outputs yet"),
        (lambda m: m.run(), "input 'x:0' has no value"),
    ],
)
def test_mistakes(factory: Any, call: Any, message: str) -> None:
    with pytest.raises(tvm.TVMError, match=message):
        call(graph_executor.GraphModule(factory["default"](tvm.cpu())))


def test_only_what_was_built_runs(factory: Any) -> None:
    other = relay.build(tvm.IRModule.from_expr(relay.var("x", shape=(1,)) + 1.0), "c")
    for graph, lib, message in (
        (other.graph_json, factory.lib, "the graph is not the one of the code"),
        ("{", factory.lib, "not the text of a graph"),
        (factory.graph_json, tvm.support.FrontendTestModule(), "runs what relay.build made, found FrontendTestModule"),
        (factory.graph_json, factory.lib.imports[0], "runs what relay.build made, found Module"),
    ):
        with pytest.raises(tvm.TVMError, match=message):
            graph_executor.create(graph, lib, tvm.cpu())
    with pytest.raises(tvm.TVMError, match="expected one device, found 2"):
        graph_executor.create(factory.graph_json, factory.lib, [tvm.cpu(0), tvm.cpu(1)])
    with pytest.raises(tvm.TVMError, match="no device 'cuda'"):
        tvm.device("cuda")
    with pytest.raises(tvm.TVMError, match="'default' or 'pair'"):
        factory["other"]
    with pytest.raises(AttributeError, match="compile it with CMake"):
        factory.lib["tvmgen_pair_run"]


@pytest.mark.parametrize("target", ["c", "llvm"])
def test_debug_runs_equal_whole_runs(target: str) -> None:
    rng = np.random.default_rng(0)
    x = relay.var("x", shape=(1, 6, 6, 3))
    kernel = relay.const(rng.normal(size=(3, 3, 3, 4)).astype("float32"))
    conv = relay.nn.conv2d(x, kernel, padding=1, data_layout="NHWC", kernel_layout="HWIO")
    flat = relay.reshape(relay.tanh(conv), (4, -1))
    body = relay.Tuple([relay.nn.softmax(flat), relay.transpose(flat), x])
    factory = relay.build(tvm.IRModule.from_expr(body), target)
    value = rng.normal(size=(1, 6, 6, 3)).astype("float32")
    whole = graph_executor.GraphModule(factory["default"](tvm.cpu()))
    whole.run(x=value)
    calls = debug_executor.create(factory.graph_json, factory.lib, tvm.cpu())
    report = calls.profile(x=value)
    for index in range(3):
        np.testing.assert_array_equal(calls.get_output(index).numpy(), whole.get_output(index).numpy())
    assert len(report.calls) == len(calls.nodes) > 3
    assert all(node.seconds >= 0 for node in calls.nodes)
    by_name = calls.debug_get_output(calls.nodes[0].name).numpy()
    np.testing.assert_array_equal(by_name, calls.debug_get_output(0).numpy())
    for node, message in (("no", "the model has no call 'no'"), (99, "the model has no call 99")):
        with pytest.raises(tvm.TVMError, match=message):
            calls.debug_get_output(node)


def test_arguments_of_programs() -> None:
    x, y = relay.var("x", shape=(2,), dtype="int32"), relay.var("y", shape=(), dtype="int32")
    run = relay.create_executor("debug").evaluate(relay.Function([x, y], x + y))
    value = np.array([1, 2], "int32")
    assert run(value, 3).numpy().tolist() == run(value, y=3).numpy().tolist() == [4, 5]
    for call, message in (
        (lambda: run(value), "argument 'y' is missing"),
        (lambda: run(value, 3, 4), r"takes 2 arguments \(x, y\), found 3"),
        (lambda: run(value, 3, z=1), "argument 'z' is not one of x, y"),
        (lambda: run(value, 3, y=1), "argument 'y' is given twice"),
        (lambda: relay.create_executor("vm"), "programs with control flow run in 'debug'"),
    ):
        with pytest.raises(tvm.TVMError, match=message):
            call()


def test_importers_say_what_they_do_not_read() -> None:
    with pytest.raises(
        tvm.TVMError, match=r"relay.frontend.from_pytorch: there is no reader of \.pt2 files yet; known: "
    ):
        relay.frontend.from_pytorch(object(), [])
    with pytest.raises(tvm.TVMError, match="from_onnx: opset is not an option here"):
        relay.frontend.from_onnx(b"", opset=13)


def test_an_error_points_at_the_line_of_the_script() -> None:
    x = relay.var("x", shape=(2, 3))
    with pytest.raises(RelayTypeError) as error:
        relay.nn.dense(x, relay.var("w", shape=(4, 5)))
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "(4, 5)" in text)
    assert f"test_running.py:{line}:" in str(error.value)
