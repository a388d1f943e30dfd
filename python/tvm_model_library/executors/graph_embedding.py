"""The graph executor's model in C: header and constant data, to be compiled into firmware."""

from __future__ import annotations

import json

from tvm_model_library.c_text.literals import byte_words, char_array, needs_math, render, rows_of
from tvm_model_library.executors.graph import counts
from tvm_model_library.executors.interface import Quantization, macro_prefix, states, tensors
from tvm_model_library.params import read_tensors
from tvm_model_library.plan.plan import CONSTANT_POOL, Plan, Storage
from tvm_model_library.plan.storage_ids import STORAGE_ALIGNMENT


def rounded_bytes(storage: Storage) -> int:
    """Bytes that a storage takes in the arena: rounded up as the runtime does."""
    return -(-storage.size_bytes // STORAGE_ALIGNMENT) * STORAGE_ALIGNMENT


def arena_storage_bytes(plan: Plan) -> int:
    """Bytes of the storages in the arena, each rounded up."""
    return _rounded(plan, constants=False)


def _rounded(plan: Plan, *, constants: bool) -> int:
    chosen = [s for s in plan.storages if (s.pool == CONSTANT_POOL) is constants]
    return sum(map(rounded_bytes, chosen))


def header(plan: Plan, blob: bytes, quantization: Quantization | None = None) -> str:
    """``tvmgen_<model>.h``."""
    values = {
        "model": plan.name,
        "prefix": macro_prefix(plan.name),
        "counts": counts(plan),
        "storage_bytes": arena_storage_bytes(plan),
        "constant_bytes": _rounded(plan, constants=True),
        "alignment": STORAGE_ALIGNMENT,
        "padding": padding(blob),
        "states": plan.states,
        "state_bytes": sum(plan.buffers[b].spec.nbytes for b in plan.states),
        **tensors(plan, quantization),
    }
    return render("graph_model.h.j2", values)


def data_source(plan: Plan, graph_json: str, blob: bytes) -> str:
    """``<model>_data.c``: defines what the header declares."""
    compact = json.dumps(json.loads(graph_json), ensure_ascii=False, separators=(",", ":"))
    front = padding(blob)
    values = {
        "model": plan.name,
        "alignment": STORAGE_ALIGNMENT,
        "graph_json": char_array(rows_of(compact)),
        "padding": front,
        "params": byte_words(bytes(front) + blob),
        "states": states(plan, lambda buffer: str(len(plan.inputs) + plan.states.index(buffer))),
        "needs_math": needs_math(plan.starts.values()),
    }
    return render("graph_data.c.j2", values)


def padding(blob: bytes) -> int:
    """Bytes to put before a blob so that the first tensor with data is aligned."""
    first = next((t.data_offset for t in read_tensors(blob).values() if t.array.size), 0)
    return -first % STORAGE_ALIGNMENT
