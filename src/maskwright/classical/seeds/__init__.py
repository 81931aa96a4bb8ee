"""Seeds of the classical methods: what a person marked or a model found, as a prior."""
