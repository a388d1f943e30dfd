"""Micro-kernels for Cortex-M processors."""
