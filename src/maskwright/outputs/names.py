"""Which output belongs to which photo."""

from __future__ import annotations

import logging
import unicodedata
from collections import Counter
from collections.abc import Sequence

from maskwright.classical.seeds.options import PROBABILITIES
from maskwright.data.walk import FoundPhoto
from maskwright.errors import UsageError

_log = logging.getLogger(__name__)

FOLDERS = {"mask": "masks", "cutout": "cutouts", "overlay": "overlays", "prob": PROBABILITIES}
"""What can be saved -> the folder inside OUT that it goes to."""


def output_names(photos: Sequence[FoundPhoto]) -> list[str]:
    """Name each photo's outputs: its relative path without the ending.

    Photos that would share a name (a.jpg beside a.png) keep their ending (a.jpg, a.png).
    Upper and lower case, and the two ways to write an accent, count as the same name, since some
    file systems see no difference.

    Returns:
        One name per photo, in the same order, with "/" between folders.

    Raises:
        UsageError: two photos have the same relative path, or one leads out of OUT.
    """
    for photo in photos:
        if photo.relative.is_absolute() or ".." in photo.relative.parts:
            raise UsageError(f"{photo.path}: its outputs would lie outside the output folder")
    names = [str(photo.relative.with_suffix("")) for photo in photos]
    whole = [str(photo.relative) for photo in photos]
    while True:
        count = Counter(map(_key, names))
        clashing = [at for at, name in enumerate(names) if count[_key(name)] > 1]
        # An ending that was kept may clash in turn: a.jpg beside a.png beside a.jpg.png.
        renamed = [at for at in clashing if names[at] != whole[at]]
        if not renamed:
            break
        for at in renamed:
            names[at] = whole[at]
    taken = Counter(names)
    twins = [at for at in clashing if taken[names[at]] > 1]
    if twins:
        first, second = [photos[at].path for at in twins if names[at] == names[twins[0]]][:2]
        raise UsageError(
            f"{first} and {second}: their outputs would have the same name; "
            "predict them into two folders, or name the folder above both"
        )
    for name, photo in zip(names, photos, strict=True):
        if name == str(photo.relative) and photo.relative.suffix:
            _log.info("%s: another photo has this name too, so outputs keep the ending", photo.path)
    return names


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
