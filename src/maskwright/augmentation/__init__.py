"""Pair -> pair: random changes that keep photo and mask aligned."""
