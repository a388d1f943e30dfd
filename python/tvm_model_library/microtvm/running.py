"""Models that run on this machine, as TVM's executors present themselves: set inputs, run, get outputs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tvm_model_library.c_text.names import identifier
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.executors import graph
from tvm_model_library.library import Library
from tvm_model_library.microtvm import names
from tvm_model_library.params import load_param_dict
from tvm_model_library.relay.script.nd import Device, NDArray, as_array
from tvm_model_library.tensors import Array, TensorSpec, numpy_dtype

Run = Callable[[Sequence[Array]], list[Array]]
"""One run of a model: an array for each input to one for each output."""


@dataclass(frozen=True)
class BenchmarkResult:
    """Seconds of repeated runs."""

    results: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean."""
        return float(np.mean(self.results))

    @property
    def median(self) -> float:
        """The median."""
        return float(np.median(self.results))

    @property
    def min(self) -> float:
        """The shortest."""
        return float(np.min(self.results))

    @property
    def max(self) -> float:
        """The longest."""
        return float(np.max(self.results))

    @property
    def std(self) -> float:
        """The standard deviation."""
        return float(np.std(self.results))

    def __str__(self) -> str:
        return f"mean {self.mean * 1e3:.4f} ms, median {self.median * 1e3:.4f} ms, {len(self.results)} runs"


class Runner:
    """A model with its inputs and outputs. ``library`` is the compiled model, where it is known. ``constants`` are
    inputs that are part of the program: scripts that set them to what they are already, as ``set_input(**params)``
    does, may go on.
    """

    def __init__(
        self,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        constants: Mapping[str, Array],
        run: Run,
        device: Device | None = None,
        library: Library | None = None,
    ) -> None:
        self.inputs, self.outputs, self.constants = list(inputs), list(outputs), dict(constants)
        self.device = device or Device()
        self.library = library
        self._run = run
        self._values: dict[str, NDArray] = {}
        self._set: set[str] = set()
        self._results: list[Array] | None = None

    @classmethod
    def of_library(cls, library: Library, device: Device | None = None) -> Runner:
        """A compiled model as a program of this machine, which is built at the first run."""
        return cls(*described(library), lambda arrays: library.run(*arrays), device, library)

    def _like(self, other: Runner) -> None:
        """Become a runner of the same model with inputs of its own."""
        Runner.__init__(self, other.inputs, other.outputs, other.constants, other._run, other.device, other.library)

    if not TYPE_CHECKING:
        __getattr__ = names.absent("an executor")

    # -- inputs

    def set_input(self, key: str | int | None = None, value: Any = None, **params: Any) -> None:
        """Set one input, by its name or number, and others by name. Raises ``ModelLibraryError`` for a name that the
        model does not have, and for an array that does not fit.
        """
        if key is not None:
            self._set_one(key, value)
        for name, array in params.items():
            self._set_one(name, array)

    def _set_one(self, key: str | int, value: Any) -> None:
        name = self._name(key)
        if name in self.constants:
            if not np.array_equal(as_array(value), self.constants[name]):
                raise ModelLibraryError(f"{name!r} is a constant of the program: build the model with another one")
            return
        self.get_input(name).copyfrom(value)

    def _name(self, key: str | int) -> str:
        names = [s.name for s in self.inputs] + list(self.constants)
        if isinstance(key, int | np.integer):
            if not 0 <= key < len(names):
                raise ModelLibraryError(f"the model has no input {key}; it has {len(names)}")
            return names[key]
        found = next((n for n in (key, identifier(str(key))) if n in names), None)
        if found is None:
            raise ModelLibraryError(f"the model has no input {key!r}; its inputs: {', '.join(names) or 'none'}")
        return found

    def get_num_inputs(self) -> int:
        """How many inputs there are, constants included."""
        return len(self.inputs) + len(self.constants)

    def get_input_index(self, name: str) -> int:
        """The number of an input, or -1."""
        names = [s.name for s in self.inputs] + list(self.constants)
        return names.index(name) if name in names else -1

    def get_input_info(self) -> tuple[dict[str, tuple[int, ...]], dict[str, str]]:
        """Shapes and dtypes of the inputs by name."""
        return {s.name: s.shape for s in self.inputs}, {s.name: s.dtype for s in self.inputs}

    def get_input(self, index: str | int, out: NDArray | None = None) -> NDArray:
        """An input's array, which may be written to; or a copy of it in ``out``."""
        name = self._name(index)
        if name in self.constants:
            array = NDArray(self.constants[name].copy(), self.device)
        else:
            array = self._values.setdefault(name, self._new(name))
        return array if out is None else out.copyfrom(array)

    def _new(self, name: str) -> NDArray:
        spec = next(s for s in self.inputs if s.name == name)
        return NDArray(np.zeros(spec.shape, numpy_dtype(spec.dtype)), self.device, lambda: self._set.add(name))

    def load_params(self, params_bytes: bytes | bytearray) -> None:
        """Set inputs from the bytes of a parameter file."""
        for name, array in load_param_dict(bytes(params_bytes)).items():
            self._set_one(name, array)

    # -- running

    def run(self, **input_dict: Any) -> None:
        """Run once. Raises ``ModelLibraryError`` where an input was never set, ``ToolchainError`` where a run fails."""
        self.set_input(**input_dict)
        self._results = self._run(self._arrays())

    def _arrays(self) -> list[Array]:
        missing = [s.name for s in self.inputs if s.name not in self._set]
        if missing:
            raise ModelLibraryError(f"input {missing[0]!r} has no value: set it before run()")
        return [self._values[s.name].numpy() for s in self.inputs]

    def get_num_outputs(self) -> int:
        """How many outputs there are."""
        return len(self.outputs)

    def get_output_index(self, name: str) -> int:
        """The number of an output, or -1."""
        names = [s.name for s in self.outputs]
        return names.index(name) if name in names else -1

    def get_output(self, index: int, out: NDArray | None = None) -> NDArray:
        """An output of the last run. Raises ``ModelLibraryError`` where there was none."""
        if self._results is None:
            raise ModelLibraryError("there are no outputs yet: call run() first")
        if not 0 <= index < len(self._results):
            raise ModelLibraryError(f"the model has no output {index}; it has {len(self._results)}")
        result = NDArray(self._results[index], self.device)
        return result if out is None else out.copyfrom(result)

    def benchmark(
        self, device: Any = None, func_name: str = "run", repeat: int = 5, number: int = 5, **inputs: Any
    ) -> BenchmarkResult:
        """Seconds of whole runs: the program's start and the transfer of its tensors are part of them."""
        for name in (
            "min_repeat_ms",
            "limit_zero_time_iterations",
            "end_to_end",
            "cooldown_interval_ms",
            "repeats_to_cooldown",
        ):
            inputs.pop(name, None)
        self.run(**inputs)
        times = []
        for _ in range(repeat):
            began = time.perf_counter()
            for _ in range(number):
                self.run()
            times.append((time.perf_counter() - began) / number)
        return BenchmarkResult(tuple(times))

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """A function by its name, as packed functions are found: ``module["run"]()``."""
        if name.startswith("_") or not callable(getattr(self, name, None)):
            raise AttributeError(f"the model has no function {name!r}")
        function: Callable[..., Any] = getattr(self, name)
        return function


def described(library: Library) -> tuple[Sequence[TensorSpec], Sequence[TensorSpec], dict[str, Array]]:
    """Inputs, outputs and constants of a compiled model, as executors show them: an AOT model's constants are code."""
    constants = graph.parameters(library.plan) if library.executor == "graph" else {}
    return library.model.inputs, library.model.outputs, constants


def runner_of_graph(graph_json: str, lib: Any, device: Any, name: str) -> Runner:
    """The runner of a graph and its code: ``lib`` is the root module that ``relay.build`` made, or a session's system
    library. Raises ``ModelLibraryError`` for other code, and for a graph that is not the code's.
    """
    library = getattr(lib, "library", None)
    if not isinstance(library, Library):
        raise ModelLibraryError(f"{name} runs what relay.build made, found {type(lib).__name__}")
    if library.graph_json is None or json.loads(library.graph_json) != _parsed(graph_json, name):
        raise ModelLibraryError(f"{name}: the graph is not the one of the code, which is that of {library.name!r}")
    if hasattr(lib, "runner"):
        runner: Runner = lib.runner()
        return runner
    return Runner.of_library(library, one_device(device))


def _parsed(graph_json: str, name: str) -> Any:
    try:
        return json.loads(graph_json)
    except (ValueError, TypeError, RecursionError):
        raise ModelLibraryError(f"{name}: the graph is not the text of a graph executor's graph") from None


def one_device(device: Any) -> Device | None:
    """The device of a list of one, or of none. Raises ``ModelLibraryError`` for several."""
    given = list(device) if isinstance(device, Iterable) else [device]
    if len(given) > 1:
        raise ModelLibraryError(f"expected one device, found {len(given)}: models run on the CPU")
    return given[0] if given and isinstance(given[0], Device) else None
