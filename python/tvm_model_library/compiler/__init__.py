"""From a model to a plan: TVM's Relax and TIR, schedules, kernels in C or as objects."""
