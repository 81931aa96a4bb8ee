"""Segmenters that learn from the one photo before them, from a box or from strokes."""
