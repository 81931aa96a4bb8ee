"""What the report page says and draws, ready for its templates."""
