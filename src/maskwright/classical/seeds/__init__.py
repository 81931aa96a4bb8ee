"""What a person marked or a model found, as the prior that classical methods start from."""
