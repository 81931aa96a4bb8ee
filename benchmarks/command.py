"""The command line of a benchmark: its module's docstring is its help."""

from __future__ import annotations

import argparse
from pathlib import Path


def parser_of(doc: str | None, *folders: str) -> argparse.ArgumentParser:
    """A parser that shows a docstring as it is.

    Args:
        doc: the docstring.
        folders: names of positional arguments, each a data folder.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in folders:
        parser.add_argument(name, type=Path, help="a data folder")
    return parser
