"""Ends of file names that tell photos from masks: x_leftImg8bit.png and x_gtFine_labelIds.png."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from maskwright.errors import UsageError


class Suffixes(NamedTuple):
    """What the names of photos and masks end with, before the ending of the file."""

    photo: str
    mask: str

    def pairs(self, photos: Collection[str], masks: Iterable[str]) -> list[tuple[str, str]]:
        """Keys of photos and masks, paths without ending, that belong together by these."""
        own = [key for key in masks if key.endswith(self.mask)]
        both = [(key.removesuffix(self.mask) + self.photo, key) for key in own]
        return [(photo, key) for photo, key in both if photo in photos and photo != key]

    def text(self) -> str:
        """As `--suffixes` takes them."""
        return f"{self.photo},{self.mask}"


MASK_SUFFIXES = ("_mask", "_masks")
"""What masks may end with without being asked about."""

_KNOWN = tuple(
    Suffixes(*pair)
    for pair in (
        ("_leftImg8bit", "_gtFine_labelTrainIds"),  # Cityscapes
        ("_leftImg8bit", "_gtFine_labelIds"),
        ("_leftImg8bit", "_gtCoarse_labelIds"),
        ("_0000", ""),  # nnU-Net, the first channel
        ("_sat", "_mask"),  # DeepGlobe
        ("_image", "_mask"),
        ("_img", "_mask"),
        ("_image", "_label"),
        ("_img", "_label"),
        ("_rgb", "_mask"),
        ("_rgb", "_label"),
        ("_training", "_manual1"),  # DRIVE
        ("_test", "_manual1"),
        ("", "_segmentation"),  # ISIC
        ("", "_seg"),
        ("", "_label"),
        ("", "_labels"),
        ("", "_gt"),
        ("", "_GT"),
        ("", "_groundtruth"),
        ("", "_annotation"),
        ("", "_L"),  # CamVid
        ("", "_1stHO"),  # CHASE_DB1
        ("", "-mask"),
        ("", ".mask"),
    )
)


_MASK_ENDS = tuple(known.mask for known in _KNOWN if known.mask)


def parse_suffixes(text: str | None) -> Suffixes | None:
    """Read what `--suffixes` says: "_photo,_mask"; one of the two may be empty.

    Raises:
        UsageError: it is something else.
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or parts[0] == parts[1]:
        raise UsageError(
            f"--suffixes: '{text}' is not two ends of names, of photos and of masks, with a comma "
            "between them, e.g. _leftImg8bit,_gtFine_labelIds or ,_mask"
        )
    return Suffixes(*parts)


def suffixes_that_fit(photos: Collection[str], masks: Iterable[str]) -> list[Suffixes]:
    """Known suffixes by which some mask belongs to some photo.

    Args:
        photos: keys of the photos: paths without ending.
        masks: keys of the masks.
    """
    keys = list(masks)
    # Folders hold 100,000 files, and few of them end in any of these.
    marked = [key for key in keys if key.endswith(_MASK_ENDS)]
    ends = tuple(known.photo for known in _KNOWN if not known.mask)
    plain = keys if any(key.endswith(ends) for key in photos) else []
    return [known for known in _KNOWN if known.pairs(photos, marked if known.mask else plain)]
