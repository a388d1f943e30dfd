"""Proof over many programs: ``tvm-mlf verify`` and ``tvm-mlf corpus``."""
