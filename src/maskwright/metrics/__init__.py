"""Figures of masks: per photo, pooled, and their intervals. Imports the ground floor only."""
