"""Fusion: a gate accepts or rejects GrabCut's changes to a network's mask, region by region."""
