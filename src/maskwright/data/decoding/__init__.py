"""Image files opened within limits, and decoded to what they show."""
