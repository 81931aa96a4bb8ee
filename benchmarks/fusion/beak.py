"""Does the beak stay? Recall in thin parts that plain GrabCut loses, marked by hand, and drawn.

The paper's example is a bird with a beak in the colours of the background. The parts in
beaks.json are of training photos, none of which shows a bird.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

import cv2
import numpy as np

from benchmarks.fusion.networks import REPEATS, folds_of, reopened
from benchmarks.fusion.photos import Case, case, from_a_box
from benchmarks.fusion.ways import BOX, GRABCUT, SHIPPED, UNET
from benchmarks.markdown import markdown_table
from benchmarks.subsets import chosen
from maskwright.classical.grabcut import grabcut
from maskwright.core import Mask, Pair
from maskwright.fusion.gate import bundled_gate
from maskwright.fusion.method_outputs import MethodOutputs, run_classical
from maskwright.fusion.regions import Flags
from maskwright.runtime.resize import BILINEAR, Resize
from maskwright.runtime.segmenter import load

MARKED = Path(__file__).with_name("beaks.json")
DRAWN = "a drawn bird's beak, its network drawn too"
_WAYS = (BOX, GRABCUT, UNET, SHIPPED)
_SIDE = 256


def beaks(data: Path, work: Path) -> dict[str, dict[str, float]]:
    """Recall in every marked part, the mean over networks that have not seen the photo.

    Args:
        data: the data folder that was cross-validated.
        work: where its networks are.
    """
    cv2.setNumThreads(1)
    dataset = reopened(data, work)
    wanted = folds_of(dataset, work, REPEATS)
    found = {}
    for one in json.loads(MARKED.read_text()):
        name = one["photo"]
        (example,) = chosen(dataset, [name])
        pair = dataset.load(example)
        models = [load(fold.model, threads=1) for fold in wanted if name in fold.held_out]
        marked = _inside(one["polygon"], pair.mask)
        each = [_recalls(case(pair, model), marked) for model in models]
        found[f"{one['part']} ({name})"] = {
            way: round(fmean(recall[way] for recall in each), 4) for way in _WAYS
        }
    return found | {DRAWN: _recalls(*drawn_bird())}


def drawn_bird() -> tuple[Case, Flags]:
    """A bird with a beak in the background's colour, as a network sees it; and the beak's pixels.

    No network finds this beak, so the blurred truth replaces the network's output. The test is
    whether fusing keeps the beak.
    """
    rows, columns = np.mgrid[:_SIDE, :_SIDE]
    body = ((rows - 128) / 60) ** 2 + ((columns - 100) / 70) ** 2 < 1
    beak = (abs(rows - 120) < 5) & (columns >= 160) & (columns < 230) & ~body
    noise = np.random.default_rng(0).integers(-12, 13, (_SIDE, _SIDE, 3))
    colours = np.where(body[..., None], (170, 60, 50), (90, 110, 70)) + noise
    image = colours.astype(np.uint8)
    truth = (body | beak).astype(np.uint8)
    certain = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 2)
    network = np.asarray(0.03 + 0.94 * certain, np.float32)
    outputs = run_classical(image, network, grabcut())
    return Case(Pair("drawn", image, truth), outputs, Resize("square", _SIDE), BILINEAR), beak


def beaks_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Recall in every part, and the gain of fusing."""
    rows = [
        [
            part,
            *(f"{recalls[way]:.2f}" for way in _WAYS),
            f"{100 * (recalls[SHIPPED] - recalls[UNET]):+.1f}",
        ]
        for part, recalls in found.items()
    ]
    return markdown_table(["", *_WAYS, "points"], rows)


def _recalls(one: Case, marked: Flags) -> dict[str, float]:
    outputs: MethodOutputs = one.outputs
    masks: dict[str, Mask] = {
        BOX: from_a_box(one.pair),
        GRABCUT: one.mask(outputs.grabcut),
        UNET: one.mask(outputs.network),
        SHIPPED: one.mask(bundled_gate().fuse(outputs)),
    }
    return {way: float(masks[way][marked].mean()) for way in _WAYS}


def _inside(polygon: list[list[int]], truth: Mask) -> Flags:
    """True foreground inside a polygon of (x, y)."""
    plane = np.zeros(truth.shape, np.uint8)
    cv2.fillPoly(plane, [np.asarray(polygon, np.int32)], 1)
    return np.asarray((plane > 0) & (truth == 1), np.bool_)
