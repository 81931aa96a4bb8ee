"""Photos paired with masks: the folders, names and tables of a data folder."""
