"""Puts what benchmarks have made into its places in a page, and leaves all other words alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from maskwright.files import write_bytes

_PLACE = re.compile(r"(<!-- made: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def fill(page: Path, parts: Mapping[str, str]) -> None:
    """Write parts into their places; a page that is not there is made of the parts alone."""
    bare = "\n".join(f"<!-- made: {name} -->\n<!-- end -->\n" for name in parts)
    text = page.read_text(encoding="utf-8") if page.exists() else bare
    write_bytes(page, filled(text, parts).encode())


def filled(text: str, parts: Mapping[str, str]) -> str:
    """The text of a page with the places of these parts filled anew.

    Raises:
        ValueError: a part has no place in the page.
    """
    missing = set(parts) - {place[2] for place in _PLACE.finditer(text)}
    if missing:
        raise ValueError(f"the page has no place for {', '.join(sorted(missing))}")

    def put(place: re.Match[str]) -> str:
        name = place[2]
        return f"{place[1]}{parts[name]}\n{place[4]}" if name in parts else place[0]

    return _PLACE.sub(put, text)
