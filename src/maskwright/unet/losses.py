"""Losses on logits. Each is a mean over photos, so that processes that share a batch can average
their losses; void pixels are ignored."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from maskwright.core import VOID

Loss = Callable[[Tensor, Tensor], Tensor]


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy from logits, the paper's loss.

    Args:
        logits: (N, K, H, W) float32.
        target: (N, H, W) int64 class indices, `VOID` where nothing is known.

    Returns:
        Scalar: the mean over photos of the mean over known pixels; a photo without known pixels
        counts 0.
    """
    each = F.cross_entropy(logits, target, ignore_index=VOID, reduction="none")
    known = (target != VOID).sum(dim=(1, 2)).clamp(min=1)
    return (each.sum(dim=(1, 2)) / known).mean()


def dice(logits: Tensor, target: Tensor) -> Tensor:
    """One minus the soft Dice score of the classes above background that a photo holds.

    A photo that holds none is scored on its whole foreground, where any foreground is wrong:
    then one pixel of smoothing decides how soon the loss is 1.

    Args:
        logits: (N, K, H, W) float32.
        target: (N, H, W) int64, `VOID` where nothing is known.

    Returns:
        Scalar in [0, 1].
    """
    classes = logits.shape[1]
    known = (target != VOID).unsqueeze(1)
    probs = logits.softmax(dim=1) * known
    truth = F.one_hot(target.where(target != VOID, 0), classes).permute(0, 3, 1, 2) * known
    probs, truth = probs[:, 1:], truth[:, 1:].to(probs.dtype)
    shared = (probs * truth).sum(dim=(2, 3))
    total = (probs + truth).sum(dim=(2, 3))
    loss = 1 - (2 * shared + 1) / (total + 1)
    present = truth.sum(dim=(2, 3)) > 0
    # Without any class present, all of them count: each is then a false alarm.
    weights = torch.where(present.any(dim=1, keepdim=True), present, True).to(loss.dtype)
    return ((loss * weights).sum(dim=1) / weights.sum(dim=1)).mean()


def cross_entropy_and_dice(logits: Tensor, target: Tensor) -> Tensor:
    """The sum of both: cross-entropy calibrates probabilities, Dice weighs small objects."""
    return cross_entropy(logits, target) + dice(logits, target)


LOSSES: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "cross_entropy+dice": cross_entropy_and_dice,
}
