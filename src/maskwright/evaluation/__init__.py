"""How good are the masks? Metrics, the scoring of a whole data folder, and its report."""
