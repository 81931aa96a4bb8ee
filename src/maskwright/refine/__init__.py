"""From the working size to the photo's own size."""
