"""Masks, probabilities, cut-outs and overlays on disk, each file whole or not there at all."""
