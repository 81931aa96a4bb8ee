"""All metrics of one method: their values over all photos, and over bootstrap draws of photos."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.metrics.counts import MetricCounts
from maskwright.metrics.intervals import DRAWS, Floats, bootstrap_sums, percentile_interval
from maskwright.metrics.photo import CLASS_FIGURES, PhotoScores
from maskwright.metrics.pooled import pooled_figures
from maskwright.metrics.region import Margins, class_ious, margins, mean_iou, safe_divide

_MOST_MISSING = 0.2  # fraction of the draws


@dataclass(frozen=True)
class BootstrapFigures:
    """Metrics of one method, by name.

    With two classes the names are the fields of `Summary` (iou, error_rate, boundary_f, mae,
    pooled_error_rate, pooled_mae), accuracy, and the fields of `ClassSummary` (dice, precision,
    ...). With more classes the latter are "CLASS.iou", "CLASS.dice" and so on. The pooled metrics
    of a class are "CLASS.pooled_iou" and so on.

    Attributes:
        observed: over all photos.
        draws: (draws,) values over the photos of each draw; NaN where a draw has no such value.
            Empty for a single photo or group, which cannot be resampled.
        units: number of photos, or of groups.
    """

    observed: dict[str, float]
    draws: dict[str, Floats]
    units: int

    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals, except of metrics that few photos have.

        A metric that one photo (or group) has is missing in more than a third of the draws.
        """
        return {
            name: percentile_interval(values)
            for name, values in self.draws.items()
            if np.mean(np.isnan(values)) <= _MOST_MISSING
        }

    def only(self, names: Collection[str]) -> BootstrapFigures:
        """Keep these metrics only: all draws of all metrics of many classes take hundreds of MB."""
        return BootstrapFigures(
            {name: self.observed[name] for name in names if name in self.observed},
            {name: self.draws[name] for name in names if name in self.draws},
            self.units,
        )


def bootstrap_figures(
    rows: Sequence[PhotoScores],
    counts: Sequence[MetricCounts],
    classes: Sequence[str],
    groups: Sequence[str] | None = None,
) -> BootstrapFigures:
    """Compute all metrics of one method, over all photos and over bootstrap draws of them.

    Args:
        rows: metrics of one or more photos.
        counts: of the same photos.
        classes: class names, the background first.
        groups: the group of each photo; whole groups are drawn [default: each photo its own].
    """
    columns = np.array([_columns(row, one) for row, one in zip(rows, counts, strict=True)])
    everything = _figures(columns.sum(axis=0, keepdims=True), classes)
    observed = {name: float(one[0]) for name, one in everything.items() if not np.isnan(one[0])}
    units = len(rows if groups is None else set(groups))
    if units < 2:
        return BootstrapFigures(observed, {}, units)
    draws = {name: np.empty(DRAWS) for name in observed}
    first = 0
    # In chunks: the sums of many classes take far more memory than the metrics.
    for sums in bootstrap_sums(columns, groups):
        figures = _figures(sums, classes)
        for name, values in draws.items():
            values[first : first + len(sums)] = figures[name]
        first += len(sums)
    return BootstrapFigures(observed, draws, units)


def _columns(row: PhotoScores, counts: MetricCounts) -> list[float]:
    """The numbers of a photo that are summed, in the order that `_figures` expects."""
    over_all = len(row.classes) == 1
    columns = [1.0, row.iou, row.error_rate, row.boundary_f]
    # NaN: the mean absolute error is known only if every photo has one.
    columns += [np.nan, np.nan] if row.mae is None else [row.mae, counts.absolute_error or 0.0]
    for one in row.classes:
        averaged = over_all or one.in_truth or one.in_prediction
        columns += [float(averaged), *(averaged * getattr(one, name) for name in CLASS_FIGURES)]
    regions = margins(counts.confusion)
    return [*columns, *regions.ravel(), *counts.outlines.ravel(), *counts.rims.ravel()]


def _figures(sums: Floats, classes: Sequence[str]) -> dict[str, Floats]:
    """Metrics by name, (M,) each, from (M, columns) sums over photos."""
    many = len(classes)
    sizes = [6, (many - 1) * (1 + len(CLASS_FIGURES)), 3 * many, (many - 1) * 4, (many - 1) * 2]
    plain, by_class, *pooled = np.split(sums, np.cumsum(sizes)[:-1], axis=1)
    regions = pooled[0].reshape(-1, 3, many)
    outlines, rims = pooled[1].reshape(-1, many - 1, 4), pooled[2].reshape(-1, many - 1, 2)
    figures = _over_photos(plain, regions)
    averaged = by_class.reshape(-1, many - 1, 1 + len(CLASS_FIGURES))
    pooled_of = pooled_figures(regions, outlines, rims)
    for at, label in enumerate(classes[1:]):
        means = safe_divide(averaged[:, at, 1:], averaged[:, at, :1], empty=np.nan)
        prefix = "" if many == 2 else f"{label}."
        figures |= {f"{prefix}{name}": means[:, n] for n, name in enumerate(CLASS_FIGURES)}
        figures |= {f"{label}.pooled_{name}": one[:, at] for name, one in pooled_of.items()}
    figures[f"{classes[0]}.pooled_iou"] = class_ious(regions)[:, 0]
    return figures


def _over_photos(plain: Floats, regions: Margins) -> dict[str, Floats]:
    photos, iou, error_rate, boundary_f, mae, absolute_error = plain.T
    correct, pixels, _ = regions.sum(axis=2).T
    return {
        # With two classes the headline is a mean over photos, see Summary.iou.
        "iou": iou / photos if regions.shape[2] == 2 else mean_iou(regions),
        "error_rate": error_rate / photos,
        "accuracy": 1 - error_rate / photos,
        "boundary_f": boundary_f / photos,
        "mae": mae / photos,
        "pooled_error_rate": (pixels - correct) / np.maximum(pixels, 1),
        "pooled_mae": absolute_error / np.maximum(pixels, 1),
    }
