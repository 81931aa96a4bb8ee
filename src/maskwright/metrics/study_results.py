"""Results of a cross-validation beside the metrics: plain values, for the report to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Calibration:
    """The best probability threshold for the foreground.

    Attributes:
        threshold: in (0, 1); 0.5 if no other is better on photos that did not choose it.
        shift: added to the logit of each class; (0, 0) for a threshold of 0.5.
        iou_before: mean IoU over photos at 0.5.
        iou_after: mean IoU over photos, each fold at the threshold that the other folds choose.
        low, high: ends of the 95 % interval of `iou_after` minus `iou_before`.
    """

    threshold: float
    shift: tuple[float, ...]
    iou_before: float
    iou_after: float
    low: float
    high: float


@dataclass(frozen=True)
class CurvePoint:
    """IoU of models that were trained on this number of photos.

    Attributes:
        photos: training photos, the mean over folds.
        iou: mean over all photos, each scored by a model that was not trained on it.
        low, high: ends of its 95 % interval over photos.
    """

    photos: int
    iou: float
    low: float
    high: float


@dataclass(frozen=True)
class LearningCurve:
    """IoU against the number of training photos.

    Attributes:
        points: fewest photos first.
        sentence: the expected gain of 20 more photos, in words.
    """

    points: tuple[CurvePoint, ...]
    sentence: str


@dataclass(frozen=True)
class Suspect:
    """A true mask that may be wrong.

    Attributes:
        name: the photo's name in its data folder.
        suspicion: 0 to 1.
        reason: what seems wrong, in words.
    """

    name: str
    suspicion: float
    reason: str


@dataclass(frozen=True)
class UnlabelledPhoto:
    """A photo without a mask.

    Attributes:
        path: of the photo, relative to the folder of unlabelled photos.
        uncertainty: of the models, 0 to 1.
    """

    path: str
    uncertainty: float


@dataclass(frozen=True)
class StudyResults:
    """All results of a cross-validation beside the metrics.

    Attributes:
        folds: number of models.
        recipe: training recipe of the models.
        steps: training steps of each model.
        minutes: duration of the whole cross-validation.
        calibration: the best threshold; None with more than two classes.
        curve: the learning curve, if requested.
        suspects: masks that are probably wrong, most suspect first.
        label_next: photos without masks, most useful to label first, if a folder was given.
    """

    folds: int
    recipe: str
    steps: int
    minutes: float
    calibration: Calibration | None
    curve: LearningCurve | None
    suspects: tuple[Suspect, ...]
    label_next: tuple[UnlabelledPhoto, ...]
