"""Objects made by the LLVM in the apache-tvm wheel."""
