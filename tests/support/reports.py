"""Scores for the report's tests: small photos, masks that miss by a known amount, odd names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from maskwright.core import VOID, Mask
from maskwright.data.dataset import open_dataset
from maskwright.data.folder import DataFolder
from maskwright.evaluation.predicted import folder_method
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import score_sources
from maskwright.metrics.study_results import (
    Calibration,
    CurvePoint,
    LearningCurve,
    StudyResults,
    Suspect,
    UnlabelledPhoto,
)
from tests.support.folders import disc, write_data, write_masks

# As a path this is two folders and a file; written into a page unescaped it would be a script.
HOSTILE = "x<script>document.title='owned'</script><img src=y onerror=\"document.title='owned'\">"


def scored(
    folder: Path,
    truths: Mapping[str, Mask],
    methods: Mapping[str, Mapping[str, Mask]],
    *,
    values: str | None = None,
    ignore: str | None = None,
    gallery: int = 60,
) -> Scores:
    """Write photos and masks into a new folder, and score each method's."""
    data = write_data(folder / "data", truths)
    dataset = open_dataset(DataFolder(data, values=values, ignore=ignore), scoring=True)
    sources = {
        name: folder_method(write_masks(folder / f"method-{at}", masks), dataset)
        for at, (name, masks) in enumerate(methods.items())
    }
    return score_sources(dataset, sources, workers=1, gallery=gallery)


def two_methods(folder: Path, photos: int = 8) -> Scores:
    """Discs with a void band; the first method finds them nearly, the second worse and worse."""
    names = [HOSTILE, *(f"more/photo {at}" for at in range(1, photos))]
    truths = {name: _banded(60, 80 if at % 2 else 40) for at, name in enumerate(names)}
    near = {name: np.roll(_whole(mask), 2, axis=1) for name, mask in truths.items()}
    far = {
        name: np.roll(_whole(mask), 3 * at, axis=0)
        for at, (name, mask) in enumerate(truths.items())
    }
    methods = {"near": near, "far & <b>off</b>": far}
    return scored(folder, truths, methods, values="0=background,1=leaf <i>x</i>", ignore="255")


def several_classes(folder: Path, classes: int, photos: int = 3) -> Scores:
    """Vertical stripes of classes; the prediction lies a little to the right."""
    stripes = (np.arange(6 * classes) // 6).astype(np.uint8)
    truths = {f"p{at}": np.tile(stripes, (40 + at, 1)) for at in range(photos)}
    moved = {name: np.roll(mask, 2, axis=1) for name, mask in truths.items()}
    values = ",".join(f"{label}=class {label} & co" for label in range(classes))
    return scored(folder, truths, {"moved": moved}, values=values)


def study_of(scores: Scores) -> StudyResults:
    """A study with every part, its suspects among the photos and one beyond them."""
    suspects = [
        Suspect(row.name, 0.9 - at / 10, "the mask seems shifted")
        for at, row in enumerate(scores.rows[:3])
    ]
    return StudyResults(
        folds=3,
        recipe="fast",
        steps=20,
        minutes=1.5,
        calibration=Calibration(0.42, (0.0, 0.32), 0.7, 0.72, 0.001, 0.04),
        curve=LearningCurve(
            (CurvePoint(10, 0.5, 0.4, 0.6), CurvePoint(20, 0.6, 0.52, 0.67)),
            "20 more photos would bring about 0.03.",
        ),
        suspects=(*suspects, Suspect("nowhere", 0.1, "half of it is missing")),
        label_next=tuple(UnlabelledPhoto(f"new/{at}.jpg", 1 - at / 100) for at in range(60)),
    )


def _banded(height: int, width: int) -> Mask:
    """A disc with a band of void around it."""
    mask = disc(height, width)
    mask[(disc(height, width, radius=0.34) == 1) & (mask == 0)] = VOID
    return mask


def _whole(mask: Mask) -> Mask:
    return (mask == 1).astype(np.uint8)
