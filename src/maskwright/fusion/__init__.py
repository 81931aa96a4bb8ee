"""A network and GrabCut together: where they agree, where they do not, and who is right there."""
