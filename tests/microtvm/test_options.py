"""Options of builds: honoured, accepted because the compiler does so anyway, or refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tvm_model_library.microtvm as tvm
from tvm_model_library.microtvm import relay
from tvm_model_library.microtvm.relay.backend import Executor, Runtime

pytest.importorskip("tvm")

AOT = Executor("aot", {"interface-api": "c", "unpacked-api": True})


def module() -> tvm.IRModule:
    x, w = relay.var("x", shape=(1, 4)), relay.var("w", shape=(3, 4))
    return tvm.IRModule.from_expr(relay.Function([x, w], relay.nn.relu(relay.nn.dense(x, w))))


PARAMS = {"w": np.arange(12, dtype="float32").reshape(3, 4)}


def header(factory: Any) -> str:
    (file,) = (f for f in factory.library.code if f.folder == "include")
    text: str = file.data.decode()
    return text


def test_alignment_is_honoured() -> None:
    for given, expected in (({"workspace-byte-alignment": 64}, 64), ({"constant-byte-alignment": 32}, 32), ({}, 16)):
        executor = Executor("aot", given)
        factory = relay.build(module(), "c", executor=executor, params=PARAMS)
        assert factory.executor_codegen_metadata.workspace_alignment == expected
        assert f"ARENA_ALIGNMENT {expected}" in header(factory)


def test_inputs_and_outputs_in_the_workspace() -> None:
    with tvm.transform.PassContext(config={"tir.usmp.enable": True, "tir.usmp.use_workspace_io": True}):
        factory = relay.build(module(), "c", executor=AOT, params=PARAMS)
        with pytest.raises(tvm.TVMError, match="only the AOT executor plans its memory so"):
            relay.build(module(), "c", params=PARAMS)
    assert "_map_inputs" in header(factory)
    assert "_map_inputs" not in header(relay.build(module(), "c", executor=AOT, params=PARAMS))


def test_arguments_in_the_order_of_each_release() -> None:
    old = relay.build(module(), "c", None, PARAMS, "old")
    new = relay.build(module(), "c", None, AOT, Runtime("crt"), None, None, PARAMS, "later")
    assert (old.libmod_name, old.kind) == ("old", "graph")
    assert (new.libmod_name, new.kind) == ("later", "aot")
    assert list(old.params) == ["p0"]
    assert new.params == {}
    assert relay.build(module(), "c", params=PARAMS).libmod_name == "default"
    assert (
        relay.build(str(module()), "c", params=PARAMS).graph_json
        == relay.build(module(), "c", params=PARAMS).graph_json
    )


def test_where_the_target_comes_from() -> None:
    with tvm.target.Target("c -keys=cpu"):
        assert str(relay.build(module(), params=PARAMS).target) == "c -keys=cpu"
    assert str(relay.build(module(), target_host="c", params=PARAMS).target) == "c"
    assert str(relay.build(module(), [tvm.target.Target({"kind": "c", "keys": ["cpu"]})]).target) == "c -keys=cpu"
    assert (
        relay.build(module(), "c -executor=aot -unpacked-api=1 -interface-api=c -workspace-byte-alignment=8").kind
        == "aot"
    )
    assert relay.build(module(), "c -runtime=c --system-lib -link-params").kind == "graph"
    with pytest.raises(tvm.TVMError, match="the target says -executor=aot, but executor is 'graph'"):
        relay.build(module(), "c -executor=aot", executor=Executor("graph"))


@pytest.mark.parametrize("board", sorted(tvm.target.MICRO_SUPPORTED_MODELS))
def test_boards(board: str) -> None:
    target = tvm.target.target.micro(board)
    assert target.kind.name == target.kind == "c"
    assert target.model == board
    core = tvm.target.MICRO_SUPPORTED_MODELS[board]
    assert target.mcpu == core
    assert (f"-mcpu={core}" in str(target)) is bool(core)
    assert relay.build(module(), target, params=PARAMS).target == target


def test_options_of_targets() -> None:
    target = tvm.target.target.micro("host", options=["-link-params=1", "--executor=aot"])
    assert str(target) == "c -keys=cpu -model=host -link-params=1 --executor=aot"
    assert target.executor_options == {"link-params": "1", "executor": "aot"}
    assert tvm.target.Target.current() is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tvm.target.Target("cmsis-nn, c"), "cmsis-nn"),
        (lambda: tvm.target.Target("cuda"), "cuda"),
        (lambda: tvm.target.Target("c -march=armv7e-m"), "-march says nothing without the processor"),
        (lambda: tvm.target.Target("c", host="llvm"), "the host of target 'c' is itself"),
        (lambda: tvm.target.Target.current(allow_none=False), "no target is in force"),
        (lambda: tvm.micro.testing.get_target("zephyr", "no_board"), "unknown board 'no_board' of zephyr"),
        (lambda: Executor("vm"), "unknown executor 'vm'; expected one of: graph, aot"),
        (lambda: Executor("graph", {"unpacked-api": True}), "executor 'graph' has no option 'unpacked-api'"),
        (lambda: Executor("aot", {"interface-api": "packed"}), "interface-api is 'c', found 'packed'"),
        (lambda: Executor("aot", {"link-params": False}), "link-params can't be False"),
        (lambda: Executor("aot", {"workspace-byte-alignment": "8"}), "is a number, found '8'"),
        (lambda: Executor("aot", {"workspace-byte-alignment": True}), "is a number, found True"),
        (lambda: Runtime("cpp"), "models run on the C runtime"),
        (lambda: Runtime("crt", {"heap": 1}), "runtime 'crt' has no option 'heap'"),
        (lambda: tvm.transform.PassContext(opt_level=7), "a number from 0 to 4, found 7"),
        (lambda: tvm.transform.PassContext(config={"tir.usmp.enabled": True}), "did you mean tir.usmp.enable"),
        (
            lambda: tvm.transform.PassContext(config={"tir.usmp.enable": False}),
            "can't be False: the AOT executor's memory",
        ),
        (lambda: tvm.transform.PassContext(config={"relay.ext.cmsisnn.options": {}}), "parts for other compilers"),
        (lambda: tvm.transform.PassContext(disabled_pass=["FuseOps"]), "the pass 'FuseOps' can't be disabled"),
        (lambda: tvm.transform.PassContext(instruments=[object()]), "there are no instruments"),
        (lambda: relay.build(module(), "c", executor="aot"), r"executor is for example Executor\('aot'\)"),
        (lambda: relay.build(module(), "c", runtime="crt"), r"runtime is for example Runtime\('crt'\)"),
        (lambda: relay.build(module(), "c", parms=PARAMS), "has no argument 'parms'"),
        (lambda: relay.build(module(), "c", None, PARAMS, params=PARAMS), "params is given twice"),
        (lambda: relay.build(module(), "c", constant_memory_pools=object()), "TVMGEN_<MODEL>_CONSTANT_SECTION"),
        (lambda: relay.build(module(), "c", executor=AOT, workspace_memory_pools=[]), "is a WorkspaceMemoryPools"),
        (lambda: relay.build(module(), "c", workspace_memory_pools=pools(8)), "only the AOT executor"),
        (lambda: relay.build(two_layers(), "c", executor=AOT, workspace_memory_pools=pools(8)), "tiny"),
        (lambda: relay.build(42, "c"), "42"),
    ],
)
def test_mistakes(make: Any, message: str) -> None:
    with pytest.raises(tvm.TVMError, match=message):
        make()


def two_layers() -> tvm.IRModule:
    x = relay.var("x", shape=(8, 8))
    return tvm.IRModule.from_expr(relay.nn.dense(relay.nn.softmax(relay.nn.dense(x, x)), x))


def pools(size: int) -> tvm.WorkspaceMemoryPools:
    properties = tvm.PoolInfoProperties(size_hint_bytes=size)
    return tvm.WorkspaceMemoryPools([tvm.WorkspacePoolInfo("tiny", ["c"], properties)])


def test_contexts_nest() -> None:
    assert tvm.transform.PassContext.current().config == {}
    with tvm.transform.PassContext(config={"tir.disable_vectorize": True}) as outer:
        with tvm.transform.PassContext(opt_level=0):
            assert tvm.transform.PassContext.current().opt_level == 0
        assert tvm.transform.PassContext.current() is outer
    assert tvm.transform.PassContext.current().config == {}
    assert "tir.usmp.enable" in tvm.transform.PassContext.list_configs()
