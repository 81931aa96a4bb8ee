"""Contents of the HTML page, prepared for its templates."""
