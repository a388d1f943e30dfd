"""Targets in TVM's classic notation."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tvm_model_library as tml
from elftools.elf.elffile import ELFFile
from native import relay, run_plan, same
from tvm_model_library.compiler.pipeline import build_plan
from tvm_model_library.compiler.targets import classes
from tvm_model_library.compiler.targets.classes import GENERIC, TargetClass
from tvm_model_library.compiler.targets.features import features_of
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.errors import EvaluationError, ModelLibraryError, UnsupportedError
from tvm_model_library.library import compile as compile_model


@pytest.mark.parametrize(
    "text", ["c", "llvm", "llvm -mtriple=thumbv7em-none-eabihf -mcpu=cortex-m4", "llvm -mattr=+neon,+fp16"]
)
def test_text_comes_back(text: str) -> None:
    assert str(Target.parse(text)) == text


def test_spaces_are_equal_signs() -> None:
    assert Target.parse("llvm -mcpu cortex-m4") == Target.parse("llvm -mcpu=cortex-m4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty string"),
        ("cuda", "'cuda'"),
        ("llvm -mcup=x", "unknown option '-mcup=x'; the options are -mtriple"),
        ("llvm mcpu=x", "unknown option"),
        ("llvm -mcpu", "-mcpu needs one value"),
        ("llvm -mcpu=a -mcpu=b", "-mcpu needs one value"),
        ("c -mabi=x", "only llvm takes -mabi="),
        ("c -mtriple=x -mcpu=y", "c takes -mcpu= or -mtriple="),
        ("llvm -opt-level=9", "from 0 to 3"),
        ("llvm -opt-level=02", "from 0 to 3"),
        ("llvm -opt-level=²", "from 0 to 3"),
        ("llvm -mfloat-abi=maybe", "soft or hard"),
        ('llvm "', "No closing quotation"),
    ],
)
def test_mistakes_are_named(text: str, message: str) -> None:
    with pytest.raises(ModelLibraryError, match=message):
        Target.parse(text)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("llvm -mtriple=nonsense", "unknown architecture 'nonsense'; expected a triple that begins with one of arm, "),
        (
            "llvm -mtriple=thumbv6m-none-eabi -mcpu=cortex-m99",
            r"LLVM has no processor 'cortex-m99' .*did you mean cortex-m",
        ),
        ("llvm -mtriple=riscv32-unknown-elf -mcpu=x", "LLVM has no processor 'x' .*; it knows .*generic-rv32"),
        ("llvm -mcpu=cortex-m4", "LLVM has no processor 'cortex-m4' for "),
        ("llvm -mtriple=riscv32-unknown-elf -mattr=+m,+nonsense", r"'\+nonsense' is not a recognized feature"),
        ("llvm -mtriple=riscv32-unknown-elf -mattr=m", "a feature is [+]NAME or -NAME, found 'm'"),
        ("llvm -mtriple=thumbv99-none-eabi", "unknown architecture 'thumbv99'"),
        ("llvm -mtriple=armv7foo-none-eabi", "unknown architecture 'armv7foo'"),
        ("llvm -mtriple=armv8.1-none-eabi", "unknown architecture 'armv8.1'"),
        ("llvm -mtriple=riscv32-unknown-elf -mabi=foo", "does not take it: 'foo' is not a recognized ABI"),
        ("llvm -mtriple=riscv32-unknown-elf -mabi=lp64", "64-bit ABIs are not supported for 32-bit targets$"),
        ("llvm -mtriple=riscv32-unknown-elf -mattr=+f -mabi=ilp32d", "doesn't support the D instruction set"),
        ("llvm -mtriple=riscv32-unknown-elf -mattr=+e -mabi=ilp32", "Only the ilp32e ABI is supported for RV32E"),
        ("llvm -mtriple=thumbv7em-none-eabi -mabi=foo", "no ABI 'foo' for thumbv7em; expected one of aapcs, "),
        ("llvm -mtriple=armv7a-none-eabi -mabi=aapcs-vfp", "-mfloat-abi says how floating-point arguments"),
        ("llvm -mtriple=aarch64-linux-gnu -mabi=ilp32", "no ABI 'ilp32' for aarch64; expected one of aapcs$"),
        ("llvm -mtriple=powerpc64le-linux-gnu -mabi=foo", "for powerpc64le; expected one of elfv1, elfv2"),
        ("llvm -mtriple=powerpc-linux-gnu -mabi=elfv2", "no ABI 'elfv2' for powerpc; .*leave -mabi out"),
        ("llvm -mtriple=x86_64-linux-gnu -mabi=sysv", "no ABI 'sysv' for x86_64; it has one only: leave -mabi out"),
        ("llvm -mtriple=x86_64-linux-gnu -mcpu=i386", "64-bit code requested on a subtarget that doesn't support it"),
        ("llvm -mtriple=x86_64-linux-gnu -mattr=-64bit", "64-bit code requested on a subtarget that"),
        ("llvm -mtriple=riscv32-unknown-elf -mcpu=generic-rv64", "RV32 target requires an RV32 CPU"),
        ("llvm -mtriple=riscv32-unknown-elf -mattr=+64bit", "RV32 and RV64 can't be combined"),
        ("llvm -mtriple=riscv64-unknown-elf -mattr=-64bit", "RV64 target requires an RV64 CPU"),
        ("llvm -mtriple=armv7a-none-eabi -mattr=+noarm", "the target does not support ARM mode execution"),
        ("llvm -mtriple=avr", "the int of avr has 16 bits"),
        ("llvm -mtriple=msp430-none-elf", "the int of msp430 has 16 bits"),
    ],
)
def test_what_llvm_lacks_is_an_error(target: str, message: str) -> None:
    """LLVM only warns, and compiles for something else; or ends the process."""
    with pytest.raises(ModelLibraryError, match=message):
        compile_model(relay("  nn.relu(%x)", "%x: Tensor[(4), float32]"), target=target)


@pytest.mark.parametrize(
    ("target", "by_registers"),
    [
        ("llvm -mtriple=thumbv6m-none-eabi -mcpu=cortex-m0plus", False),
        ("llvm -mtriple=thumbv7em-none-eabihf", True),
        ("llvm -mtriple=arm-linux-gnueabihf", True),
        ("llvm -mtriple=thumbv7em-none-eabihf -mfloat-abi=soft", False),
        ("llvm -mtriple=thumbv7em-none-eabi -mfloat-abi=hard", True),
    ],
)
def test_a_triple_in_three_parts_names_its_environment(target: str, by_registers: bool) -> None:
    """Arm's run-time functions, and the calling convention: Tag_ABI_VFP_args is 1 where floats go in registers."""
    model = relay("  add(%x, %x)", "%x: Tensor[(4), float32]")
    library = compile_model(model, target=target, executor="aot")
    (built,) = (file.data for file in library.code if file.name == "lib0.o")
    assert b"__aeabi_fadd" in built
    with ELFFile(io.BytesIO(built)) as elf:
        section = elf.get_section_by_name(".ARM.attributes")
        attributes = section.subsections[0].subsubsections[0].attributes
        values = {a.tag: a.value for a in attributes}
    assert (values.get("TAG_ABI_VFP_ARGS", 0) == 1) == by_registers


@pytest.mark.parametrize(
    "target",
    [
        "llvm",
        "llvm -mtriple=thumbv7em-none-eabihf -mcpu=cortex-m4 -mattr=+dsp,-fp64",
        "llvm -mtriple=riscv32-unknown-elf -mcpu=generic-rv32 -mattr=+m,+c",
        "llvm -mtriple=riscv32-unknown-elf -mattr=+e -mabi=ilp32e",
        "llvm -mtriple=riscv32-unknown-elf -mattr=+f,+d -mabi=ilp32d",
        "llvm -mtriple=riscv64-unknown-elf -mabi=lp64",
        "llvm -mtriple=thumbv7em-none-eabi -mabi=aapcs",
        "llvm -mtriple=thumbv8.1m.main-none-eabi -mcpu=cortex-m55",
        "llvm -mtriple=armebv8.9a-none-eabi",
        "llvm -mtriple=powerpc64-linux-gnu -mabi=elfv2",
        "llvm -mtriple=aarch64-linux-gnu -mcpu=cortex-a53 -mabi=aapcs",
        "llvm -mtriple=s390x-linux-gnu",
        "llvm -mtriple=i686-linux-gnu",
    ],
)
def test_what_llvm_has_compiles(target: str) -> None:
    library = compile_model(relay("  nn.relu(%x)", "%x: Tensor[(4), float32]"), target=target)
    assert next(f.data for f in library.code if f.folder == "lib").startswith(b"\x7fELF")


@pytest.mark.parametrize("dtype", ["int4", "int24", "int128", "float80", "float32x4", "handle"])
def test_dtypes_that_no_target_has_are_refused(dtype: str) -> None:
    message = f"no target of the executors has the dtype {dtype}: they compute with bool, int8 to int64"
    with pytest.raises(UnsupportedError, match=f"model.relay:2:11: %x is Tensor.*{message}"):
        compile_model(relay("  %x", f"%x: Tensor[(4), {dtype}]"))
    with pytest.raises(UnsupportedError, match=f"model.relay:3:3: cast: its result is Tensor.*{message}"):
        compile_model(relay(f'  cast(%x, dtype="{dtype}")', "%x: Tensor[(4), int8]"))


@pytest.mark.parametrize("dtype", ["int24", "int128", "float32x4"])
def test_the_interpreter_refuses_what_numpy_lacks(dtype: str) -> None:
    model = relay(f'  cast(%x, dtype="{dtype}")', "%x: Tensor[(4), int8]")
    with pytest.raises(EvaluationError, match=r"model.relay:3:3: cast: its result .* has a dtype that NumPy lacks"):
        model.reference(np.zeros(4, "int8"))


@pytest.mark.parametrize(
    ("text", "architecture", "has", "lacks"),
    [
        ("c", "", (), ("dsp",)),
        ("c -mcpu=cortex-m4", "arm", ("dsp",), ("mve",)),
        ("c -mcpu=cortex-m33+nodsp", "arm", (), ("dsp",)),
        ("c -mcpu=cortex-m0plus", "arm", (), ("dsp", "thumb2")),
        ("c -mcpu=cortex-m55", "arm", ("dsp", "mve"), ()),
        ("c -mcpu=sifive-e31", "riscv32", ("m",), ("zbb",)),
        ("llvm -mtriple=thumbv7em-none-eabihf -mcpu=cortex-m7", "arm", ("dsp",), ("mve",)),
        ("llvm -mtriple=riscv32-unknown-elf -mattr=+m,+zbb", "riscv32", ("m", "zbb"), ("zba",)),
    ],
)
def test_what_a_processor_can_do_is_known(
    text: str, architecture: str, has: tuple[str, ...], lacks: tuple[str, ...]
) -> None:
    features = features_of(Target.parse(text))
    assert features.architecture == architecture
    assert features.names >= set(has)
    assert not features.names & set(lacks)


def test_a_processor_that_nobody_knows_is_refused_with_close_names() -> None:
    model = relay("  nn.relu(%x)", "%x: Tensor[(4), float32]")
    with pytest.raises(ModelLibraryError, match=r"unknown processor 'cortex-m5'; did you mean .*cortex-m55"):
        tml.compile(model, "c -mcpu=cortex-m5")


def test_a_class_reaches_the_scheduler_the_planner_and_the_printer(monkeypatch: pytest.MonkeyPatch) -> None:
    small = TargetClass("small", local_bytes=16, tiles=(4,), unrolled=2)
    monkeypatch.setattr(classes, "_chosen", lambda features: small if "dsp" in features.names else GENERIC)
    weights = np.ones((8, 16), "float32")
    model = relay("  nn.dense(%x, %w)", "%x: Tensor[(2, 16), float32], %w: Tensor[(8, 16), float32]", w=weights)
    plans = {t: build_plan(model, name="m", target=Target.parse(t)) for t in ("c", "c -mcpu=cortex-m4")}
    code = {t: next(iter(p.kernels.values())).code.definition for t, p in plans.items()}
    assert code["c"] != code["c -mcpu=cortex-m4"]
    x = np.arange(32, dtype="float32").reshape(2, 16)
    for plan in plans.values():
        same(run_plan(plan, [x]), model.reference(x))
