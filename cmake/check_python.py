"""Run by CMake, once for a Python: has it what the exporter needs? Prints the path of apache-tvm's METADATA file.

check_python.py <folder to put on the path, or ""> [<requirements file>]: with the file, all that it names must be
installed too. Status 1 and one line on stdout where something is missing. Imports nothing of the other packages.
"""

import re
import sys
from pathlib import Path

NEEDED = ("apache-tvm", "numpy", "click", "rich", "jinja2", "ml-dtypes", "pyelftools")


def required_names(file):
    """The names in a pip requirements file and in those that it includes, for this Python."""
    names = []
    for line in file.read_text(encoding="utf-8").splitlines():
        text = line.split("#")[0].strip()
        if text.startswith("-r "):
            names += required_names(file.parent / text[3:].strip())
            continue
        marker = re.search(r'; *python_version (<|>=) "(\d+)\.(\d+)"$', text)
        if marker and (sys.version_info[:2] < (int(marker[2]), int(marker[3]))) != (marker[1] == "<"):
            continue
        if text:
            names.append(re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0])
    return names


def problem(folder, requirements):
    """What keeps this Python from being used, or None."""
    if sys.version_info < (3, 10):  # noqa: UP036  (this script says so where an older Python runs it)
        return "Python {}.{} is too old, 3.10 or newer is needed".format(*sys.version_info[:2])
    from importlib import metadata

    missing = []
    for name in dict.fromkeys([*NEEDED, *(required_names(requirements) if requirements else ())]):
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
        return f"it lacks tvm-model-library ({error})"

    if missing:
        rest = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        return f"it lacks {', '.join(missing[:5])}{rest}"
    try:
        require_tvm()
    except ModelLibraryError as error:
        return str(error)
    return None


def main(arguments):
    found = problem(arguments[0], Path(arguments[1]) if len(arguments) > 1 else None)
    if found is not None:
        print(found)
        return 1
    from importlib import metadata

    for file in metadata.files("apache-tvm") or []:
        if file.name == "METADATA":
            print(Path(str(file.locate())).resolve().as_posix())
            return 0
    print("its apache-tvm has no METADATA file")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
