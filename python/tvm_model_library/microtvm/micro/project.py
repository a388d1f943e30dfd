"""``tvm.micro.project``: a model as a CMake project of its own, made from a template, built and run.

A template is a folder with a ``CMakeLists.txt`` that includes ``model/model.cmake``, and a ``template.json`` that says
what options it has. Definition of the names: TVM 0.18 python/tvm/micro/project.py.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tvm_model_library.disk import write_file
from tvm_model_library.errors import ExportError, ToolchainError
from tvm_model_library.files import cmake_dir
from tvm_model_library.library import Library
from tvm_model_library.microtvm import names
from tvm_model_library.microtvm.micro.model_files import model_files
from tvm_model_library.microtvm.micro.model_library_format import export_model_library_format
from tvm_model_library.microtvm.relay.backend.executor_factory import ExecutorFactoryModule
from tvm_model_library.tensors import Array

_TEMPLATE, _PROJECT = "template.json", "microtvm_project.json"


@dataclass(frozen=True)
class Template:
    """What ``template.json`` says.

    ``executable``: the program that runs the model, None where a board does; ``toolchain_option``: the option that
    names one of the package's toolchain files; ``needs``: an environment variable without which there is no building.
    """

    platform: str
    options: Mapping[str, str]
    executable: str | None = None
    toolchain_option: str | None = None
    needs: str | None = None

    @staticmethod
    def read(folder: Path) -> Template:
        """The template in a folder. Raises ``ExportError`` where there is none."""
        try:
            return Template(**json.loads((folder / _TEMPLATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ExportError(f"{folder}: no template of a project: {_TEMPLATE}: {error}") from None

    def checked(self, options: Mapping[str, Any] | None) -> dict[str, Any]:
        """Options, each of which the template has. Raises ``ExportError``."""
        given = dict(options or {})
        for name in given:
            if name not in self.options:
                known = ", ".join(self.options)
                raise ExportError(f"the template {self.platform!r} has no option {name!r}; its options: {known}")
        if self.toolchain_option is not None:
            _toolchain(str(given.get(self.toolchain_option, "")), self.toolchain_option)
        if self.needs is not None and "board" not in given:
            raise ExportError(f"the template {self.platform!r} needs the option board: {self.options['board']}")
        return given


def _toolchain(name: str, option: str) -> Path:
    """A toolchain file of the package. Raises ``ExportError``."""
    files = sorted((cmake_dir() / "toolchains").glob("*.cmake"))
    shared = {n for p in files for n in re.findall(r"^include\(.*/(.*)\.cmake", p.read_text(encoding="utf-8"), re.M)}
    known = {p.stem: p for p in files if p.stem not in shared}
    if name not in known:
        raise ExportError(f"the option {option} is one of {', '.join(known)}; found {name!r}")
    return known[name]


@dataclass
class GeneratedProject:
    """A project in a folder. ``library`` is the model, where this process made it."""

    folder: Path
    template: Template
    options: Mapping[str, Any]
    library: Library | None = field(default=None, repr=False)

    @classmethod
    def from_directory(cls, project_dir: str | Path, options: Mapping[str, Any] | None = None) -> GeneratedProject:
        """A project that was made before. Raises ``ExportError`` where there is none."""
        folder = Path(project_dir)
        template = Template.read(folder)
        try:
            kept = json.loads((folder / _PROJECT).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ExportError(f"{folder}: no project of generate_project: {_PROJECT}: {error}") from None
        return cls(folder, template, template.checked({**kept["options"], **(options or {})}))

    def info(self) -> dict[str, Any]:
        """The platform, the options and what each is, and where the archive lies."""
        return {
            "platform_name": self.template.platform,
            "is_template": False,
            "model_library_format_path": str(self.archive) if self.archive.is_file() else "",
            "project_options": [{"name": n, "help": h} for n, h in self.template.options.items()],
        }

    @property
    def archive(self) -> Path:
        """The model as a Model Library Format archive."""
        return self.folder / "model.tar"

    @property
    def build_dir(self) -> Path:
        """Where CMake builds."""
        return self.folder / "build"

    def build(self) -> None:
        """Configure and build. Raises ``ToolchainError`` with what was printed where that fails."""
        if self.template.needs and not os.environ.get(self.template.needs):
            raise ToolchainError(
                f"{self.folder}: the environment variable {self.template.needs} is not set: it is the folder of "
                f"{self.template.platform.capitalize()}, which builds this project"
            )
        settings = {
            "TVMModelLibrary_DIR": str(cmake_dir()),
            "TVM_MODEL_LIBRARY_PYTHON": sys.executable,
            "CMAKE_BUILD_TYPE": str(self.options.get("build_type", "Release")),
        }
        option = self.template.toolchain_option
        if option is not None:
            settings["CMAKE_TOOLCHAIN_FILE"] = str(_toolchain(str(self.options[option]), option))
        elif self.template.needs is not None:
            settings["BOARD"] = str(self.options["board"])
        self._call(
            ["cmake", "-S", str(self.folder), "-B", str(self.build_dir), *(f"-D{n}={v}" for n, v in settings.items())]
        )
        self._call(["cmake", "--build", str(self.build_dir), "--parallel"])

    def flash(self) -> None:
        """Put the program where it runs. On this machine, and on an emulated board: run it on recorded inputs and
        compare its outputs with the reference interpreter's. Raises ``ToolchainError``.
        """
        self._require_build()
        if self.template.executable is None:
            self._call(["cmake", "--build", str(self.build_dir), "--target", "flash"])
            return
        printed = self._call(["ctest", "--test-dir", str(self.build_dir), "--output-on-failure", "--no-tests=error"])
        if "Skipped" in printed:
            raise ToolchainError(f"{self.folder}: the emulator is missing:\n{printed}")

    def _require_build(self) -> None:
        if not (self.build_dir / "CMakeCache.txt").is_file():
            raise ToolchainError(f"{self.folder}: the project is not built yet: call build() first")

    @contextmanager
    def transport(self) -> Iterator[GeneratedProject]:
        """The way to the program, for ``micro.Session``. Raises ``ToolchainError`` before :meth:`build`, and for
        boards: they take no inputs, but :meth:`flash` proves their outputs.
        """
        self._require_build()
        if self.template.executable is None or self.template.toolchain_option is not None:
            raise ToolchainError(
                f"{self.folder}: a {self.template.platform} board takes no inputs from a session; flash() runs the "
                "model there on recorded ones, and the template 'crt' takes any on this machine"
            )
        yield self

    def run(self, arrays: Sequence[Array], output_bytes: int) -> bytes:
        """The bytes of all outputs, for arrays that fit the inputs. Raises ``ToolchainError``."""
        with tempfile.TemporaryDirectory() as scratch:
            raw_inputs, raw_outputs = Path(scratch) / "inputs.raw", Path(scratch) / "outputs.raw"
            raw_inputs.write_bytes(b"".join(a.tobytes() for a in arrays))
            program = str(self.build_dir / str(self.template.executable))
            self._call([program, "--quiet", "--raw-inputs", str(raw_inputs), "--raw-outputs", str(raw_outputs)])
            data = raw_outputs.read_bytes()
        if len(data) != output_bytes:
            raise ToolchainError(f"the model's program gave {len(data)} bytes of outputs, expected {output_bytes}")
        return data

    def _call(self, command: Sequence[str]) -> str:
        try:
            ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        except OSError as error:
            raise ToolchainError(f"cannot run {command[0]}: {error.strerror or error}") from None
        printed = ran.stdout + ran.stderr
        if self.options.get("verbose"):
            print(printed, end="")
        if ran.returncode != 0:
            raise ToolchainError(f"{' '.join(command)} failed with status {ran.returncode}:\n{printed.strip()[-3000:]}")
        return printed


class TemplateProject:
    """A template in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = Template.read(folder)

    @classmethod
    def from_directory(cls, template_project_dir: str | Path) -> TemplateProject:
        """The template of a folder. Raises ``ExportError`` where there is none."""
        return cls(Path(template_project_dir))

    def info(self) -> dict[str, Any]:
        """The platform, and the options and what each is."""
        options = [{"name": n, "help": h} for n, h in self.template.options.items()]
        return {"platform_name": self.template.platform, "is_template": True, "project_options": options}

    def generate_project(
        self,
        module: ExecutorFactoryModule | str | Path,
        project_dir: str | Path,
        options: Mapping[str, Any] | None = None,
    ) -> GeneratedProject:
        """A project of a model in a new folder; see :func:`generate_project`."""
        folder, chosen = Path(project_dir), self.template.checked(options)
        if folder.exists():
            raise ExportError(f"{folder} exists already: a project is made in a new folder")
        library, files = model_files(module, with_test=self.template.executable is not None)
        kept = {"platform": self.template.platform, "model_name": library.name, "options": chosen}
        files[_PROJECT] = json.dumps(kept, indent=2).encode()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        except OSError as error:
            raise ExportError(f"{folder}: cannot make the project: {error.strerror or error}") from None
        try:
            self._write(staging / "new", module, files)
            (staging / "new").rename(folder)
        except OSError as error:
            raise ExportError(f"{folder}: cannot make the project: {error.strerror or error}") from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return GeneratedProject(folder, self.template, chosen, library)

    def _write(self, folder: Path, module: ExecutorFactoryModule | str | Path, files: Mapping[str, bytes]) -> None:
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("build", "__pycache__"))
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_file(folder / name, data)
        if isinstance(module, str | Path):
            shutil.copyfile(module, folder / "model.tar")
        else:
            export_model_library_format(module, folder / "model.tar")


def generate_project(
    template_project_dir: str | Path,
    module: ExecutorFactoryModule | str | Path,
    generated_project_dir: str | Path,
    options: Mapping[str, Any] | None = None,
) -> GeneratedProject:
    """A CMake project in a new folder: the template, the model as Relay text with its parameters, and its archive.

    ``module``: what ``relay.build`` made, or the path of an archive that has all parameters. Raises ``ExportError``.
    """
    return TemplateProject.from_directory(template_project_dir).generate_project(module, generated_project_dir, options)


def generate_project_from_mlf(
    template_project_dir: str | Path,
    project_dir: str | Path,
    mlf: str | Path,
    options: Mapping[str, Any] | None = None,
) -> GeneratedProject:
    """As :func:`generate_project`, of an archive."""
    return generate_project(template_project_dir, mlf, project_dir, options)


__getattr__ = names.missing(__name__)
