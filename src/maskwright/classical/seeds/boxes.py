"""Reads boxes around objects: from the command line, or from a JSON file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maskwright.classical.seeds.priors import FRACTIONS, Box, look_like_fractions
from maskwright.errors import DataError, UsageError
from maskwright.files import open_regular

MOST_BYTES = 64 * 2**20
"""Largest file of boxes that is read: enough for a million photos."""

_NUMBER = r"\s*-?(?:\d{1,9}(?:\.\d*)?|\.\d+)\s*"

_ANY = 2**30  # pixels a side, of a photo that is not known yet

_FORM = '{"photo": [[x0, y0, x1, y1], ...], ...}'


def parse_box(text: str) -> Box | None:
    """Read "x0,y0,x1,y1", fractions allowed; return None if the text may be a file name.

    Raises:
        UsageError: four numbers that are no box, or no pixels, or an empty text.
    """
    if not text.strip():
        raise UsageError("--box is empty: give x0,y0,x1,y1 or a JSON file of boxes")
    if not re.fullmatch(rf"{_NUMBER}(,{_NUMBER}){{3}}", text):
        return None
    x0, y0, x1, y1 = map(float, text.split(","))
    if look_like_fractions((x0, y0, x1, y1), _ANY, _ANY):
        raise UsageError(f"--box {text}: {FRACTIONS}")
    if not (-1 < x0 < x1 and -1 < y0 < y1):
        raise UsageError(
            f"--box {text}: not a box: give left, top, right, bottom in pixels from 0 (not width "
            "and height), with x0 < x1 and y0 < y1"
        )
    return x0, y0, x1, y1


def read_boxes(path: Path) -> dict[str, tuple[Box, ...]]:
    """Read a JSON file of boxes by photo: `{"photo": [[x0, y0, x1, y1], ...], ...}`.

    `boxes_in` checks later whether a box lies in its photo.

    Raises:
        DataError: missing, too large, not JSON, a photo twice, or not of this form.
    """
    try:
        with open_regular(path) as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file of boxes, and not x0,y0,x1,y1 either") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL, or half a character: no file has such a name
        raise DataError(f"{str(path)!a}: neither x0,y0,x1,y1 nor the name of a file") from error
    if len(content) > MOST_BYTES:
        raise DataError(f"{path}: more than {MOST_BYTES:,} bytes: split the file of boxes")
    try:
        found = json.loads(content, object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not readable as JSON ({error}): write {_FORM}") from error
    if not isinstance(found, dict):
        raise DataError(f"{path}: not boxes by photo: write {_FORM}")
    return {name: _boxes(path, name, boxes) for name, boxes in found.items()}


def boxes_in(boxes: Sequence[Box], source: str, name: str, height: int, width: int) -> list[Box]:
    """Round boxes outwards to whole pixels, and clip them to their photo.

    Args:
        boxes: may reach less than a pixel out of the photo, which comes from rounding.
        source: the file or option of the boxes, for messages.
        name: the photo's name, for messages.
        height: rows of the full upright photo.
        width: its columns.

    Raises:
        DataError: no box, an empty box, a box in fractions of the photo, or a box that reaches out
            of it.
    """
    if not boxes:
        raise DataError(f"{source}: '{name}' has no box: add one, or take the photo out")
    found: list[Box] = []
    for box in boxes:
        left, top, right, bottom = box
        if look_like_fractions(box, height, width):
            raise DataError(f"{source}: box {box_text(box)} of '{name}': {FRACTIONS}")
        x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
        x1, y1 = min(width, math.ceil(right)), min(height, math.ceil(bottom))
        inside = min(left, top) > -1 and right < width + 1 and bottom < height + 1
        if not inside or left >= right or top >= bottom or x0 >= x1 or y0 >= y1:
            raise DataError(
                f"{source}: box {box_text(box)} of '{name}' is empty or reaches out of the "
                f"photo of {width} x {height} pixels: give left, top, right, bottom (not "
                "width and height), counted from 0 in the upright photo"
            )
        found.append((x0, y0, x1, y1))
    return found


def box_text(box: Box) -> str:
    """Return a box as the command line takes it."""
    return ",".join(f"{at:.12g}" for at in box)


def _no_name_twice(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"'{name}' is there twice")
        found[name] = value
    return found


def _boxes(path: Path, name: str, given: Any) -> tuple[Box, ...]:
    if isinstance(given, list) and all(map(_is_box, given)):
        return tuple((x0, y0, x1, y1) for x0, y0, x1, y1 in given)
    raise DataError(f"{path}: '{name}' is not a list of boxes of four numbers: write {_FORM}")


def _is_box(given: Any) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 4
        and all(isinstance(at, int | float) and not isinstance(at, bool) for at in given)
        and all(abs(at) < 1e9 for at in given)  # NaN and infinity are not
    )
