"""A model directory to predict with: a short training, for speed does not depend on weights.

It is trained for a while all the same, because noisy masks take longer to write than real ones.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.keras.expanded import register
from maskwright.runtime.allocator import keep_freed_memory
from maskwright.training.train import train


def main() -> None:
    """Train on a folder with a recipe and an encoder for some steps."""
    folder, recipe, encoder, out, steps = sys.argv[1:]
    keep_freed_memory()
    register()
    train(
        Path(folder),
        Path(out),
        recipe=recipe,
        encoder=encoder,
        start="scratch",
        steps=int(steps),
        overwrite=True,
    )


if __name__ == "__main__":
    main()
