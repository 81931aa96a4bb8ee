"""The demo: what the bundled model cuts out of a few photos, and what training makes of it."""
