"""Write the reference pages and stubs that come from the code, or check that they are up to date.

python docs/generate.py [--check]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import house
import stubs
from tvm_model_library import microtvm
from tvm_model_library.cli.main import main as cli
from tvm_model_library.frontends.onnx import registry as onnx
from tvm_model_library.frontends.tflite.registry import converters
from tvm_model_library.microtvm import names, transform
from tvm_model_library.microtvm.relay import op as relay_op
from tvm_model_library.microtvm.relay.backend import executor
from tvm_model_library.relay.operator import Operator, operators

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Made by docs/generate.py from {source}: change it there. -->\n\n"


def command_line() -> str:
    """docs/cli.md, from the commands' own help."""
    text = "# Command line\n\n" + NOTE.format(source="cli/")
    text += "A mistake is one message on stderr (a table, where a budget is exceeded) and exit status 1.\n"
    for name in [None, *sorted(cli.commands)]:
        command: click.Command = cli if name is None else cli.commands[name]
        path = "tvm-mlf" if name is None else f"tvm-mlf {name}"
        context = click.Context(command, info_name=path, max_content_width=100, terminal_width=100)
        text += f"\n## {path}\n\n```\n{command.get_help(context)}\n```\n"
    return text


def cmake() -> str:
    """docs/cmake.md, from the bracket comments of the CMake package."""
    text = "# CMake reference\n\n" + NOTE.format(source="the bracket comments of cmake/*.cmake")
    text += (ROOT / "docs" / "cmake_introduction.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "cmake").glob("*.cmake")):
        source = path.read_text(encoding="utf-8")
        for block in re.findall(r"#\[=+\[\.md:\n(.*?)#\]=+\]", source, flags=re.DOTALL):
            text += f"\n{block}"
    return text


def operator_table() -> str:
    """docs/operators.md, from the operator registry."""
    text = "# Operators\n\n" + NOTE.format(source="the operator registry")
    everything = operators()
    both = sum(o.evaluate is not None and o.lower is not None for o in everything)
    own = sum(o.name.startswith("tflite.") for o in everything)
    text += (
        f"{len(everything)} operators are known: {len(everything) - own} of Relay 0.18, and {own} named `tflite`, "
        f"which compute what TensorFlow Lite for Microcontrollers does, bit by bit. {both} of them run in the "
        "reference interpreter and compile. An operator whose result has a shape known only at run time runs in the "
        "interpreter; the compiler takes it where its arguments are constants.\n\n"
    )
    text += (
        "| operator | arguments | attributes | interpreter | compiler | note |\n| --- | --- | --- | --- | --- | --- |\n"
    )
    return text + "".join(_row(operator) for operator in everything)


def _row(operator: Operator) -> str:
    interpreter = "no" if operator.evaluate is None else "yes"
    compiler = "no" if operator.lower is None else "yes"
    attributes = ", ".join(a.name for a in operator.attributes)
    note = operator.note.replace("|", "\\|")
    return (
        f"| `{operator.name}` | {', '.join(operator.inputs)} | {attributes} | {interpreter} | {compiler} | {note} |\n"
    )


def tflite_operators() -> str:
    """docs/tflite-operators.md, from the converters."""
    text = "# TFLite operators\n\n" + NOTE.format(source="the converters (frontends/tflite/converters)")
    everything = converters()
    text += (
        f"{len(everything)} builtin operators are converted. By type of data (`uint8` as `int8`, unless named):\n\n"
        "- exact: bit for bit what TensorFlow Lite for Microcontrollers computes, under the contract chosen;\n"
        "- real: within rounding;\n"
        "- as they are: values that are moved, compared or computed as the integers that they are;\n"
        "- through real: quantized numbers that TFLite Micro does not compute, made real, computed, quantized again; "
        "a function of one number is a table. Within one step of LiteRT.\n\n"
        "| operator | exact | real | as they are | through real |\n| --- | --- | --- | --- | --- |\n"
    )
    for name, found in sorted(everything.items()):
        kinds = (found.exact, found.real, found.plain, found.through_real)
        columns = [", ".join(types) for types in kinds] if found.types else ["", "", "all", ""]
        text += f"| {name} | {' | '.join(columns)} |\n"
    return text


def onnx_operators() -> str:
    """docs/onnx-operators.md, from the converters."""
    text = "# ONNX operators\n\n" + NOTE.format(source="the converters (frontends/onnx/converters)")
    everything = onnx.converters()
    text += f"{len(everything)} operators are converted. An attribute that is not named here is refused.\n\n"
    text += "| operator | types | attributes |\n| --- | --- | --- |\n"
    for name, found in sorted(everything.items()):
        text += f"| {name} | {', '.join(found.types) or 'all'} | {', '.join(sorted(found.attributes))} |\n"
    return text


def rooms() -> str:
    """docs/rooms.md, from the imports of the package."""
    text = "# The house\n\n" + NOTE.format(source="the imports of the package (docs/house.py)")
    text += (
        "Each room is a module or folder of `tvm_model_library`. A room imports rooms below it, never one above or "
        "beside it; a test checks that. An arrow stands for all imports from one room to another that no way through "
        "other rooms stands for.\n\n"
    )
    text += "```mermaid\nflowchart TD\n"
    arrows = house.arrows()
    for number, floor in reversed(list(enumerate(house.FLOORS))):
        text += (
            f"  subgraph floor{number}[ ]\n    direction LR\n" + "".join(f"    {room}\n" for room in floor) + "  end\n"
        )
    text += "".join(f"  {a} --> {b}\n" for a, b in sorted(house.direct(arrows))) + "```\n\n"
    text += "| room | what it is |\n| --- | --- |\n"
    for floor in reversed(house.FLOORS):
        for room in floor:
            text += f"| `{room}` | {house.contents(room)} |\n"
    return text


def coming_from_microtvm() -> str:
    """docs/microtvm.md, from its introduction and the tables of the package."""
    note = NOTE.format(source="docs/microtvm_introduction.md and microtvm/")
    title, _, text = (ROOT / "docs" / "microtvm_introduction.md").read_text(encoding="utf-8").partition("\n\n")
    return f"{title}\n\n{note}{text}{_options()}{_same()}{_gone()}"


def _options() -> str:
    text = "\n## Options\n\nAn option is honoured, or accepted as the compiler does so anyway, or refused by name.\n\n"
    text += "| option of `PassContext(config=...)` | values | |\n| --- | --- | --- |\n"
    for name, option in sorted(transform.CONFIG.items()):
        values = "any" if option.values is None else ", ".join(f"`{v!r}`" for v in option.values) or "none: refused"
        text += f"| `{name}` | {values} | {option.why} |\n"
    text += (
        "\n`opt_level` may be 0 to 4: the compiler does all that it can at each. Passes that may be disabled, as they\n"
    )
    text += f"are never run: {', '.join(f'`{name}`' for name in sorted(transform.NEVER_RUN))}.\n\n"
    text += "| option of `Executor` | |\n| --- | --- |\n"
    return text + "".join(f"| `{name}`: `{o}` | {why} |\n" for name, o, why in executor.MEANINGS)


def _same() -> str:
    text = "\n## The same\n\n"
    for module in sorted((m for n, m in list(sys.modules.items()) if n.startswith(microtvm.__name__)), key=str):
        shown = "tvm" + module.__name__.removeprefix(microtvm.__name__)
        public = [n for n in getattr(module, "__all__", ()) if not hasattr(getattr(module, n), "__path__")]
        if shown not in ("tvm.relay.op", "tvm.names") and public:
            functions = set(relay_op.__all__) if shown == "tvm.relay" else set()
            text += f"- `{shown}`: {', '.join(f'`{n}`' for n in sorted(public) if n not in functions)}\n"
    return text + "- `tvm.relay.op` and `tvm.relay`: a function for every operator in [the list](operators.md)\n"


def _gone() -> str:
    text = "\n## Gone\n\nWhat is below a name of this table is gone with it. Using one raises an error with that.\n\n"
    text += "| name below `tvm` | reason, and what to use |\n| --- | --- |\n"
    text += "".join(f"| `{name}` | {why} |\n" for name, why in sorted(names.GONE.items()))
    text += "\n| of | attribute | what to use |\n| --- | --- | --- |\n"
    gone = ((what, name, why) for what, attributes in names.ATTRIBUTES.items() for name, why in attributes.items())
    return text + "".join(f"| {what} | `{name}` | {why} |\n" for what, name, why in gone)


PAGES = {
    "cli.md": command_line,
    "cmake.md": cmake,
    "microtvm.md": coming_from_microtvm,
    "onnx-operators.md": onnx_operators,
    "operators.md": operator_table,
    "rooms.md": rooms,
    "tflite-operators.md": tflite_operators,
}


def files() -> dict[str, str]:
    """All generated files by path below the root."""
    return {**{f"docs/{name}": make() for name, make in PAGES.items()}, **stubs.stubs()}


def main() -> int:
    """Write or check all pages and stubs; status 1 when one is out of date."""
    stale = []
    for name, text in files().items():
        path = ROOT / name
        if "--check" in sys.argv[1:]:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run python docs/generate.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
