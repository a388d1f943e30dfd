"""The command line, ``tvm-mlf``. A user's mistake is one message on stderr and exit status 1."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tvm_model_library import __version__
from tvm_model_library.cli.aot import with_aot_options
from tvm_model_library.cli.model import ModelFile, with_model
from tvm_model_library.cli.options import (
    FILE,
    compiler_macros_option,
    executor_option,
    flash_budget_option,
    name_option,
    ram_budget_option,
    target_option,
    with_limits,
    with_test_options,
)
from tvm_model_library.cli.report import budget, footprint, report
from tvm_model_library.disk import write_file
from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.files import cmake_dir
from tvm_model_library.runs.recorded import read_inputs, read_recorded, reference_runs, save_npz

if TYPE_CHECKING:
    from tvm_model_library.executors.aot import AotOptions
    from tvm_model_library.relay.limits import Limits
    from tvm_model_library.runs.tolerance import Tolerance


class _Group(click.Group):
    """A command group whose usage errors exit with status 1, as every other mistake does."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.Exit as error:
            sys.exit(error.exit_code)
        except click.exceptions.Abort:
            click.echo("error: interrupted", err=True)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
        except click.ClickException as error:
            context = getattr(error, "ctx", None)
            command = f"tvm-mlf {context.info_name}" if context and context.parent else "tvm-mlf"
            click.echo(f"error: {error.format_message()} (see '{command} --help')", err=True)
        except ModelLibraryError as error:
            click.echo(f"error: {error}", err=True)
        sys.exit(1)


def _print_cmake_dir(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(cmake_dir())
        context.exit()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tvm-mlf")
@click.option("--cmake-dir", is_flag=True, expose_value=False, is_eager=True, callback=_print_cmake_dir,
              help="Print the folder of TVMModelLibraryConfig.cmake and exit.")  # fmt: skip
def main() -> None:
    """From a machine-learning model's file to C for firmware, with proof that it computes the right answer."""


main.add_command(report)
main.add_command(footprint)
main.add_command(budget)


@main.command()
@with_model
@target_option
@compiler_macros_option
@executor_option
@name_option
@click.option("--format-version", type=click.IntRange(1, 7), default=None, metavar="N",
              help="Version of the Model Library Format; aot: from 5. [default: 1 for graph, 7 for aot]")  # fmt: skip
@click.option("--build-tree", type=FILE, help="Also write what the CMake package compiles beside the archive, here.")
@click.option("--vectors", type=FILE, help="Recorded runs for the harness (.npz): in0, in1, ..., and out0, out1, ..., "
              "each of its tensor's shape or with a leading axis of runs.")  # fmt: skip
@click.option("-o", "--output", type=FILE, required=True, help="The archive to write (.tar).")
@ram_budget_option
@flash_budget_option
@with_aot_options
@with_test_options
def export(
    model: ModelFile, target: str, compiler_macros: str, executor: str, model_name: str | None,
    format_version: int | None, build_tree: Path | None, vectors: Path | None, output: Path, random_vectors: int,
    tolerance: Tolerance, ram_budget: int | None, flash_budget: int | None, aot: AotOptions | None,
) -> None:  # fmt: skip
    """Compile MODEL and write a Model Library Format archive. A build tree gets a memory report as well: report.json,
    to which 'tvm-mlf footprint' adds the size of the code once it is compiled, and report.html.
    """
    from tvm_model_library.compiler.targets.macros import with_macros
    from tvm_model_library.compiler.targets.target import Target
    from tvm_model_library.library import compile as compile_model
    from tvm_model_library.report import Budget, report_of

    loaded = model.load()
    name = model.path.stem if model_name is None else model_name
    chosen = with_macros(Target.parse(target), _macros(compiler_macros))
    library = compile_model(loaded, target=chosen, executor=executor, name=name, aot=aot)
    recorded = read_recorded(loaded, vectors) if vectors else None
    Budget(ram_budget, flash_budget).check(report_of(library))
    library.export(output, format_version=format_version)
    if build_tree is not None:
        library.write_build_tree(
            build_tree,
            archive=output,
            recorded=recorded,
            random_vectors=random_vectors,
            rtol=tolerance.rtol,
            atol=tolerance.atol,
            integer_tolerance=tolerance.steps,
        )
        click.echo(f"memory report: {build_tree / 'report.html'}")


def _macros(text: str) -> dict[str, str]:
    """Macros by name of what --compiler-macros gives."""
    return {name: value for name, _, value in (word.partition("=") for word in text.split())}


@main.command()
@with_model
@click.option("--inputs", type=FILE, required=True, help="Arrays in0, in1, ...: @main's free parameters.")
@click.option("-o", "--output", type=FILE, required=True, help="Where to write out0, out1, ... (.npz).")
@with_limits
def interpret(model: ModelFile, inputs: Path, output: Path, limits: Limits) -> None:
    """Run MODEL in the reference interpreter, once for each run of a leading axis that the inputs may have."""
    loaded = model.load()
    outputs = reference_runs(loaded, *read_inputs(loaded, inputs), limits=limits)
    save_npz(output, {f"out{i}": a for i, a in enumerate(outputs)})
    for i, array in enumerate(outputs):
        click.echo(f"out{i}: {array.dtype.name}{list(array.shape)}")


@main.command()
@with_model
@target_option
@executor_option
@click.option("--vectors", type=FILE, help="Recorded runs to compare with as well (in0, ..., out0, ...).")
@with_test_options
@with_limits
def verify(
    model: ModelFile, target: str, executor: str, vectors: Path | None, random_vectors: int,
    tolerance: Tolerance, limits: Limits,
) -> None:  # fmt: skip
    """Compile MODEL for this machine, run it on recorded inputs and on random, lowest, highest and zero ones, and
    compare with the reference interpreter.
    """
    from tvm_model_library.verification.verify import verify as run_verification

    loaded = model.load()
    recorded = read_recorded(loaded, vectors) if vectors else None
    report = run_verification(
        loaded,
        target=target,
        executor=executor,
        recorded=recorded,
        random_vectors=random_vectors,
        rtol=tolerance.rtol,
        atol=tolerance.atol,
        integer_tolerance=tolerance.steps,
        limits=limits,
    )
    click.echo(report.text())
    if not report.passed:
        sys.exit(1)


@main.command()
@with_model
@click.option("-o", "--output", type=FILE, required=True, help="The Relay text to write (.relay).")
@click.option("--params-output", type=FILE, help="The parameters to write (.params). [default: beside the text]")
def convert(model: ModelFile, output: Path, params_output: Path | None) -> None:
    """Write MODEL as Relay text and parameters: what is compiled, for reading. Loads again to the same program."""
    from tvm_model_library.disk import write_file
    from tvm_model_library.params import save_param_dict

    loaded = model.load()
    blob = params_output or output.with_suffix(".params")
    write_file(blob, save_param_dict({**loaded.params, **{s.spec.name: s.initial for s in loaded.states}}))
    write_file(output, loaded.text.encode())
    click.echo(f"{output}: {len(loaded.params)} parameters in {blob}")


@main.command(name="print")
@click.argument("model", type=FILE)
@click.option("--show-meta/--no-show-meta", default=True, show_default=True, help="Print the #[metadata] section.")
def print_text(model: Path, show_meta: bool) -> None:
    """Print the Relay text MODEL in canonical form, as TVM's astext() does."""
    from tvm_model_library.disk import read_text
    from tvm_model_library.relay.parser import parse_module
    from tvm_model_library.relay.printer import print_module

    click.echo(print_module(parse_module(read_text(model, "the model"), str(model)), show_meta), nl=False)


@main.command()
@click.argument("archive", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the description as JSON.")
def inspect(archive: Path, as_json: bool) -> None:
    """Describe ARCHIVE: version, models, memory, functions, files."""
    from tvm_model_library.archive.reader import read_archive

    description = read_archive(archive)
    click.echo(description.to_json() if as_json else description.text())


@main.command()
@click.argument("folder", type=FILE)
@click.option("--executor", type=click.Choice(["interpreter", "graph", "aot"]), default="graph", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Processes. [default: all cores]")
@click.option("--filter", "pattern", help="Regular expression for id, kind, origin or operators.")
@click.option("--limit", type=click.FloatRange(min=0.1), default=60, show_default=True, help="Seconds for a program.")
@click.option("--json", "json_file", type=FILE, help="Write the report for machines here.")
def corpus(folder: Path, executor: str, jobs: int, pattern: str | None, limit: float, json_file: Path | None) -> None:
    """Run the Relay programs of FOLDER (ID.relay, ID.npz) and report.

    The interpreter is compared with the recorded outputs, compiled C with the interpreter. FOLDER may also be a file of
    texts with TVM's verdict (.jsonl), which are parsed and printed, or a collection of .tflite files
    (files/NAME.tflite, runs/NAME.npz), which are compared with what TFLite Micro and LiteRT computed. The exit status
    is 0 when no program is wrong, crashed or slow; a program refused with a message is no failure.
    """
    from rich.console import Console

    from tvm_model_library.verification.corpus.runner import run_corpus
    from tvm_model_library.verification.corpus.texts import run_texts

    if json_file is not None:
        write_file(json_file, b"")  # a file that can't be written must not cost the whole run
    if folder.suffix == ".jsonl":
        report = run_texts(folder, limit)
    else:
        report = run_corpus(folder, executor, jobs, pattern, limit, Console(stderr=True))
    report.print(Console())
    if json_file is not None:
        write_file(json_file, report.to_json().encode())
    if not report.ok:
        sys.exit(1)
