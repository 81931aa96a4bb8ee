"""The paper's experiment, made again both ways: augmented before the split, and after it."""
