"""Classical segmenters, which learn from a single photo and its seeds: GrabCut and SIOX."""
