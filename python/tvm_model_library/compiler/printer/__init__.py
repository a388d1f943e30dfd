"""Kernels as C99."""
