"""From a plan to generated files: the graph executor's graph and parameters, the AOT executor's entry point."""
