"""The doctor: what is wrong with a data folder, and a clean copy of it."""
