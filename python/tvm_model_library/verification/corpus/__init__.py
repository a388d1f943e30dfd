"""The corpus runner: many Relay programs with recorded runs, through the interpreter or through compiled C.

A corpus is a folder of ``ID.relay`` (text) and ``ID.npz`` (``in0``, ... in the order of ``@main``'s parameters,
``out0``, ... with tuples flattened), and optionally ``index.tsv`` with the columns program, kind, operators, origin.
"""
