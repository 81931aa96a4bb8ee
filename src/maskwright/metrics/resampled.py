"""All figures of one method at once: over all photos, and over photos drawn again and again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.metrics.counts import Counts
from maskwright.metrics.intervals import DRAWS, Floats, middle, resampled_sums
from maskwright.metrics.photo import PhotoScores
from maskwright.metrics.pooled import pooled_figures
from maskwright.metrics.region import Margins, class_ious, margins, mean_ious

OF_CLASS = ("iou", "dice", "precision", "recall", "f_beta", "boundary_f", "boundary_iou")
"""Figures of one class in one photo."""

_MOST_WITHOUT = 0.2  # share of draws


@dataclass(frozen=True)
class Resampled:
    """Figures of one method, by name.

    With two classes the names are those of `Summary` (iou, error_rate, boundary_f, mae,
    pooled_error_rate, pooled_mae), accuracy, and those of `ClassSummary` (dice, precision, ...).
    With more classes the latter are "CLASS.iou", "CLASS.dice" and so on. Pooled figures of a
    class are "CLASS.pooled_iou", ....

    Attributes:
        whole: over all photos.
        drawn: (draws,) each, over the photos of each draw; NaN in draws without the figure. Empty
            for a single photo or group, which says nothing of others.
        units: how many photos, or groups, there are to draw.
    """

    whole: dict[str, float]
    drawn: dict[str, Floats]
    units: int

    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals; those of figures that hardly more than one photo (or group) has are
        left out: with one of them an average of three draws lack more than one."""
        return {
            name: middle(drawn)
            for name, drawn in self.drawn.items()
            if np.mean(np.isnan(drawn)) <= _MOST_WITHOUT
        }

    def only(self, names: Collection[str]) -> Resampled:
        """These figures alone: all draws of all figures of many classes are hundreds of MB."""
        return Resampled(
            {name: self.whole[name] for name in names if name in self.whole},
            {name: self.drawn[name] for name in names if name in self.drawn},
            self.units,
        )


def resampled_figures(
    rows: Sequence[PhotoScores],
    counts: Sequence[Counts],
    classes: Sequence[str],
    groups: Sequence[str] | None = None,
) -> Resampled:
    """Work out all figures of one method, and draw photos to see how sure they are.

    Args:
        rows: figures of one or more photos.
        counts: of the same photos.
        classes: class names, the background first.
        groups: the group of each photo; whole groups are drawn [default: each its own].
    """
    columns = np.array([_columns(row, one) for row, one in zip(rows, counts, strict=True)])
    whole = _figures(columns.sum(axis=0, keepdims=True), classes)
    known = {name: float(figure[0]) for name, figure in whole.items() if not np.isnan(figure[0])}
    units = len(rows if groups is None else set(groups))
    if units < 2:
        return Resampled(known, {}, units)
    drawn = {name: np.empty(DRAWS) for name in known}
    first = 0
    # Part by part: the sums of many classes take far more memory than the figures made of them.
    for sums in resampled_sums(columns, groups):
        figures = _figures(sums, classes)
        for name, every in drawn.items():
            every[first : first + len(sums)] = figures[name]
        first += len(sums)
    return Resampled(known, drawn, units)


def _columns(row: PhotoScores, counts: Counts) -> list[float]:
    """What is summed over photos, in the order in which `_figures` takes it apart."""
    everywhere = len(row.classes) == 1
    columns = [1.0, row.iou, row.error_rate, row.boundary_f]
    # NaN: a mean of probabilities' errors is known only where that of every photo is.
    columns += [np.nan, np.nan] if row.mae is None else [row.mae, counts.absolute_error or 0.0]
    for one in row.classes:
        held = everywhere or one.in_truth or one.in_prediction
        columns += [float(held), *(held * getattr(one, figure) for figure in OF_CLASS)]
    regions = margins(counts.confusion)
    return [*columns, *regions.ravel(), *counts.outlines.ravel(), *counts.rims.ravel()]


def _figures(sums: Floats, classes: Sequence[str]) -> dict[str, Floats]:
    """(M, columns) sums over photos as (M,) figures by name."""
    many = len(classes)
    sizes = [6, (many - 1) * (1 + len(OF_CLASS)), 3 * many, (many - 1) * 4, (many - 1) * 2]
    plain, by_class, *pooled = np.split(sums, np.cumsum(sizes)[:-1], axis=1)
    regions = pooled[0].reshape(-1, 3, many)
    outlines, rims = pooled[1].reshape(-1, many - 1, 4), pooled[2].reshape(-1, many - 1, 2)
    figures = _of_whole_photos(plain, regions)
    held = by_class.reshape(-1, many - 1, 1 + len(OF_CLASS))
    pooled_of = pooled_figures(regions, outlines, rims)
    for at, label in enumerate(classes[1:]):
        means = _ratio(held[:, at, 1:], held[:, at, :1])
        prefix = "" if many == 2 else f"{label}."
        figures |= {f"{prefix}{name}": means[:, n] for n, name in enumerate(OF_CLASS)}
        for name, figure in pooled_of.items():
            figures[f"{label}.pooled_{name}"] = figure[:, at]
    figures[f"{classes[0]}.pooled_iou"] = class_ious(regions)[:, 0]
    return figures


def _of_whole_photos(plain: Floats, regions: Margins) -> dict[str, Floats]:
    photos, iou, error_rate, boundary_f, mae, absolute_error = plain.T
    right, pixels, _ = regions.sum(axis=2).T
    return {
        # The headline of two classes is a mean over photos, see Summary.iou.
        "iou": iou / photos if regions.shape[2] == 2 else mean_ious(regions),
        "error_rate": error_rate / photos,
        "accuracy": 1 - error_rate / photos,
        "boundary_f": boundary_f / photos,
        "mae": mae / photos,
        "pooled_error_rate": (pixels - right) / np.maximum(pixels, 1),
        "pooled_mae": absolute_error / np.maximum(pixels, 1),
    }


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.full(part.shape, np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio
