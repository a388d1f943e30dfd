"""Runs of models: vectors, recordings, comparison, programs of this machine."""
