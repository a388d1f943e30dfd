"""Instructions for each multiply-accumulate of one layer, by kernel family, on emulated boards.

Each layer is a network of its own: compiled, run in QEMU on random inputs, its outputs compared with the reference
interpreter's; what differs ends everything. Of layers without products, instructions for each element read.
"""

from __future__ import annotations

import argparse
import fnmatch
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import tvm_model_library as tml
from instructions import TOOLCHAINS, build_trees, measure
from layers import Convolution, Layer, dense, elementwise, transposed
from measure import table

_SAME = (1, 1, 1, 1)
_POOL = 'strides=[2, 2], padding=[0, 0, 0, 0], layout="NHWC"'


def families() -> Iterator[Layer]:
    """All layers that are counted."""
    for name, layer in _convolutions().items():
        yield layer.layer(name)
    yield transposed("transposed_2x2_s2_16_8", (12, 12, 16), 8, 2, 2)
    yield transposed("transposed_3x3_s2_16_16", (8, 8, 16), 16, 3, 2)
    for features, units in ((128, 128), (640, 128), (64, 10), (250, 4), (64, 3), (128, 1)):
        yield dense(f"dense_{features}_{units}", features, units)
    yield dense("dense_x8_64_64", 64, 64, 8)
    image = (1, 16, 16, 32)
    yield elementwise("max_pool_2x2", f"nn.max_pool2d(%x0, pool_size=[2, 2], {_POOL})", image)
    yield elementwise(
        "avg_pool_2x2",
        f'%0 = cast(%x0, dtype="int32");\n  %1 = nn.avg_pool2d(%0, pool_size=[2, 2], {_POOL});\n  '
        'cast(%1, dtype="int8")',
        image,
    )
    yield elementwise(
        "avg_pool_global",
        '%0 = cast(%x0, dtype="int32");\n  %1 = nn.avg_pool2d(%0, pool_size=[16, 16], strides=[16, 16], '
        'layout="NHWC");\n  cast(%1, dtype="int8")',
        image,
    )
    two = "0.05f, 3, 0.04f, -7, 0.06f, 5"
    yield elementwise("add", f"qnn.add(%x0, %x1, {two})", image, image)
    yield elementwise("mul", "qnn.mul(%x0, %x1, 0.05f, 3, 0.04f, -7, 0.16f, 5)", image, image)
    yield elementwise(
        "concatenation",
        "%0 = (%x0, %x1);\n  qnn.concatenate(%0, (0.05f, 0.05f), (3, 3), 0.05f, 3, axis=3)",
        image,
        image,
    )
    yield elementwise("softmax", "%0 = qnn.softmax(%x0, 0.1f, 3, 0.00390625f, -128, axis=1)\n;  %0", (4, 40))


def _convolutions() -> Mapping[str, Convolution]:
    return {
        "conv_1x1_64_64": Convolution((25, 5, 64), 64, (1, 1)),
        "conv_1x1_8_8": Convolution((16, 16, 8), 8, (1, 1)),
        "conv_1x1_13_11": Convolution((9, 9, 13), 11, (1, 1)),
        "conv_1x1_s2_16_32_add": Convolution((32, 32, 16), 32, (1, 1), (2, 2), ending="add"),
        "conv_3x3_8_8": Convolution((16, 16, 8), 8, padding=_SAME),
        "conv_3x3_16_16": Convolution((32, 32, 16), 16, padding=_SAME),
        "conv_3x3_16_16_add": Convolution((32, 32, 16), 16, padding=_SAME, ending="add"),
        "conv_3x3_16_16_clip": Convolution((32, 32, 16), 16, padding=_SAME, ending="clip"),
        "conv_3x3_16_16_sums": Convolution((16, 16, 16), 16, padding=_SAME, ending="sums"),
        "conv_3x3_s2_16_32": Convolution((32, 32, 16), 32, strides=(2, 2), padding=(0, 0, 1, 1)),
        "conv_3x3_32_32": Convolution((16, 16, 32), 32, padding=_SAME),
        "conv_3x3_64_64": Convolution((8, 8, 64), 64, padding=_SAME),
        "conv_3x3_3_16": Convolution((32, 32, 3), 16, padding=_SAME),
        "conv_3x3_s2_3_8": Convolution((32, 32, 3), 8, strides=(2, 2), padding=(0, 0, 1, 1)),
        "conv_10x4_s2_1_64": Convolution((49, 10, 1), 64, (10, 4), (2, 2), (4, 1, 5, 1), zero_point=83),
        "conv_5x5_8_16": Convolution((12, 12, 8), 16, (5, 5), padding=(2, 2, 2, 2)),
        "conv_1x7_16_16": Convolution((8, 30, 16), 16, (1, 7), padding=(0, 3, 0, 3)),
        "conv_3x3_s3_16_16": Convolution((30, 30, 16), 16, strides=(3, 3)),
        "conv_3x3_d2_16_16": Convolution((17, 17, 16), 16, padding=(2, 2, 2, 2), dilation=(2, 2)),
        "conv_3x3_g2_16_16": Convolution((16, 16, 16), 16, padding=_SAME, groups=2),
        "conv_3x3_10_13_odd": Convolution((11, 13, 10), 13, padding=_SAME),
        "depthwise_3x3_64": Convolution((25, 5, 64), 64, padding=_SAME, groups=64),
        "depthwise_3x3_s2_16": Convolution((48, 48, 16), 16, strides=(2, 2), padding=(0, 0, 1, 1), groups=16),
        "depthwise_3x3_x2_8": Convolution((16, 16, 8), 16, padding=_SAME, groups=8),
        "depthwise_5x5_24": Convolution((12, 12, 24), 24, (5, 5), padding=(2, 2, 2, 2), groups=24),
        "depthwise_3x3_d2_10": Convolution((15, 13, 10), 10, padding=(2, 2, 2, 2), dilation=(2, 2), groups=10),
    }


def tree(layer: Layer, target: str, folder: Path) -> None:
    """What the CMake package would make of the layer: its archive unpacked, and what is compiled beside it."""
    library = tml.compile(layer.model(), target=target, executor="aot", name=layer.name)
    archive = library.export(folder / "model.tar")
    library.write_build_tree(folder, archive=archive, rtol=0, atol=0)
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "archive", filter="data")


def main() -> None:
    """Print one table for each toolchain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--toolchain", action="append", choices=sorted(TOOLCHAINS), help="default: cortex-m4f")
    parser.add_argument("--target", default="c", help="as of tvm-mlf export, as --target='c -mcpu=cortex-m4'")
    parser.add_argument("--only", default="*", help="layers whose name this pattern fits (default: all)")
    parser.add_argument("--flags", default="-O3", help="the compiler's, as --flags=-Os (default: -O3)")
    arguments = parser.parse_args()
    layers = [layer for layer in families() if fnmatch.fnmatch(layer.name, arguments.only)]
    with tempfile.TemporaryDirectory() as temporary:
        trees = {layer.name: Path(temporary) / "trees" / layer.name for layer in layers}
        for layer in layers:
            trees[layer.name].mkdir(parents=True)
            tree(layer, arguments.target, trees[layer.name])
        for toolchain in arguments.toolchain or ["cortex-m4f"]:
            folder = Path(temporary) / toolchain
            emulator = build_trees(toolchain, list(trees.values()), folder, arguments.flags)
            print(f"\n{toolchain}, {arguments.target}, {arguments.flags}\n")
            rows = [_row(layer, folder, emulator) for layer in layers]
            print(table(["layer", "MAC", "instructions", "per MAC", "arena", "code"], rows))


def _row(layer: Layer, folder: Path, emulator: list[str]) -> list[str]:
    figures = measure(layer.name, folder, emulator)
    per_mac = f"{figures.instructions / layer.macs:.2f}" if figures.instructions is not None else ""
    objects = [str(o) for o in (folder / "CMakeFiles" / f"{layer.name}.dir").rglob("*_lib1.c.obj")]
    objects += [str(o) for o in (folder / "CMakeFiles" / f"{layer.name}.dir").rglob("*_lib0.c.obj")]
    sizes = subprocess.run(["size", *objects], capture_output=True, text=True, check=True).stdout
    code = sum(int(line.split()[0]) for line in sizes.splitlines()[1:])
    values = (layer.macs, figures.instructions)
    return [layer.name, *(f"{v:,}" if v is not None else "" for v in values), per_mac, str(figures.arena), str(code)]


if __name__ == "__main__":
    sys.exit(main())
