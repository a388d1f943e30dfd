"""What is compiled beside an archive: the model's data in C, the harness's description, a manifest for CMake."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tvm_model_library.archive.contents import archive_members, code_path
from tvm_model_library.archive.metadata import Layout
from tvm_model_library.archive.writer import tar_bytes, write_atomically
from tvm_model_library.c_text.literals import array_definition, needs_math, render, string_literal
from tvm_model_library.compiled import CompiledModel
from tvm_model_library.errors import ExportError
from tvm_model_library.executors import aot, graph_embedding
from tvm_model_library.executors.interface import macro_prefix, shape_initializer, tensors
from tvm_model_library.model import Model
from tvm_model_library.report import html_page, report_of
from tvm_model_library.tensors import Array, TensorSpec, checked_arrays, dtype_bits

Recorded = tuple[Sequence[Array], Sequence[Array]]
"""Arrays of one run, inputs and outputs; of a model that keeps state of several, along a first axis."""

FILE_LIST = "files.txt"
"""A build tree's list of what it holds, for whoever takes files from a disk to check."""


def generated_files(compiled: CompiledModel) -> dict[str, str]:
    """Model sources beside the archive's, by path under ``generated/``: for the graph executor its header and data.

    The AOT executor's header and constants are in the archive.
    """
    if compiled.graph_json is None:
        return {}
    plan = compiled.plan
    return {
        f"include/tvmgen_{plan.name}.h": graph_embedding.header(plan, compiled.params, compiled.model.quantization),
        f"src/{plan.name}_data.c": graph_embedding.data_source(plan, compiled.graph_json, compiled.params),
    }


def harness_source(
    compiled: CompiledModel, recorded: Recorded | None, *, rtol: float = 0.0, atol: float = 0.0, is_list: bool = True
) -> str:
    """``<model>_harness.c``: a ``tvm_harness_model_t`` named ``tvmgen_<model>_harness``.

    Without ``recorded`` it has no data, and the harness can only run on raw inputs. ``is_list`` also defines the list
    of models of the program, with this one alone; for several see :func:`harness_list_source`.
    Raises ``ModelLibraryError`` where arrays do not fit the model's inputs or outputs.
    """
    described = tensors(compiled.plan)
    arrays, steps = None, 0
    if recorded is not None:
        steps = steps_of(compiled.model, recorded)
        specs = [
            [_repeated(s, steps) for s in tensors_] for tensors_ in (compiled.model.inputs, compiled.model.outputs)
        ]
        arrays = [checked_arrays(*w) for w in zip(("input", "output"), specs, recorded, strict=True)]
    name = compiled.name
    values: dict[str, Any] = {"model": name, "prefix": macro_prefix(name), "executor": compiled.executor}
    values |= {"steps": steps, "states": compiled.plan.states}
    for index, kind in enumerate(("inputs", "outputs")):
        values[kind] = [
            _harness_tensor(f"{kind[:-1]}{i}", t, arrays[index][i] if arrays else None, steps)
            for i, t in enumerate(described[kind])
        ]
    math = arrays is not None and needs_math([*arrays[0], *arrays[1]])
    options = {"needs_math": math, "rtol": repr(float(rtol)), "atol": repr(float(atol)), "is_list": is_list}
    return render("harness.c.j2", {**_executor_values(compiled), **options, **values})


def harness_list_source(models: Sequence[str]) -> str:
    """The list of models of a harness program that has several."""
    return render("harness_list.c.j2", {"models": models})


def _executor_values(compiled: CompiledModel) -> dict[str, Any]:
    """Which memory the harness gives to the model."""
    if compiled.aot is None:
        pool = {"variable": "arena", "size": f"{macro_prefix(compiled.name)}_ARENA_SIZE"}
        return {"io_in_arena": False, "harness_pools": [pool]}
    values = aot.interface_values(compiled.plan, compiled.aot)
    given = [p for p in values["pools"] if p["size"]] if compiled.aot.caller_pools else []
    return {**values, "harness_pools": given}


def steps_of(model: Model, recorded: Recorded) -> int:
    """The number of runs in a recorded sequence: the first axis of its arrays. 0 for a model that keeps no state, whose
    recorded run is a single one.
    """
    arrays = (*recorded[0], *recorded[1])
    return len(arrays[0]) if model.states and arrays and arrays[0].ndim else 0


def _repeated(spec: TensorSpec, steps: int) -> TensorSpec:
    return replace(spec, shape=(steps, *spec.shape)) if steps else spec


def _harness_tensor(c_name: str, tensor: Mapping[str, Any], array: Array | None, steps: int) -> dict[str, Any]:
    dtype = tensor["dtype"]
    step_size, step_shape = tensor["size"], tensor["shape"]
    if steps:
        shape = (steps, *tensor["dims"])
        tensor = {**tensor, "size": steps * step_size, "ndim": len(shape), "shape": shape_initializer(shape)}
    kind = "BOOL" if dtype == "bool" else dtype.rstrip("0123456789").upper()
    return {
        **tensor,
        "step_size": step_size,
        "step_shape": step_shape,
        "c": c_name,
        "quoted": string_literal(tensor["name"]),
        "kind": f"TVM_HARNESS_{kind}",
        "bits": dtype_bits(dtype),
        "data": None if array is None else array_definition(f"{c_name}_data", array),
    }


def write_build_tree(
    compiled: CompiledModel,
    folder: Path,
    *,
    archive: Path | None,
    format_version: int,
    recorded: Recorded,
    rtol: float,
    atol: float,
) -> None:
    """Write ``generated/``, the memory report, ``manifest.cmake`` and the list of all files into ``folder``; see
    library.Library.write_build_tree`.
    """
    generated = generated_files(compiled)
    generated[f"src/{compiled.name}_harness.c"] = harness_source(compiled, recorded, rtol=rtol, atol=atol)
    sources = {path: text.encode() for path, text in generated.items()}
    report = report_of(compiled)
    beside = {
        "report.json": report.to_json().encode(),
        "report.html": html_page(report).encode(),
        "manifest.cmake": manifest(compiled, format_version).encode(),
    }
    members = archive_members(compiled, format_version)
    whole = {f"generated/{path}": data for path, data in sources.items()} | beside
    whole |= {f"archive/{path}": data for path, data in members.items()}
    if archive is not None and archive.resolve().parent == folder.resolve():
        whole[archive.name] = tar_bytes(members)
    _replace_folder(folder, "generated", sources)
    for name, data in beside.items():
        write_atomically(folder / name, data)
    write_atomically(folder / FILE_LIST, checksums(whole).encode())


def checksums(files: Mapping[str, bytes]) -> str:
    """A line for each of ``files`` (by path), sorted: SHA-256, size in bytes, path, a space between them.

    The list is made of what was to be written, not of what a disk gives back. It does not name itself.
    """
    return "".join(f"{hashlib.sha256(files[p]).hexdigest()} {len(files[p])} {p}\n" for p in sorted(files))


def _replace_folder(parent: Path, name: str, files: Mapping[str, bytes]) -> None:
    """Write ``files`` as the folder ``parent/name``: complete, or as it was before."""
    staging: Path | None = None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=parent))
        fresh, old, final = staging / "new", staging / "old", parent / name
        for path, data in files.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(data)
        if final.exists():
            final.rename(old)
        fresh.rename(final)
    except OSError as error:
        raise ExportError(f"{parent / name}: cannot write: {error.strerror or error}") from None
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def manifest(compiled: CompiledModel, format_version: int) -> str:
    """``manifest.cmake``: sets ``TVM_MODEL_...`` for the CMake package."""
    layout = Layout(format_version)
    paths: dict[str, list[str]] = {"src": [], "lib": [], "include": []}
    for file in compiled.code:
        paths[file.folder].append(f"archive/{code_path(layout, compiled.name, file)}")
    generated = [f"generated/{path}" for path in generated_files(compiled)]
    headers = paths["include"] + [p for p in generated if p.endswith(".h")]
    lists = [
        ("INPUTS", [compiled.plan.buffers[b].spec.name for b in compiled.plan.inputs]),
        ("SOURCES", paths["src"] + [p for p in generated if p.endswith(".c")]),
        ("OBJECTS", paths["lib"]),
        ("HEADERS", headers),
        ("INCLUDE_DIRS", sorted({str(Path(h).parent) for h in headers})),
        ("HARNESS_SOURCES", [f"generated/src/{compiled.name}_harness.c"]),
    ]
    texts = [("NAME", compiled.name), ("EXECUTOR", compiled.executor), ("TARGET", str(compiled.target))]
    numbers = [(name.upper(), value) for name, value in compiled.memory().items()]
    values = {
        "model": compiled.name,
        "texts": [(name, _cmake_argument(text)) for name, text in texts],
        "numbers": [("FORMAT_VERSION", format_version), *numbers],
        "lists": [(name, [_cmake_argument(item) for item in items]) for name, items in lists],
    }
    return render("manifest.cmake.j2", values)


def _cmake_argument(text: str) -> str:
    """A quoted argument of CMake: one element of a list, and no code, whatever a model calls its tensors. Characters
    that CMake's lists cannot hold become underscores.
    """
    return '"' + re.sub(r'(["$;])', r"\\\1", re.sub(r"[\[\]\\\x00-\x1f\x7f]", "_", text)) + '"'
