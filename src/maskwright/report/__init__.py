"""Reports of an evaluation: HTML page, terminal text, JSON and CSV."""
