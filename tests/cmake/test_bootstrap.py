"""Which Python compiles models: found, chosen, refused, or of a virtual environment that the configure makes.

Tiny wheels play the packages that the exporter needs; each command that an error advises is run.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

LISTS = """cmake_minimum_required(VERSION 3.25)
project(bootstrap LANGUAGES C)
set(TVMModelLibrary_DIR "${CMAKE_CURRENT_SOURCE_DIR}/package/cmake")
find_package(TVMModelLibrary REQUIRED)
"""
NEEDED = {
    "apache-tvm": "0.27.0", "numpy": "2.0", "click": "8.1", "rich": "13.0", "jinja2": "3.1", "ml-dtypes": "0.4",
    "pyelftools": "0.30",
}  # fmt: skip


def tiny_wheel(folder: Path, name: str, version: str) -> Path:
    """A wheel with a module that knows its version."""
    module = name.replace("-", "_")
    path = folder / f"{module}-{version}-py3-none-any.whl"
    information = f"{module}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{module}.py", f"VERSION = {version!r}\n")
        file.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{information}/RECORD", "")
    return path


def require(package: Path, **others: str) -> None:
    """The package's requirements: tiny wheels, with hashes, as pip reads them."""
    text = "# pins\n"
    for name, version in {**NEEDED, "tiny": "1.0", **others}.items():
        wheel = tiny_wheel(package.parent, name, version)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        text += f"{name} @ {wheel.as_uri()} \\\n    --hash=sha256:{digest}\n"
    (package / "requirements.txt").write_text(text)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with pip and nothing else, to be copied: making one takes many times as long."""
    folder = tmp_path_factory.mktemp("environments") / "empty"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def complete(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that has everything, to be copied too."""
    folder = tmp_path_factory.mktemp("environments") / "complete"
    shutil.copytree(empty, folder, symlinks=True)
    package = tmp_path_factory.mktemp("wheels") / "package"
    package.mkdir()
    require(package)
    install = [folder / "bin" / "python3", "-m", "pip", "install", "-q", "--no-deps", "-r", "requirements.txt"]
    subprocess.run(install, cwd=package, check=True)
    return folder


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the path: all programs but Python."""
    folder: Path = tmp_path_factory.mktemp("tools")
    for path in (Path(shutil.which("cmake") or "/").parent, Path("/usr/local/bin"), Path("/usr/bin")):
        for program in path.iterdir():
            if not program.name.startswith(("python", "pydoc")) and not (folder / program.name).exists():
                (folder / program.name).symlink_to(program)
    return folder


@pytest.fixture
def fresh(project: Any, source_tree: Path, tools: Path, empty: Path) -> Any:
    """A consumer on a machine whose only Python has nothing; ``machine`` is the folder of that Python."""
    project.machine = project.source.parent / "fresh machine"
    shutil.copytree(empty, project.machine, symlinks=True)
    project.fresh_python = project.machine / "bin" / "python3"
    project.environment["PATH"] = f"{project.machine / 'bin'}:{tools}"
    for name in ("VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV"):
        project.environment.pop(name, None)
    package = project.source / "package"
    shutil.copytree(source_tree / "cmake", package / "cmake")
    for name in ("python", "crt", "crt_host_harness"):
        (package / name).symlink_to(source_tree / name)
    require(package)
    (project.source / "CMakeLists.txt").write_text(LISTS)
    project.package = package
    return project


def configure(project: Any, *options: object, ok: bool = True) -> str:
    output: str = project.run("cmake", "-S", project.source, "-B", project.build_folder, *options, ok=ok)
    return output


def chosen(project: Any) -> str:
    """The Python that the build folder settled for, or nothing."""
    text = (project.build_folder / "CMakeCache.txt").read_text()
    found = re.search(r"^TVM_MODEL_LIBRARY_PYTHON:\w+=(.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def version(project: Any) -> str:
    output: str = project.run(chosen(project), "-c", "import tiny; print(tiny.VERSION)")
    return output.strip()


def advice(output: str) -> list[str]:
    """The commands in an error's indented lines."""
    return [line.strip() for line in output.splitlines() if re.match(r"  +(\"|cmake|unset )", line)]


def follow(project: Any, command: str, another: Path) -> None:
    """Run a command of an error's advice, and configure in the same shell; ``another`` is a Python that will do."""
    command = command.replace("<another>", str(another)).replace("<python>", str(another))
    again = shlex.join(["cmake", "-S", str(project.source), "-B", str(project.build_folder)])
    project.run("sh", "-e", "-c", f"{command}\n{again}")


@pytest.fixture
def good(fresh: Any, complete: Path) -> Path:
    """A Python that has everything."""
    folder = fresh.source.parent / "good environment"
    shutil.copytree(complete, folder, symlinks=True)
    return folder / "bin" / "python3"


BOOTSTRAP = "-DTVM_MODEL_LIBRARY_BOOTSTRAP=ON"


def test_from_nothing_and_again(fresh: Any) -> None:
    output = configure(fresh, BOOTSTRAP)
    assert "it lacks" in output
    assert "Successfully installed apache-tvm" in output  # pip's own progress is shown
    place = fresh.build_folder / "tvm-model-library-venv"
    assert "tiny" in Path(f"{place}.log").read_text()
    assert chosen(fresh) == str(place / "bin" / "python")
    assert version(fresh) == "1.0"

    (place / "marker").touch()
    assert "virtual environment" not in configure(fresh)
    assert (place / "marker").exists()

    require(fresh.package, tiny="2.0")
    assert "virtual environment" in configure(fresh)
    assert version(fresh) == "2.0"


def test_after_an_interruption(fresh: Any) -> None:
    """Anything may lie there: only a finished environment is used."""
    broken = fresh.build_folder / "tvm-model-library-venv" / "bin"
    broken.mkdir(parents=True)
    (broken / "python").write_text("#!/bin/sh\nexit 1\n")
    (broken / "python").chmod(0o755)
    configure(fresh, BOOTSTRAP)
    assert version(fresh) == "1.0"


def test_two_configures_make_one_environment(fresh: Any) -> None:
    configure(fresh, ok=False)  # CMake's own files of the compiler
    command = ["cmake", "-S", fresh.source, "-B", fresh.build_folder, BOOTSTRAP]
    running = [
        subprocess.Popen(command, env=fresh.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate()[0] for process in running]
    assert [p.returncode for p in running] == [0, 0], outputs
    assert sum("Making a virtual environment" in output for output in outputs) == 1


@pytest.mark.parametrize("damage", ["another hash", "no hash", "no file"])
def test_a_failure_says_what_failed(fresh: Any, damage: str) -> None:
    file = fresh.package / "requirements.txt"
    text = file.read_text()
    if damage == "another hash":
        file.write_text(re.sub("sha256:.{4}", "sha256:0000", text))
    elif damage == "no hash":
        file.write_text(re.sub(r" \\\n +--hash=\S+", "", text))
    else:
        file.write_text(text.replace("tiny-1.0", "tiny-9.9"))
    output = configure(fresh, BOOTSTRAP, ok=False)
    assert "tvm-model-library-venv.log" in output
    assert '-m" "pip" "install' in output
    assert chosen(fresh) == ""
    file.write_text(text)
    configure(fresh)
    assert version(fresh) == "1.0"


def test_a_python_that_has_everything_is_used(fresh: Any, good: Path) -> None:
    fresh.environment["PATH"] = f"{good.parent}:{fresh.environment['PATH']}"
    output = configure(fresh, BOOTSTRAP)
    assert f"models are compiled by {good}" in output
    assert chosen(fresh) == str(good)
    assert not (fresh.build_folder / "tvm-model-library-venv").exists()


def test_the_users_choice_stays(fresh: Any, good: Path) -> None:
    configure(fresh, BOOTSTRAP, f"-DTVM_MODEL_LIBRARY_PYTHON={good}")
    configure(fresh)
    assert chosen(fresh) == str(good)
    assert not (fresh.build_folder / "tvm-model-library-venv").exists()


@pytest.mark.parametrize("how", ["activated", "VIRTUAL_ENV", "the environment's variable", "CMake's variable"])
def test_a_python_found_too_late(fresh: Any, good: Path, how: str) -> None:
    """The first configure fails for want of one; nothing of it sticks."""
    output = configure(fresh, ok=False)
    assert f"{fresh.fresh_python}: it lacks apache-tvm" in output
    assert chosen(fresh) == ""
    if how == "activated":
        fresh.environment["PATH"] = f"{good.parent}:{fresh.environment['PATH']}"
    elif how == "VIRTUAL_ENV":
        fresh.environment["VIRTUAL_ENV"] = str(good.parent.parent)
    elif how == "the environment's variable":
        fresh.environment["TVM_MODEL_LIBRARY_PYTHON"] = str(good)
    configure(fresh, *([f"-DTVM_MODEL_LIBRARY_PYTHON={good}"] if how == "CMake's variable" else []))
    assert Path(chosen(fresh)).samefile(good)
    assert Path(chosen(fresh)).parent == good.parent


@pytest.mark.parametrize("number", range(3))
def test_advice_where_none_has_it(fresh: Any, good: Path, number: int) -> None:
    commands = advice(configure(fresh, ok=False))
    assert len(commands) == 3
    assert "-m pip install -r" in commands[0]
    follow(fresh, commands[number], good)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("origin", ["CMake's variable", "the environment's variable"])
def test_advice_where_the_choice_lacks_it(fresh: Any, good: Path, origin: str, number: int) -> None:
    shutil.copytree(fresh.machine, fresh.source.parent / "another environment", symlinks=True)
    bad = fresh.source.parent / "another environment" / "bin" / "python3"
    fresh.environment["PATH"] = f"{good.parent}:{fresh.environment['PATH']}"
    options = []
    if origin == "CMake's variable":
        options = [f"-DTVM_MODEL_LIBRARY_PYTHON={bad}"]
    else:
        fresh.environment["TVM_MODEL_LIBRARY_PYTHON"] = str(bad)
    commands = advice(configure(fresh, *options, ok=False))
    assert len(commands) == 4
    follow(fresh, commands[number], good)
    expected = bad if number == 0 else good
    assert Path(chosen(fresh)).parent == expected.parent


def fake(folder: Path, code: str) -> Path:
    """A Python that runs a line of code before the program."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "python3"
    path.unlink(missing_ok=True)  # where it is a link, another Python's program is not to be written
    start = f"import sys, runpy; {code}; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    path.write_text(f'#!/bin/sh\nexec \'{sys.executable}\' -I -S -c "{start}" "$@"\n')
    path.chmod(0o755)
    return path


def test_an_old_python(fresh: Any, good: Path) -> None:
    old = fake(fresh.source.parent / "old", "sys.version_info = (3, 9, 2, 'final', 0)")
    output = configure(fresh, f"-DTVM_MODEL_LIBRARY_PYTHON={old}", ok=False)
    assert "Python 3.9 is too old, 3.10 or newer is needed" in " ".join(output.split())
    commands = advice(output)
    assert not any("pip install" in command for command in commands)
    follow(fresh, commands[-1], good)
    assert chosen(fresh) == str(good)


def test_nothing_but_an_old_python(fresh: Any, good: Path) -> None:
    fake(fresh.machine / "bin", "sys.version_info = (3, 9, 2, 'final', 0)")
    (fresh.machine / "bin" / "python").unlink()
    for path in (fresh.machine / "bin").glob("python3.*"):
        path.unlink()
    output = configure(fresh, BOOTSTRAP, ok=False)
    assert "needs Python 3.10 or newer and found none" in output
    assert "Python 3.9 is too old" in output
    (command,) = advice(output)
    follow(fresh, command, good)


def test_a_python_that_the_system_manages(fresh: Any, good: Path) -> None:
    """PEP 668: pip refuses to install there, and is not advised."""
    stdlib = fresh.source.parent / "managed" / "stdlib"
    stdlib.mkdir(parents=True)
    (stdlib / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n")
    code = f"import sysconfig; sys.prefix = sys.base_prefix; sysconfig.get_path = lambda name: '{stdlib}'"
    managed = fake(fresh.source.parent / "managed", code)
    output = configure(fresh, f"-DTVM_MODEL_LIBRARY_PYTHON={managed}", ok=False)
    assert f"The system manages {managed}, so that pip must not install into it" in " ".join(output.split())
    commands = advice(output)
    assert not any("pip install" in command for command in commands)
    (command,) = (c for c in commands if "BOOTSTRAP" in c)
    follow(fresh, command, good)
    assert "tvm-model-library-venv" in chosen(fresh)


def test_a_python_without_pip(fresh: Any, good: Path) -> None:
    python = fresh.source.parent / "without pip" / "bin" / "python3"
    fresh.run(sys.executable, "-m", "venv", "--without-pip", python.parent.parent)
    commands = advice(configure(fresh, f"-DTVM_MODEL_LIBRARY_PYTHON={python}", ok=False))
    assert not any("pip install" in command for command in commands)
    follow(fresh, commands[-1], good)


@pytest.mark.parametrize("found", [True, False])
def test_an_environment_that_was_moved(fresh: Any, good: Path, found: bool) -> None:
    """What was found is looked for again; what was chosen is an error that says so."""
    moved = good.parent.parent.with_name("moved")
    fresh.environment["PATH"] = f"{good.parent}:{moved / 'bin'}:{fresh.environment['PATH']}"
    configure(fresh, *([] if found else [f"-DTVM_MODEL_LIBRARY_PYTHON={good}"]))
    good.parent.parent.rename(moved)
    output = configure(fresh, ok=found)
    text = " ".join(output.split())
    assert str(good) in text
    assert "it is not there: its environment may have been moved or removed" in text
    if not found:
        (command,) = (c for c in advice(output) if c.startswith("cmake -U") and "BOOTSTRAP" not in c)
        follow(fresh, command, good)
    assert chosen(fresh) == str(moved / "bin" / "python3")


def test_an_environment_whose_python_was_removed(fresh: Any, good: Path) -> None:
    configure(fresh, f"-DTVM_MODEL_LIBRARY_PYTHON={good}")
    good.unlink()
    good.symlink_to(fresh.source / "python3.12")
    output = " ".join(configure(fresh, ok=False).split())
    assert f"it is a link to {fresh.source / 'python3.12'}, which is not there" in output


def test_a_python_that_does_not_run(fresh: Any) -> None:
    broken = fresh.source / "python3"
    broken.write_text("#!/bin/sh\necho 'no memory' >&2\nexit 7\n")
    broken.chmod(0o755)
    output = " ".join(configure(fresh, f"-DTVM_MODEL_LIBRARY_PYTHON={broken}", ok=False).split())
    assert "it does not run (status 7): no memory" in output


def test_a_project_that_has_found_a_python_of_its_own(fresh: Any, good: Path) -> None:
    """CMake's find_package(Python3) keeps what it has found once: here it does not count for more than the path."""
    lists = fresh.source / "CMakeLists.txt"
    lists.write_text(lists.read_text().replace("find_package", "find_package(Python3)\nfind_package", 1))
    configure(fresh, ok=False)
    fresh.environment["PATH"] = f"{good.parent}:{fresh.environment['PATH']}"
    configure(fresh)
    assert chosen(fresh) == str(good)
