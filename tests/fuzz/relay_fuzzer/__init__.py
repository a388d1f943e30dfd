"""A differential fuzzer of whole Relay programs: compiled code against the reference interpreter.

``python -m relay_fuzzer`` runs, replays and shrinks programs; tests/fuzz/README.md says how to read what it finds.
"""
