"""One plain sentence on how good a model is and what would help."""

from __future__ import annotations

_NAMES = ((0.9, "very good"), (0.8, "good"), (0.65, "usable, look at the masks"), (0.0, "poor"))


def summary_sentence(val_iou: float | None, train_iou: float, *, pairs: int, held_out: int) -> str:
    """Say how good the model is.

    Args:
        val_iou: mean IoU on the pairs held out; None when there are none.
        train_iou: mean IoU on pairs trained on.
        pairs: how many were trained on.
        held_out: how many were held out.
    """
    if val_iou is None:
        return (
            f"Trained on all {pairs} pairs, so there is no honest figure (on them: IoU "
            f"{train_iou:.2f}); with 10 pairs or more a part is held out and scored."
        )
    name = next(name for bound, name in _NAMES if val_iou >= bound)
    few = f", though {held_out} photos say little" if held_out < 20 else ""
    return (
        f"On {held_out} photos held out the mean IoU is {val_iou:.2f}: {name}{few}. "
        f"{_help(val_iou, train_iou)}"
    )


def _help(val_iou: float, train_iou: float) -> str:
    if val_iou >= 0.93:
        return "More photos would change little."
    if train_iou - val_iou > 0.06:
        return (
            f"On its training photos it has {train_iou:.2f}: more labelled photos, of the kind "
            "it fails on, would help most."
        )
    return (
        f"On its training photos it has {train_iou:.2f}, hardly more: more --minutes, a larger "
        "--size or cleaner masks (`maskwright check`) would help more than new photos."
    )
