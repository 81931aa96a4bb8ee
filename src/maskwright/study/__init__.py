"""Studies on held-out photos: threshold, post-processing, gate, learning curve, masks to check."""
