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
        found = []
        for key in masks:
            photo = key.removesuffix(self.mask) + self.photo
            if key.endswith(self.mask) and photo in photos and photo != key:
                found.append((photo, key))
        return found

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
    return [known for known in _KNOWN if known.pairs(photos, keys)]
