"""How good are the masks? Methods over a data folder, and the scores of each."""
