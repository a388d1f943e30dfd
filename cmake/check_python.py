# ruff: noqa: UP032 (older Pythons read this file too)
"""Run by CMake, once for a Python: has it what the exporter needs? Prints the path of apache-tvm's METADATA file.

check_python.py <folder to put on the path, or ""> [<requirements file>]: with the file, all that it names must be
installed too. Otherwise one line on stdout says what is wrong, and the status of which kind it is, so that CMake can
say what helps. Imports nothing of the other packages, and is read by every Python that there is.
"""

import sys

LACKS, MANAGED, WITHOUT_PIP, OLD, LACKS_THIS = range(10, 15)
NEEDED = ("apache-tvm", "numpy", "click", "rich", "jinja2", "ml-dtypes", "pyelftools")


def required_names(file):
    """The names in a pip requirements file and in those that it includes, for this Python."""
    import re

    names = []
    for line in file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        text = line.split("#")[0].split(" --hash")[0].strip()
        if text.startswith("-r "):
            names += required_names(file.parent / text[3:].strip())
            continue
        marker = re.search(r'; *python_version (<|>=) "(\d+)\.(\d+)"$', text)
        if marker and (sys.version_info[:2] < (int(marker.group(2)), int(marker.group(3)))) != (marker.group(1) == "<"):
            continue
        if text:
            names.append(re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0])
    return names


def kind_of_lack():
    """Can pip install what is missing?"""
    import importlib.util
    import os
    import sysconfig

    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")  # noqa: PTH118
    if sys.prefix == sys.base_prefix and os.path.exists(marker):  # noqa: PTH110
        return MANAGED
    return LACKS if importlib.util.find_spec("pip") else WITHOUT_PIP


def problem(folder, requirements):
    """What keeps this Python from being used, as kind and text, or None."""
    if sys.version_info < (3, 10):  # noqa: UP036  (this script says so where an older Python runs it)
        return OLD, "Python {}.{} is too old, 3.10 or newer is needed".format(*sys.version_info[:2])
    from importlib import metadata
    from pathlib import Path

    missing = []
    for name in dict.fromkeys([*NEEDED, *(required_names(Path(requirements)) if requirements else ())]):
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    # The package's modules are light to import, and this one knows which releases of apache-tvm are right.
    if folder:
        sys.path.insert(0, folder)
    try:
        from tvm_model_library.compiler.toolchain import require_tvm
        from tvm_model_library.errors import ModelLibraryError
    except ImportError as error:
        return LACKS_THIS, "it lacks tvm-model-library ({})".format(error)

    if missing:
        rest = " and {} more".format(len(missing) - 5) if len(missing) > 5 else ""
        return kind_of_lack(), "it lacks {}{}".format(", ".join(missing[:5]), rest)
    try:
        require_tvm()
    except ModelLibraryError as error:
        return kind_of_lack(), str(error)
    return None


def main(arguments):
    """Print what there is to say; the status."""
    found = problem(arguments[0], arguments[1] if len(arguments) > 1 else None)
    if found is not None:
        print(found[1])
        return found[0]
    from importlib import metadata
    from pathlib import Path

    for file in metadata.files("apache-tvm") or []:
        if file.name == "METADATA":
            print(Path(str(file.locate())).resolve().as_posix())
            return 0
    print("its apache-tvm has no METADATA file")
    return kind_of_lack()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
