"""Damaged ``.tflite`` files by the thousand: each must be read, or refused with one clear error.

As a script: ``python tests/support/tflite_mutations.py --count 20000 [FILE...]`` prints what went wrong, and the
longest time and most memory that a file took; without files it takes a small model that has something of everything.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[2] / "python")]

from tflite_models import Graph, Op, Tensor, model
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.frontends.tflite.reader import read_bytes

_NUMBERS = [0, 1, 2, 3, 4, 7, 8, 16, 127, 128, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 4, 2**32 - 1]


def something_of_everything() -> bytes:
    """A small file with constants of several kinds, sparsity, subgraphs, a signature, a custom operator."""
    x = Tensor((1, 4, 4, 2), "INT8", "x", scale=0.5, zero_point=3, fields={"shape_signature": [-1, 4, 4, 2]})
    weights = Tensor((2, 3, 3, 2), "INT4", "w", np.arange(36) % 16 - 8, scale=(0.25, 0.5))
    y = Tensor((1, 4, 4, 2), "INT8", "y", scale=0.5)
    rows = {"format": "DENSE", "dense_size": 2}
    columns = {
        "format": "SPARSE_CSR",
        "array_segments": ("Uint8Vector", {"values": b"\0\1\2"}),
        "array_indices": ("Uint16Vector", {"values": [3, 0]}),
    }
    sparsity = {"traversal_order": [0, 1], "block_map": [], "dim_metadata": [rows, columns]}
    few = Tensor((2, 4), "FLOAT16", "few", np.array([1, 2], np.float16), fields={"sparsity": sparsity})
    z, condition = Tensor((2, 4), "FLOAT16", "z"), Tensor((), "BOOL", "condition")
    strides = {"padding": "SAME", "stride_w": 1, "stride_h": 1, "fused_activation_function": "RELU"}
    branches = {"then_subgraph_index": 1, "else_subgraph_index": 2}
    main = [
        Op("CONV_2D", [x, weights, None], [y], strides),
        Op("DENSIFY", [few], [z]),
        Op("special", [y, z], [condition], custom=True, fields={"custom_options": b"123"}),
        Op("IF", [condition, z], [Tensor((2, 4), "FLOAT16", "end")], branches),
    ]
    halves = [Op(name, [Tensor((2, 4), "FLOAT16")], [Tensor((2, 4), "FLOAT16")]) for name in ("RELU", "TANH")]
    signature = {
        "signature_key": "serving_default",
        "inputs": [{"name": "image", "tensor_index": 0}],
        "outputs": [{"name": "result", "tensor_index": 6}],
    }
    return model(Graph(main), *halves, description="everything", signature_defs=[signature])


def mutated(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one to four things wrong."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        place = rng.randrange(len(out))
        kind = rng.randrange(5)
        if kind == 0:
            out[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            word = place & ~3
            out[word : word + 4] = rng.choice(_NUMBERS).to_bytes(4, "little")
        elif kind == 2:
            word = place & ~3
            number = int.from_bytes(out[word : word + 4], "little") + rng.choice([-8, -4, -1, 1, 4, 8])
            out[word : word + 4] = (number % 2**32).to_bytes(4, "little")
        elif kind == 3:
            other = rng.randrange(len(out))
            length = rng.choice([1, 2, 4, 8, 64])
            out[place : place + length] = out[other : other + length]
        else:
            del out[place : place + rng.choice([1, 2, 4, 8, 64])]
        if not out:
            break
    return bytes(out)


def outcome(data: bytes) -> str:
    """``read``, or the message of the error; anything else than ``ModelLibraryError`` is raised."""
    try:
        model = read_bytes(data, "m.tflite")
        for subgraph in model.subgraphs:
            for tensor in subgraph.tensors:
                _ = tensor.data
    except ModelLibraryError as error:
        return str(error)
    return "read"


def main() -> int:
    """Run the script. Exit status 1 when a file did anything but be read or be refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    originals = [f.read_bytes() for f in options.files] or [something_of_everything()]
    rng = random.Random(options.seed)
    read = wrong = 0
    slowest = 0.0
    for number in range(options.count):
        data = mutated(originals[number % len(originals)], rng)
        began = time.perf_counter()
        try:
            read += outcome(data) == "read"
        except Exception as error:  # noqa: BLE001  (that is what is looked for)
            wrong += 1
            print(f"number {number} (file {number % len(originals)}): {type(error).__name__}: {error}")
        slowest = max(slowest, time.perf_counter() - began)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{options.count} files: {read} read, {options.count - read - wrong} refused, {wrong} wrong")
    print(f"slowest {slowest:.2f} s, most memory {memory} MiB")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
