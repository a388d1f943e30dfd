"""What is compiled beside an archive: the model's data in C, the harness's description, a manifest for CMake."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from tvm_model_library.archive.contents import archive_members, code_path
from tvm_model_library.archive.metadata import Layout
from tvm_model_library.archive.writer import tar_bytes
from tvm_model_library.c_text.literals import array_definition, needs_math, render, string_literal
from tvm_model_library.compiled import CompiledModel
from tvm_model_library.compiler.targets.classes import class_of
from tvm_model_library.disk import write_file
from tvm_model_library.errors import ExportError
from tvm_model_library.executors import aot, graph_embedding
from tvm_model_library.executors.interface import macro_prefix, shape_initializer, tensors
from tvm_model_library.report import html_page, report_of
from tvm_model_library.runs.recorded import Recorded
from tvm_model_library.runs.tolerance import EXACT, Tolerance
from tvm_model_library.runs.vectors import Vectors, vectors_of
from tvm_model_library.tensors import Array, dtype_bits

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


def harness_files(
    compiled: CompiledModel, vectors: Vectors | Recorded | None, *, tolerance: Tolerance = EXACT, is_list: bool = True
) -> dict[str, str]:
    """What a test program has beside the model's own sources, by path: see :func:`harness_source`. The AOT executor's
    entry point is to be compiled for it with ``TVMGEN_HARNESS``, and then includes the second file.
    """
    source = harness_source(compiled, vectors, tolerance=tolerance, is_list=is_list)
    files = {f"src/{compiled.name}_harness.c": source}
    if compiled.aot is not None:
        files[f"src/{compiled.name}_harness_parts.h"] = aot.harness_parts(compiled.plan, compiled.aot)
    return files


def harness_source(
    compiled: CompiledModel, vectors: Vectors | Recorded | None, *, tolerance: Tolerance = EXACT, is_list: bool = True
) -> str:
    """``<model>_harness.c``: a ``tvm_harness_model_t`` named ``tvmgen_<model>_harness``.

    Without ``vectors`` it has no data, and the harness can only run on raw inputs. ``is_list`` also defines the list
    of models of the program, with this one alone; for several see :func:`harness_list_source`.
    Raises ``ModelLibraryError`` where recorded arrays do not fit the model's inputs or outputs.
    """
    if not isinstance(vectors, Vectors):
        vectors = vectors_of(compiled.model, vectors, 0)
    described = tensors(compiled.plan)
    name = compiled.name
    recorded = [a[: vectors.num_recorded] for a in vectors.inputs] if vectors.num_recorded else None
    outputs = vectors.outputs if len(vectors) else None
    values: dict[str, Any] = {"model": name, "prefix": macro_prefix(name), "executor": compiled.executor}
    steps = vectors.steps if len(vectors) else 0
    values |= {"steps": max(steps, 1), "states": compiled.plan.states}
    for kind, arrays in (("inputs", recorded), ("outputs", outputs)):
        values[kind] = [
            _harness_tensor(f"{kind[:-1]}{i}", t, arrays[i] if arrays else None, steps)
            for i, t in enumerate(described[kind])
        ]
    values |= {
        "needs_math": needs_math([*(recorded or ()), *(outputs or ())]),
        "vectors": vectors,
        "warnings": [string_literal(w) for w in vectors.warnings],
        "tolerance": tolerance.check(),
        "is_list": is_list,
    }
    return render("harness.c.j2", {**_executor_values(compiled), **values})


def harness_list_source(models: Sequence[str]) -> str:
    """The list of models of a harness program that has several."""
    return render("harness_list.c.j2", {"models": models})


def _executor_values(compiled: CompiledModel) -> dict[str, Any]:
    """Which memory the harness gives to the model, and which constants it looks at. What is private to the AOT
    executor's entry point, that file hands over itself.
    """
    if compiled.aot is None:
        pool = {"variable": "arena", "size": f"{macro_prefix(compiled.name)}_ARENA_SIZE"}
        blob = bytes(graph_embedding.padding(compiled.params)) + compiled.params
        parameters = {"size": len(blob), "checksum": f"0x{crc32(blob):08x}"}
        return {"io_in_arena": False, "harness_pools": [pool], "own_pools": 0, "parameters": parameters}
    values = aot.interface_values(compiled.plan, compiled.aot)
    pools = [p for p in values["pools"] if p["size"]]
    given = pools if compiled.aot.caller_pools else []
    return {**values, "harness_pools": given, "own_pools": len(pools) - len(given)}


def _harness_tensor(c_name: str, tensor: Mapping[str, Any], array: Array | None, steps: int) -> dict[str, Any]:
    """A tensor of a vector; of a model that keeps state that of all steps."""
    dtype = tensor["dtype"]
    one = {f"step_{name}": tensor[name] for name in ("size", "shape", "ndim")}
    if steps:
        shape = (steps, *tensor["dims"])
        tensor = {**tensor, "size": steps * tensor["size"], "ndim": len(shape), "shape": shape_initializer(shape)}
    kind = "BOOL" if dtype == "bool" else dtype.rstrip("0123456789").upper()
    return {
        **tensor,
        **one,
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
    vectors: Vectors,
    tolerance: Tolerance,
) -> None:
    """Write ``generated/``, the memory report, ``manifest.cmake`` and the list of all files into ``folder``; see
    library.Library.write_build_tree`.
    """
    harness = harness_files(compiled, vectors, tolerance=tolerance)
    generated = generated_files(compiled) | harness
    sources = {path: text.encode() for path, text in generated.items()}
    report = report_of(compiled)
    beside = {
        "report.json": report.to_json().encode(),
        "report.html": html_page(report).encode(),
        "manifest.cmake": manifest(compiled, format_version, harness).encode(),
    }
    members = archive_members(compiled, format_version)
    whole = {f"generated/{path}": data for path, data in sources.items()} | beside
    whole |= {f"archive/{path}": data for path, data in members.items()}
    if archive is not None and archive.resolve().parent == folder.resolve():
        whole[archive.name] = tar_bytes(members)
    _replace_folder(folder, "generated", sources)
    for name, data in beside.items():
        write_file(folder / name, data)
    write_file(folder / FILE_LIST, checksums(whole).encode())


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


def manifest(compiled: CompiledModel, format_version: int, harness: Iterable[str]) -> str:
    """``manifest.cmake``: sets ``TVM_MODEL_...`` for the CMake package. ``harness`` are the paths of its files."""
    layout = Layout(format_version)
    paths: dict[str, list[str]] = {"src": [], "lib": [], "include": []}
    for file in compiled.code:
        paths[file.folder].append(f"archive/{code_path(layout, compiled.name, file)}")
    generated = [f"generated/{path}" for path in generated_files(compiled)]
    # The harness compiles the AOT executor's entry point for itself, to see its constants and pools.
    entry = paths["src"][:1] if compiled.aot is not None else []
    headers = paths["include"] + [p for p in generated if p.endswith(".h")]
    lists = [
        ("INPUTS", [compiled.plan.buffers[b].spec.name for b in compiled.plan.inputs]),
        ("SOURCES", paths["src"] + [p for p in generated if p.endswith(".c")]),
        ("OBJECTS", paths["lib"]),
        ("HEADERS", headers),
        ("INCLUDE_DIRS", sorted({str(Path(h).parent) for h in headers})),
        ("HARNESS_SOURCES", [*(f"generated/{path}" for path in harness), *entry]),
    ]
    target = compiled.target
    texts = [
        ("NAME", compiled.name),
        ("EXECUTOR", compiled.executor),
        ("TARGET", str(target)),
        ("TARGET_CLASS", class_of(target).name),
    ]
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
