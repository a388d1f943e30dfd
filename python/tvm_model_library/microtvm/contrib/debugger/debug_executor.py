"""``tvm.contrib.debugger.debug_executor``: a model call by call, with the time and the outputs of each.

Definition: TVM 0.18 python/tvm/contrib/debugger/debug_executor.py.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tvm_model_library.disk import write_file
from tvm_model_library.errors import ExportError, ModelLibraryError
from tvm_model_library.host.nodes import NodeProgram, NodeRun
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.running import Runner, runner_of_graph
from tvm_model_library.params import save_param_dict
from tvm_model_library.relay.script.nd import NDArray

__all__ = ["GraphModuleDebug", "Report", "create"]


class Report:
    """The times of the calls of one run."""

    def __init__(self, nodes: Sequence[NodeRun]) -> None:
        self.calls = [
            {"Name": n.kernel, "Node": n.name, "Operators": ", ".join(n.operations), "Duration (us)": n.seconds * 1e6}
            for n in nodes
        ]

    def table(self, sort: bool = True, **_: Any) -> str:
        """A table for people, the longest first."""
        rows = sorted(self.calls, key=lambda c: -float(str(c["Duration (us)"]))) if sort else self.calls
        total = sum(n["Duration (us)"] for n in self.calls) or 1.0  # type: ignore[misc]
        lines = [f"{'kernel':48} {'us':>12} {'%':>6}  operators"]
        for row in rows:
            time = float(str(row["Duration (us)"]))
            lines.append(f"{row['Name']:48} {time:12.3f} {100 * time / total:6.2f}  {row['Operators']}")
        return "\n".join(lines)

    def json(self) -> str:
        """The same for machines."""
        return json.dumps({"calls": self.calls}, indent=2)

    def __str__(self) -> str:
        return self.table()


class GraphModuleDebug(Runner):
    """A model whose kernels are called one by one. ``dump_root``: a folder that gets the graph and every output."""

    def __init__(
        self, module: Runner, device: Any, graph_json_str: str | None, dump_root: str | Path | None = None
    ) -> None:
        self._like(module)
        if self.library is None:
            raise ModelLibraryError("calls can be told apart only in what relay.build made in this process")
        self._graph, self._dump_root = graph_json_str, dump_root
        self.nodes: list[NodeRun] = []

    @cached_property
    def _program(self) -> NodeProgram:
        assert self.library is not None, "asked for by __init__"
        return NodeProgram(self.library)

    def run(self, **input_dict: Any) -> None:
        """Run all calls in order, and print the time of each. Raises ``ModelLibraryError``."""
        self.run_quietly(**input_dict)
        print(Report(self.nodes))
        if self._dump_root is not None:
            self._dump(Path(self._dump_root))

    def run_quietly(self, repeat: int = 1, **input_dict: Any) -> None:
        """Run all calls in order, each of them ``repeat`` times."""
        self.set_input(**input_dict)
        self.nodes, self._results = self._program.run(self._arrays(), repeat)

    def run_individual(self, number: int = 1, repeat: int = 1, min_repeat_ms: int = 0, **_: Any) -> list[list[float]]:
        """Seconds of each call, ``repeat`` times the mean of ``number`` runs."""
        times: list[list[float]] = []
        for _round in range(repeat):
            self.run_quietly(number)
            times.append([node.seconds for node in self.nodes])
        return [list(of_one) for of_one in zip(*times, strict=True)]

    def profile(self, collectors: Any = None, **input_dict: Any) -> Report:
        """The times of the calls. Raises ``ModelLibraryError`` for collectors: there is a clock, and no counters."""
        if collectors:
            raise ModelLibraryError("profile: there are no collectors, only times; leave them out")
        self.run_quietly(**input_dict)
        return Report(self.nodes)

    def debug_get_output(self, node: int | str, out: NDArray | None = None) -> NDArray:
        """The first output of a call of the last run, by its number or name. Raises ``ModelLibraryError``."""
        result = self.get_node_outputs(node)[0]
        return result if out is None else out.copyfrom(result)

    def get_node_outputs(self, node: int | str) -> list[NDArray]:
        """All outputs of a call of the last run."""
        if self._results is None:
            raise ModelLibraryError("there are no outputs yet: call run() first")
        known = [run.name for run in self.nodes]
        if isinstance(node, str) and node not in known:
            raise ModelLibraryError(f"the model has no call {node!r}; its calls: {', '.join(known)}")
        number = known.index(node) if isinstance(node, str) else node
        if not 0 <= number < len(known):
            raise ModelLibraryError(f"the model has no call {number}; it has {len(known)}")
        return [NDArray(a, self.device) for a in self.nodes[number].outputs]

    def exit(self) -> None:
        """Nothing: files are written after each run."""

    def _dump(self, root: Path) -> None:
        folder = root / "_tvmdbg_device_CPU_0"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ExportError(f"{folder}: cannot make the folder: {error.strerror or error}") from None
        tensors = {f"{n.name}____{i}": a for n in self.nodes for i, a in enumerate(n.outputs)}
        write_file(folder / "output_tensors.params", save_param_dict(tensors))
        write_file(folder / "_tvmdbg_times.json", Report(self.nodes).json().encode())
        if self._graph is not None:
            write_file(folder / "_tvmdbg_graph_dump.json", self._graph.encode())


def create(
    graph_json_str: str, libmod: Any, device: Any = None, dump_root: str | Path | None = None
) -> GraphModuleDebug:
    """The executor of a graph and the root module of its code, call by call. As ``graph_executor.create``."""
    runner = runner_of_graph(graph_json_str, libmod, device, "debug_executor.create")
    return GraphModuleDebug(runner, device, graph_json_str, dump_root)


__getattr__ = names.missing(__name__)
