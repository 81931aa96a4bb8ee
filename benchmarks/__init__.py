"""Measurements: each module is a command, run as `scripts/bench NAME`."""
