"""Training: recipes, the plan, the loop, checkpoints, folds, cross-validation. Imports torch."""
