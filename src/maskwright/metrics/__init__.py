"""Metrics of masks: per photo, pooled over photos, and with bootstrap intervals."""
