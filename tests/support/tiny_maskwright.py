"""The command `maskwright` with the network of `tests/support/tiny.py`, as a program."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def main() -> None:
    """Run `maskwright` with the arguments of this process."""
    from maskwright.runtime.openmp import limit_spinning

    limit_spinning()  # as `maskwright train` does, before torch is loaded
    from maskwright.cli.app import main as run
    from tests.support.tiny import use_tiny_network

    with use_tiny_network():
        run()


if __name__ == "__main__":
    main()
