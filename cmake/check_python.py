"""Run by CMake, once for a Python: has it what the exporter needs? Prints the path of apache-tvm's METADATA file.

Status 1 and one line on stdout where something is missing. Imports nothing but the standard library.
"""

import sys
from importlib import metadata
from pathlib import Path


def main() -> int:
    if sys.version_info < (3, 10):  # noqa: UP036  (this script says so where an older Python runs it)
        print(f"Python {sys.version.split()[0]} is too old, 3.10 or newer is needed")
        return 1
    missing = []
    for name in ("apache-tvm", "numpy", "lark", "click", "rich", "jinja2"):
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        print(f"it lacks {', '.join(missing)}")
        return 1
    for file in metadata.files("apache-tvm") or []:
        if file.name == "METADATA":
            print(Path(str(file.locate())).resolve().as_posix())
            return 0
    print("its apache-tvm has no METADATA file")
    return 1


if __name__ == "__main__":
    sys.exit(main())
