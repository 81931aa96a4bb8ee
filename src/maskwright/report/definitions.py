"""Labels and definitions of the metrics, as reports show them.

docs/reference/metrics.md has more detail.
"""

from __future__ import annotations

from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "iou": "IoU",
    "error_rate": "error rate",
    "dice": "Dice",
    "precision": "precision",
    "recall": "recall",
    "boundary_f": "boundary F",
    "boundary_iou": "boundary IoU",
    "mae": "MAE",
    "f_beta": "F-beta",
}
"""Name of a metric -> its heading."""

DEFINITIONS: Mapping[str, str] = {
    "iou": "intersection over union; with two classes, the foreground's, mean over photos; "
    "with more, per class over pooled pixels, mean over the classes in the truth, background "
    "included",
    "error_rate": "fraction of the pixels outside void with the wrong class; accuracy is 1 "
    "minus it",
    "precision": "fraction of the pixels predicted as the class that are of the class",
    "recall": "fraction of the pixels of the class that are predicted as the class",
    "dice": "harmonic mean of precision and recall (F1)",
    "f_beta": "weighted harmonic mean with beta squared 0.3, which favours precision",
    "mae": "mean absolute error of the foreground's probability",
    "boundary_f": "F measure of outlines (mask minus its 3x3 erosion) matched within a 5x5 "
    "ellipse; predicted outline within 1 pixel of void is ignored; it says nothing where the "
    "truth has a void band along outlines",
    "boundary_iou": "IoU of the parts of both masks within 2 % of the photo's diagonal of "
    "their outlines",
    "void_contact": "fraction of the true outline that touches void",
    "void": "void pixels are ignored; a photo that is entirely void counts as perfect",
    "empty": "a class absent from both masks gives 1, absent from one of them 0; in_neither "
    "and in_one_only count these photos",
    "means": "every photo has equal weight; with more than two classes, the means of a class "
    "are over the photos with the class in either mask",
    "pooled": "the same metrics over the pixels, and the outlines, of all photos together",
    "confusion": "pixels of all photos by true class (row) and predicted class (column), "
    "without void",
    "intervals": "middle 95 % of 10,000 bootstrap draws of photos, or of groups if the data "
    "names groups; a metric that few photos have gets no interval",
    "comparisons": "first minus second over all photos; the interval is of the paired "
    "difference, over the same draws; wins, losses and ties count photos; a lower error rate "
    "is a win",
    "random": "the draws have a fixed seed: the same masks give the same numbers",
}
"""Name in the files -> its meaning."""
