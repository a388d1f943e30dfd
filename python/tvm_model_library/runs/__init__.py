"""Runs of models as data: vectors, recordings, comparison, tolerances."""
