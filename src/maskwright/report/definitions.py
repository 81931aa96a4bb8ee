"""What each figure means, as the reports say it; docs/reference/metrics.md says it at length."""

from __future__ import annotations

from types import MappingProxyType

DEFINITIONS = MappingProxyType(
    {
        "iou": "intersection over union; the headline is, with two classes, the foreground's mean "
        "over photos; with more, IoU per class over pooled pixels, mean over the classes present "
        "in the truth, the background among them",
        "error_rate": "mislabelled pixels over pixels that are not void; accuracy is 1 minus it",
        "precision": "share of the pixels predicted as the class that are of it",
        "recall": "share of the pixels of the class that are predicted as it",
        "dice": "harmonic mean of precision and recall",
        "f_beta": "the same weighted with beta squared 0.3, which favours precision",
        "mae": "mean absolute difference between the foreground's probability and the truth",
        "boundary_f": "F measure of outlines (mask minus its 3x3 erosion) matched within a 5x5 "
        "ellipse; predicted outline within 1 pixel of void is not judged; it says nothing where "
        "the truth has a void band along outlines",
        "boundary_iou": "IoU of the parts of both masks within 2 % of the photo's diagonal of "
        "their outlines",
        "void_contact": "share of the true outline that touches void",
        "void": "void pixels count nowhere; a photo that is void all over counts as perfect",
        "empty": "a class absent from truth and prediction gives 1, absent from one of them 0; "
        "how many photos that concerns is in in_neither and in_one_only",
        "means": "each photo counts the same, whatever its size; with more than two classes the "
        "means of a class are over the photos that hold it, truly or as predicted",
        "pooled": "the same figures over the pixels, and the outlines, of all photos together",
        "confusion": "pixels of all photos by class, a line for each true class and in it a "
        "number for each predicted class; void left out",
        "intervals": "middle 95 % of 10,000 bootstrap draws of photos, or of groups where the "
        "data names groups; a figure that hardly more than one of them has is given none",
        "comparisons": "first minus second, over all photos, with the interval of the difference "
        "when both are drawn on the same photos; wins, losses and ties count photos, and a win "
        "of the error rate is a lower one",
        "random": "the draws have a fixed seed: the same masks give the same numbers",
    }
)
"""Name in the files -> its meaning."""
