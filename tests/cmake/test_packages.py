"""The ways to find the package, each with examples/add configured, built and run; what a wheel and a prefix hold; and
model libraries that are installed in turn.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest


def run(*command: object, **variables: str) -> str:
    """Runs a command that must succeed; its output."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    result = subprocess.run(
        [str(c) for c in command],
        env={**kept, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a space in its name, for what the tests of this module share."""
    return tmp_path_factory.mktemp("packages of") / "this module"


@pytest.fixture(scope="module")
def wheel(place: Path, source_tree: Path) -> Path:
    """The wheel of the checkout."""
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", place, source_tree)
    (path,) = place.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(place: Path, wheel: Path) -> Path:
    """A virtual environment with the wheel, which borrows the other packages from this one."""
    folder = place / "an environment"
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    run(sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "-q", "--no-deps", wheel)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder


@pytest.fixture(scope="module")
def prefix(place: Path, source_tree: Path, shared_cache: Path) -> Path:
    """What `cmake --install` makes."""
    build, folder = place / "package build", place / "a prefix"
    run(
        "cmake",
        "-S",
        source_tree,
        "-B",
        build,
        "-DBUILD_TESTING=OFF",
        f"-DTVM_MODEL_LIBRARY_PYTHON={sys.executable}",
        TVM_MODEL_LIBRARY_CACHE_DIR=str(shared_cache),
    )
    run("cmake", "--install", build, "--prefix", folder)
    return folder


@pytest.fixture
def example(folder: Path, source_tree: Path, shared_cache: Path, strict_flags: str) -> Any:
    """Configures, builds and tests a copy of examples/add with options and variables; gives the build folder."""

    def consume(*options: str, **variables: str) -> Path:
        shutil.copytree(source_tree / "examples" / "add", folder / "example")
        variables |= {"TVM_MODEL_LIBRARY_CACHE_DIR": str(shared_cache), "CFLAGS": strict_flags}
        run("cmake", "-S", folder / "example", "-B", folder / "build", *options, **variables)
        run("cmake", "--build", folder / "build")
        output = run("ctest", "--test-dir", folder / "build", "--output-on-failure")
        assert "add.matches_reference" in output
        assert "app ." in output
        assert re.search(r"100% tests passed.* out of 2$", output, re.MULTILINE)
        return folder / "build"

    return consume


def cached(build: Path, variable: str) -> str:
    """A variable of a build folder's cache."""
    lines = (build / "CMakeCache.txt").read_text().splitlines()
    (value,) = (line.partition("=")[2] for line in lines if line.startswith(variable + ":"))
    return value


def test_after_pip_install(example: Any, environment: Path) -> None:
    folder = run(environment / "bin" / "tvm-mlf", "--cmake-dir").strip()
    assert folder.startswith(str(environment))
    build = example(f"-DTVMModelLibrary_ROOT={folder}")
    assert cached(build, "TVM_MODEL_LIBRARY_PYTHON") == str(environment / "bin" / "python3")


def test_after_cmake_install(example: Any, prefix: Path, environment: Path) -> None:
    """With the first Python on the path, which has what the exporter needs."""
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    build = example(f"-DCMAKE_PREFIX_PATH={prefix}", PATH=path)
    assert str(prefix) in cached(build, "TVMModelLibrary_DIR")
    assert str(environment) in cached(build, "TVM_MODEL_LIBRARY_PYTHON")


def test_as_a_subdirectory(example: Any, source_tree: Path, folder: Path) -> None:
    build = example(f"-DTVM_MODEL_LIBRARY_SOURCE_DIR={source_tree}", f"-DTVM_MODEL_LIBRARY_PYTHON={sys.executable}")
    run("cmake", "--install", build, "--prefix", folder / "prefix")
    assert not (folder / "prefix").exists(), "the package installs itself with its consumer"


def test_with_fetch_content(project: Any, source_tree: Path, folder: Path, multiply: Any) -> None:
    """As a project declares it that has nothing but the address of a repository."""
    repository = folder / "repository"
    for name in ("cmake", "crt", "crt_host_harness", "python"):
        shutil.copytree(source_tree / name, repository / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CMakeLists.txt", "requirements.txt"):
        shutil.copy(source_tree / name, repository)
    git = ["git", "-C", repository, "-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    for arguments in (["init", "-q", "-b", "trunk"], ["add", "."], ["commit", "-q", "-m", "All"]):
        run(*git, *arguments)
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    lists = project.source / "CMakeLists.txt"
    declaration = (
        "include(FetchContent)\n"
        f'FetchContent_Declare(TVMModelLibrary GIT_REPOSITORY "{repository}" GIT_TAG trunk)\n'
        "FetchContent_MakeAvailable(TVMModelLibrary)\n"
    )
    lists.write_text(lists.read_text().replace("find_package(TVMModelLibrary REQUIRED)\n", declaration))
    project.configure()
    project.build()
    project.test()
    project.run("cmake", "--install", project.build_folder, "--prefix", folder / "prefix")
    assert not (folder / "prefix").exists()


def test_in_a_unity_build(project: Any, multiply: Any) -> None:
    project.write(
        "tvm_add_model_library(first first.relay)\ntvm_add_model_library(second first.relay EXECUTOR aot)\n",
        first_relay=multiply(2.0),
    )
    project.configure("-DCMAKE_UNITY_BUILD=ON")
    project.build()
    project.test()


def test_a_prefix_without_a_python(project: Any, prefix: Path, multiply: Any) -> None:
    run(sys.executable, "-m", "venv", project.source.parent / "empty")
    python = project.source.parent / "empty" / "bin" / "python3"
    project.package = prefix / "share" / "TVMModelLibrary" / "cmake"
    project.python.path = python
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    output = " ".join(project.configure(ok=False).split())
    assert f'"{python}" -m pip install -r "{prefix}/share/TVMModelLibrary/requirements.txt"' in output


def test_a_wheel_and_another_python(project: Any, environment: Path, multiply: Any) -> None:
    """The message has the command with the Python that has the package."""
    run(sys.executable, "-m", "venv", "--without-pip", project.source.parent / "empty")
    project.package = Path(run(environment / "bin" / "tvm-mlf", "--cmake-dir").strip())
    project.python.path = project.source.parent / "empty" / "bin" / "python3"
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    output = project.configure(ok=False)
    assert "it lacks tvm-model-library" in " ".join(output.split())
    right = environment / "bin" / "python3"
    (command,) = (line for line in output.splitlines() if f"-DTVM_MODEL_LIBRARY_PYTHON={right}" in line)
    project.run("sh", "-c", command)
    assert cached(project.build_folder, "TVM_MODEL_LIBRARY_PYTHON") == str(right)


def test_what_a_wheel_holds(wheel: Path, source_tree: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    names = {n.removeprefix("tvm_model_library/") for n in zipfile.ZipFile(wheel).namelist()}
    folders = [source_tree / "crt", source_tree / "crt_host_harness", source_tree / "cmake" / "toolchains"]
    sources = [path.relative_to(source_tree) for f in folders for path in f.rglob("*") if path.is_file()]
    expected = {
        *(path.as_posix() for path in sources),
        "cmake/TVMModelLibraryConfig.cmake",
        "cmake/TVMModelLibraryConfigVersion.cmake",
        "requirements.txt",
        "py.typed",
        "executors/templates/manifest.cmake.j2",
    }
    assert expected - names == set()
    assert not [n for n in names if "cache" in n]


def test_the_entry_point_for_cmake(environment: Path) -> None:
    """cmake.root is where scikit-build-core looks for packages."""
    code = (
        "from importlib import metadata, resources\n"
        "(entry,) = metadata.entry_points(group='cmake.root', name='TVMModelLibrary')\n"
        "print(resources.files(entry.load()) / 'TVMModelLibraryConfig.cmake')\n"
    )
    assert Path(run(environment / "bin" / "python", "-c", code).strip()).is_file()


def test_another_version_of_this_package(project: Any, prefix: Path, folder: Path, multiply: Any) -> None:
    """A package that is replaced compiles everything again, at the next build."""
    project.package = folder / "package" / "cmake"
    shutil.copytree(prefix / "share" / "TVMModelLibrary", folder / "package")
    project.write("tvm_add_model_library(first first.relay)\n", first_relay=multiply(2.0))
    project.configure()
    project.build()
    project.python.starts()
    project.build()
    assert project.python.starts() == []
    module = folder / "package" / "python" / "tvm_model_library" / "__init__.py"
    module.write_text(module.read_text().replace('__version__ = "', f'__version__ = "{folder.parent.name}.'))
    later = time.time() + 1
    os.utime(module, (later, later))
    time.sleep(1.1)
    project.build()
    assert project.python.exported() == ["first.relay"]
    project.build()
    assert project.python.starts() == []


@pytest.mark.parametrize(("version", "found"), [("0.1", True), ("0.1.0", True), ("0.2", False), ("1.0", False)])
def test_asking_for_a_version(project: Any, prefix: Path, version: str, found: bool) -> None:
    project.package = prefix / "share" / "TVMModelLibrary" / "cmake"
    project.python.path = sys.executable
    project.write("")
    lists = project.source / "CMakeLists.txt"
    lists.write_text(lists.read_text().replace("Library REQUIRED", f"Library {version} REQUIRED"))
    output = project.configure(ok=found)
    assert found or "version: 0.1.0" in output


USER = """cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C)
find_package(models REQUIRED)
add_executable(user main.c)
target_link_libraries(user PRIVATE models::add models::twice)
"""


def test_installed_model_libraries(
    project: Any, multiply: Any, source_tree: Path, folder: Path, strict_flags: str
) -> None:
    """Models as a package of their own: who uses it needs neither this package nor Python."""
    text = (
        "tvm_add_model_library(add add.relay)\n"
        "tvm_add_model_library(twice twice.relay EXECUTOR aot TARGET llvm)\n"
        "install(TARGETS add twice tvm_model_library_crt EXPORT models FILE_SET HEADERS)\n"
        "install(EXPORT models NAMESPACE models:: DESTINATION lib/cmake/models FILE modelsConfig.cmake)\n"
    )
    example = source_tree / "examples" / "add"
    project.write(text, add_relay=(example / "model.relay").read_text(), twice_relay=multiply(2.0))
    project.configure()
    project.build()
    run("cmake", "--install", project.build_folder, "--prefix", folder / "prefix")

    user = folder / "user"
    user.mkdir()
    (user / "CMakeLists.txt").write_text(USER)
    main = (example / "main.c").read_text().replace("return sum[0] ==", "return twice() == 42.0f && sum[0] ==")
    main = main.replace('#include "tvmgen_add.h"', '#include "tvmgen_add.h"\n#include "tvmgen_twice.h"')
    twice = (
        "static float twice(void) {\n"
        "  float x[4] = {21.0f, 0.0f, 0.0f, 0.0f}, output[4] = {0};\n"
        "  struct tvmgen_twice_inputs inputs = {.x = x};\n"
        "  struct tvmgen_twice_outputs outputs = {.output = output};\n"
        "  return tvmgen_twice_run(&inputs, &outputs) == 0 ? output[0] : -1.0f;\n"
        "}\n\n"
    )
    (user / "main.c").write_text(main.replace("int main(void)", twice + "int main(void)"))
    run(
        "cmake",
        "-S",
        user,
        "-B",
        folder / "user build",
        f"-DCMAKE_PREFIX_PATH={folder / 'prefix'}",
        CFLAGS=strict_flags,
        PATH="/usr/bin:/bin",
    )
    run("cmake", "--build", folder / "user build")
    assert "a + b * c = {6, 192}" in run(folder / "user build" / "user")
