"""Masks as files: reading them, and deciding what their values mean."""
