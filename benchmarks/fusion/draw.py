"""Draws docs/notebook/images/fusion.png: the drawn bird, and silhouettes of wins and failures.

The photos themselves are not shown: they belong to others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw

from benchmarks.fusion.beak import drawn_bird
from benchmarks.fusion.networks import folds_of, reopened
from benchmarks.fusion.photos import Case, case, from_a_box
from benchmarks.fusion.ways import SHIPPED, UNET
from benchmarks.markdown import NOTEBOOK
from benchmarks.subsets import chosen
from maskwright.core import VOID, Image, Mask
from maskwright.fusion.gate import bundled_gate
from maskwright.metrics.region import iou
from maskwright.runtime.segmenter import load

PICTURE = NOTEBOOK / "images" / "fusion.png"
EACH = 2
_HEADS = (
    "photo, or truth",
    "GrabCut, from a box",
    "GrabCut, from the U-Net",
    "U-Net",
    "the package's gate",
)
_WIDTH, _HEIGHT, _LINE, _GAP = 200, 150, 18, 6
_GREY, _WHITE, _VOID = (60, 60, 60), (255, 255, 255), (120, 120, 120)
_MENDED, _BROKEN = (40, 190, 80), (230, 60, 50)


def draw(data: Path, work: Path, photos: Mapping[str, Any]) -> None:
    """Draw the picture.

    Args:
        data: the data folder that was cross-validated.
        work: where its networks are.
        photos: scores of its first repeat, by photo and way.
    """
    cv2.setNumThreads(1)
    bird, _ = drawn_bird()
    rows = [("drawn; the blurred truth stands in for a U-Net", _row(bird, bird.pair.image))]
    for name in _extremes(photos):
        one = _case(data, work, name)
        before, after = (100 * photos[name][way][0] for way in (UNET, SHIPPED))
        rows.append((f"{name}: IoU {before:.1f} to {after:.1f}", _row(one, None)))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    _sheet(rows).quantize(64).save(PICTURE, optimize=True)


def _extremes(photos: Mapping[str, Any]) -> list[str]:
    """The photos with the largest gains and the largest losses."""
    gained = {name: ways[SHIPPED][0] - ways[UNET][0] for name, ways in photos.items()}
    order = sorted(gained, key=lambda name: gained[name])
    return [*order[::-1][:EACH], *order[:EACH]]


def _case(data: Path, work: Path, name: str) -> Case:
    dataset = reopened(data, work)
    (example,) = chosen(dataset, [name])
    (fold,) = (one for one in folds_of(dataset, work, 1) if name in one.held_out)
    return case(dataset.load(example), load(fold.model, threads=1))


def _row(one: Case, photo: Image | None) -> list[Image]:
    outputs, truth = one.outputs, one.pair.mask
    network = one.mask(outputs.network)
    first = _silhouette(truth, truth) if photo is None else photo
    others = (from_a_box(one.pair), one.mask(outputs.grabcut), network)
    fused = one.mask(bundled_gate().fuse(outputs))
    changed = _silhouette(fused, truth)
    changed[(fused != network) & (fused == truth)] = _MENDED
    changed[(fused != network) & (fused != truth) & (truth != VOID)] = _BROKEN
    print(f"{one.pair.name}: {iou(truth, network):.3f} to {iou(truth, fused):.3f}")
    return [first, *(_silhouette(mask, truth) for mask in others), changed]


def _silhouette(mask: Mask, truth: Mask) -> Image:
    drawn = np.where((mask == 1)[..., None], _WHITE, _GREY).astype(np.uint8)
    drawn[truth == VOID] = _VOID
    return drawn


def _sheet(rows: Sequence[tuple[str, Sequence[Image]]]) -> Pictures.Image:
    across = len(_HEADS) * (_WIDTH + _GAP) - _GAP
    down = _LINE + len(rows) * (_LINE + _HEIGHT + _GAP)
    sheet = Pictures.new("RGB", (across, down), "white")
    pen = ImageDraw.Draw(sheet)
    for at, head in enumerate(_HEADS):
        pen.text((at * (_WIDTH + _GAP), 2), head, fill="black")
    for number, (title, pictures) in enumerate(rows):
        top = _LINE + number * (_LINE + _HEIGHT + _GAP)
        pen.text((0, top + 2), title, fill="black")
        for at, picture in enumerate(pictures):
            small = Pictures.fromarray(picture)
            small.thumbnail((_WIDTH, _HEIGHT), Pictures.Resampling.BOX)
            sheet.paste(small, (at * (_WIDTH + _GAP), top + _LINE))
    return sheet
