"""``python -m tvm_model_library`` is ``tvm-mlf``."""

from tvm_model_library.cli.main import main

main()
