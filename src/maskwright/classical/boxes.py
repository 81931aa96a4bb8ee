"""Boxes around objects, as a person writes them: on the command line, or in a JSON file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maskwright.classical.priors import Box
from maskwright.errors import DataError, UsageError

MOST_BYTES = 64 * 2**20
"""A larger file of boxes is refused: it would hold those of a million photos."""

_FORM = '{"photo": [[x0, y0, x1, y1], ...], ...}'


def parse_box(text: str) -> Box | None:
    """Read "x0,y0,x1,y1"; None where the text is something else, such as a file name.

    Raises:
        UsageError: four numbers that are no box.
    """
    if not re.fullmatch(r"\s*-?\d{1,9}\s*(,\s*-?\d{1,9}\s*){3}", text):
        return None
    x0, y0, x1, y1 = (int(part) for part in text.split(","))
    if not (0 <= x0 < x1 and 0 <= y0 < y1):
        raise UsageError(
            f"--box {text}: not a box: left, top, right, bottom in pixels from 0, with "
            "x0 < x1 and y0 < y1"
        )
    return x0, y0, x1, y1


def read_boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    """Read a JSON file of boxes by photo: `{"photo": [[x0, y0, x1, y1], ...], ...}`.

    Broken numbers are rounded outwards. Whether a box lies in its photo is not known here.

    Raises:
        DataError: missing, too large, not JSON, a photo twice, or not of this form.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file of boxes, nor is it x0,y0,x1,y1")
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path}: more than {MOST_BYTES:,} bytes: split the file of boxes")
    try:
        found = json.loads(path.read_bytes(), object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not readable as JSON ({error}): write {_FORM}") from error
    if not isinstance(found, dict):
        raise DataError(f"{path}: not boxes by photo: write {_FORM}")
    return {name: _boxes(path, name, boxes) for name, boxes in found.items()}


def check_boxes(boxes: Sequence[Box], source: str, name: str, height: int, width: int) -> None:
    """Refuse boxes that do not lie in their photo.

    Raises:
        DataError: none at all, an empty one, or one that reaches out of the photo.
    """
    if not boxes:
        raise DataError(f"{source}: '{name}' has no box: add one, or take the photo out")
    for x0, y0, x1, y1 in boxes:
        if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
            raise DataError(
                f"{source}: box {x0},{y0},{x1},{y1} of '{name}' is empty or reaches out of the "
                f"photo of {width} x {height} pixels: give left, top, right, bottom, counted "
                "from 0 in the upright photo"
            )


def _no_name_twice(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"'{twice}' is there twice")
    return found


def _boxes(path: Path, name: str, given: Any) -> tuple[Box, ...]:
    if isinstance(given, list) and all(map(_is_box, given)):
        return tuple(
            (math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))
            for x0, y0, x1, y1 in given
        )
    raise DataError(f"{path}: '{name}' is not a list of boxes of four numbers: write {_FORM}")


def _is_box(given: Any) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 4
        and all(isinstance(at, int | float) and not isinstance(at, bool) for at in given)
        and all(abs(at) < 1e9 for at in given)  # NaN and infinity are not
    )
