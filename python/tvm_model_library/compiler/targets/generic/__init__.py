"""Schedules for any processor with a C compiler."""
