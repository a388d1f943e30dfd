"""Kernels of known forms: what fused functions compute, recognised and built anew around micro-kernels."""
