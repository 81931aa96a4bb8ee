"""Hostile files: seeds that the program makes itself, mutated, and tried in processes of their own.

Every input follows from one integer. `scripts/fuzz MINUTES` tries as many as fit.
"""
