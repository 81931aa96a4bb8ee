"""What cross-validation finds out beside the figures of each photo: plain values, made elsewhere,
for the report to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Calibration:
    """The probability above which a pixel is best called foreground.

    Attributes:
        threshold: in (0, 1); 0.5 where none is sure to help by an honest measure.
        shift: of the logits of each class, (0, 0) for a threshold of 0.5: what a model keeps.
        iou_before: mean IoU over photos at 0.5.
        iou_after: mean IoU over photos, each at the threshold that the other folds choose.
        low: lower end of the 95 % interval of their difference, `iou_after` minus `iou_before`.
        high: upper end of it.
    """

    threshold: float
    shift: tuple[float, ...]
    iou_before: float
    iou_after: float
    low: float
    high: float


@dataclass(frozen=True)
class CurvePoint:
    """How good models are that were trained on so many photos.

    Attributes:
        photos: trained on, the mean over folds.
        iou: mean over all photos, each scored by a model that never saw it.
        low: lower end of its 95 % interval over photos.
        high: upper end of it.
    """

    photos: int
    iou: float
    low: float
    high: float


@dataclass(frozen=True)
class LearningCurve:
    """IoU against the number of photos trained on.

    Attributes:
        points: fewest photos first.
        sentence: what 20 more photos would bring, in plain words.
    """

    points: tuple[CurvePoint, ...]
    sentence: str


@dataclass(frozen=True)
class Suspect:
    """A true mask that may be wrong.

    Attributes:
        name: of the photo in its data folder.
        suspicion: 0 to 1.
        reason: what seems wrong, in words.
    """

    name: str
    suspicion: float
    reason: str


@dataclass(frozen=True)
class Unlabelled:
    """A photo without a mask.

    Attributes:
        path: of the photo below the folder that was named.
        uncertainty: 0 to 1; how much a mask for it would tell the model.
    """

    path: str
    uncertainty: float


@dataclass(frozen=True)
class Study:
    """All of it.

    Attributes:
        folds: number of models.
        recipe: that they were trained by.
        steps: that each was trained for.
        minutes: that everything took.
        calibration: the best threshold; None with more than two classes.
        curve: IoU against the number of photos, where it was asked for.
        suspects: masks that are probably wrong, the most suspect first.
        label_next: photos without masks in the order in which to label them, where they were
            given.
    """

    folds: int
    recipe: str
    steps: int
    minutes: float
    calibration: Calibration | None
    curve: LearningCurve | None
    suspects: tuple[Suspect, ...]
    label_next: tuple[Unlabelled, ...]
