"""Faults: commands that are killed, starved, interrupted, or run twice at once.

`scripts/faults` tries many moments; the everyday tests a few.
"""
