"""What cross-validation found out, as lines of text for a terminal."""

from __future__ import annotations

from maskwright.metrics.held_out import Calibration, Study

_LISTED = 10


def study_blocks(study: Study) -> list[list[str]]:
    """Return threshold, learning curve, suspect masks and what to label next, each as lines."""
    blocks = []
    if study.calibration is not None:
        blocks.append([_threshold(study.calibration)])
    if study.curve is not None:
        points = [
            f"{one.photos} photos: IoU {one.iou:.3f} ({one.low:.3f} to {one.high:.3f})"
            for one in study.curve.points
        ]
        blocks.append(["learning curve", *points, study.curve.sentence])
    if study.suspects:
        masks = [f"{one.name}  {one.suspicion:.2f}  {one.reason}" for one in study.suspects]
        blocks.append(["masks that are probably wrong", *masks[:_LISTED], *_more(len(masks))])
    if study.label_next:
        photos = [f"{one.path}  {one.uncertainty:.2f}" for one in study.label_next]
        blocks.append(["label these next", *photos[:_LISTED], *_more(len(photos))])
    return blocks


def _threshold(found: Calibration) -> str:
    gain = (
        f"{found.iou_before:.3f} at 0.5, {found.iou_after:.3f} at the threshold that the other "
        f"folds choose (difference {found.iou_after - found.iou_before:+.3f}, "
        f"{found.low:+.3f} to {found.high:+.3f})"
    )
    if found.threshold == 0.5:
        return f"threshold: 0.5, none is sure to help; IoU {gain}"
    return f"threshold: {found.threshold:.2f} is better than 0.5; IoU {gain}"


def _more(many: int) -> list[str]:
    return [f"... and {many - _LISTED} more in scores.json"] if many > _LISTED else []
