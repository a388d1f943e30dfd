"""The command line, ``tvm-mlf``."""
