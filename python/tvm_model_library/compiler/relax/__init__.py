"""From a typed Relay program to Relax and its PrimFuncs."""
