"""The demo: a small training set made on the spot, a model, and pictures of what it can do."""
