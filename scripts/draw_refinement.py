"""Draws docs/images/refinement.png: outlines that follow the photo, cut-outs without a halo.

The photo is the portrait of Eileen Collins by NASA, in the public domain, that scikit-image has.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pictures
from skimage import data

from maskwright import load
from maskwright.core import Image, Mask
from maskwright.metrics.boundary import outline
from maskwright.refine.enlarge import enlarge_plane
from maskwright.refine.foreground import cut_out
from maskwright.refine.opacity import soft_at_edges

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "refinement.png"
_WINDOW = (slice(0, 200), slice(130, 330))
_GREEN = (0, 255, 0)
_BACKGROUNDS = (25, 245)
_ZOOM = 2
_GAP = 8


def main() -> None:
    """Two rows of four pictures: bilinear and guided; outline, and cut-outs."""
    photo = np.ascontiguousarray(data.astronaut(), np.uint8)
    rows = [
        _row([_outlined(photo, "bilinear"), *_cut_outs(photo, "bilinear", finished=False)]),
        _row([_outlined(photo, "guided"), *_cut_outs(photo, "guided", finished=True)]),
    ]
    gap = np.full((_GAP, rows[0].shape[1], 3), 255, np.uint8)
    Pictures.fromarray(np.concatenate([rows[0], gap, rows[1]])).quantize(256).save(
        PICTURE, optimize=True
    )
    print(PICTURE)


def _outlined(photo: Image, enlarge: str) -> Image:
    mask: Mask = load("subject", enlarge=enlarge)(photo).argmax(axis=2).astype(np.uint8)
    drawn = _zoomed(photo)
    drawn[outline(_zoomed(mask)) > 0] = _GREEN
    return drawn


def _cut_outs(photo: Image, enlarge: str, *, finished: bool) -> list[Image]:
    probs = load("subject", enlarge=enlarge)(photo)
    alpha = np.asarray(enlarge_plane(probs, 1, *photo.shape[:2], top=255), np.uint8)
    rgba = cut_out(photo, soft_at_edges(alpha)) if finished else np.dstack([photo, alpha])
    share = rgba[:, :, 3:] / 255
    return [
        _zoomed(np.rint(rgba[:, :, :3] * share + behind * (1 - share)).astype(np.uint8))
        for behind in _BACKGROUNDS
    ]


def _zoomed(pixels: Image | Mask) -> Image:
    return pixels[_WINDOW].repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1)


def _row(pictures: list[Image]) -> Image:
    gap = np.full((pictures[0].shape[0], _GAP, 3), 255, np.uint8)
    return np.concatenate([part for one in pictures for part in (one, gap)][:-1], axis=1)


if __name__ == "__main__":
    main()
