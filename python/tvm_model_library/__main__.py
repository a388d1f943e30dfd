"""``python -m tvm_model_library`` is ``tvm-mlf``, and so is ``python <this file>``, with which CMake starts it.

Run by its path, nothing is imported from the folder where it is run, in which anything may lie, and the package is the
one around this file, wherever else one is installed.
"""

import importlib.util
import sys
from pathlib import Path

if not __package__:
    _here = Path(__file__).resolve().parent
    if sys.path and Path(sys.path[0]).resolve() == _here:
        del sys.path[0]  # where Python has put this folder
    _spec = importlib.util.spec_from_file_location(_here.name, _here / "__init__.py")
    if _spec is None or _spec.loader is None:
        sys.exit(f"error: {_here} is not a Python package: reinstall tvm-model-library")
    sys.modules[_spec.name] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_spec.name])

from tvm_model_library.cli.main import main

main()
