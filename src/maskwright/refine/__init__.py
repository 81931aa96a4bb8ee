"""Refines probabilities: cleaning, enlarging to the photo's size, soft edges, cut-outs."""
