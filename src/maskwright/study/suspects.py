"""True masks that are probably wrong: swapped with another photo's, shifted, inverted, unfinished.

Two witnesses are heard. A model that never saw the photo says how unlikely the mask is: the mean
of -log of the probability that it gives to each pixel's class. And the photo itself says whether
the outline lies on its edges: a photo that the model finds hard is no fault of its mask, whose
outline then still follows edges. For the reason, the mask is replaced by what it may have been: its
opposite, itself moved, the mask of another photo; what explains the probabilities best is named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Image, Mask, Probs
from maskwright.metrics.study_results import Suspect
from maskwright.study.edge_fit import UNKNOWN, edge_fit, without_void

PROBABLE = 0.5
"""Masks of this suspicion and more are worth a look."""

_GRID = 32  # side of the squares to which all photos are squeezed, to lay masks over any of them
_LEAST = 0.02  # probability: a model is never surer than that
_MOVED = 8  # cells of the grid
_FIT_WEIGHT, _WORST_FIT, _BEST_FIT = 0.3, -2.0, 4.0
# A mask of which the model gives to an average pixel's class e ** -0.7, with an outline as good
# anywhere else, is as likely wrong as right.
_MIDDLE, _STEEP = -0.7, 3.0
_EXPLAINS = 0.7  # another mask is named that leaves less than this share of what is unlikely
_LEAST_KNOWN = 0.5  # of what a photo's mask says: one that is nearly all void explains anything
_UNFINISHED = 0.4  # share of the mask that the model finds beside it
# A mask that holds less than this share of what the model finds misses the object, if that is so
# much of the photo, and the model as sure of it. A small object hardly tells in the mean.
_EMPTY, _OBJECT, _SURE = 0.05, 0.005, 0.75

Grids = NDArray[np.float32]


def rank_suspects(
    names: Sequence[str],
    photos: Sequence[Image],
    probs: Sequence[Probs],
    truths: Sequence[Mask],
) -> tuple[Suspect, ...]:
    """Order all masks, the most suspect first.

    Args:
        names: of the photos.
        photos: (h, w, 3) uint8, each about 128 pixels on the long side.
        probs: (h, w, K) float32, by a model that was not trained on the photo.
        truths: (h, w) uint8 class indices with `VOID`.
    """
    if not names:
        return ()
    classes = probs[0].shape[2]
    laid = _Laid(np.stack([_log_probs(one) for one in probs]), *_masks(truths, classes))
    own, others = laid.by_own(), laid.by_others()
    fits = [
        edge_fit(photo, truth, classes=classes) for photo, truth in zip(photos, truths, strict=True)
    ]
    for at in range(len(names)):
        if laid.inverted(at) < _EXPLAINS * own[at]:  # an outline is the same on both sides
            fits[at] = min(fits[at], UNKNOWN)
    found = []
    for at, name in enumerate(names):
        reason = _reason(at, names, laid, own, others) or _unexplained(probs[at], truths[at])
        suspicion = _suspicion(float(own[at]), fits[at])
        missed = _missed(probs[at], truths[at])
        if missed is not None and missed[0] >= suspicion:
            suspicion, reason = missed
        found.append(Suspect(name, suspicion, reason))
    return tuple(sorted(found, key=lambda one: (-one.suspicion, one.name)))


def _suspicion(unlikely: float, fit: float) -> float:
    fit = min(max(fit, _WORST_FIT), _BEST_FIT)
    score = math.log(max(unlikely, 1e-6)) - _FIT_WEIGHT * fit
    return 1 / (1 + math.exp(-_STEEP * (score - _MIDDLE)))


@dataclass(frozen=True)
class _Laid:
    """Masks laid over the probabilities of photos, all squeezed to one grid of G cells.

    Attributes:
        logs: (N, K, G, G) log probabilities.
        shares: (N, K, G, G), the share of each cell that a mask gives to each class.
        known: (N, G, G), the share that is not void.
    """

    logs: Grids
    shares: Grids
    known: Grids

    def by_own(self) -> Grids:
        """How unlikely each photo's own mask is, (N,)."""
        total = (self.logs * self.shares).sum(axis=(1, 2, 3))
        return np.asarray(-total / np.maximum(self.known.sum(axis=(1, 2)), 1), np.float32)

    def by_others(self) -> Grids:
        """How unlikely each mask is for each photo, (photos, masks); its own counts as infinite."""
        many = len(self.logs)
        total = self.logs.reshape(many, -1) @ self.shares.reshape(many, -1).T
        known = self.known.sum(axis=(1, 2))
        table: Grids = -total / np.maximum(known, 1)
        table[known < _LEAST_KNOWN * known[:, None]] = np.inf
        np.fill_diagonal(table, np.inf)
        return table

    def inverted(self, at: int) -> float:
        """How unlikely the opposite of a photo's mask is; of two classes only."""
        opposite = self.shares[at, ::-1]
        if len(opposite) > 2:
            return math.inf
        return -float((self.logs[at] * opposite).sum()) / max(float(self.known[at].sum()), 1)

    def moved(self, at: int) -> tuple[float, int, int]:
        """How unlikely a photo's mask is where it fits best, and how far that is: cells right and
        down."""
        best = (math.inf, 0, 0)
        enough = _LEAST_KNOWN * float(self.known[at].sum())
        for down in range(-_MOVED, _MOVED + 1):
            for right in range(-_MOVED, _MOVED + 1):
                if abs(down) + abs(right) < 3:
                    continue
                to, out_of = _overlap(down, right)
                known = float(self.known[at][out_of].sum())
                if known < enough:
                    continue
                total = float((self.logs[at][:, *to] * self.shares[at][:, *out_of]).sum())
                best = min(best, (-total / max(known, 1), right, down))
        return best


def _overlap(down: int, right: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Cells of the grid that a move reaches, and those that they come from."""

    def along(step: int) -> tuple[slice, slice]:
        return slice(max(step, 0), _GRID + min(step, 0)), slice(
            max(-step, 0), _GRID + min(-step, 0)
        )

    (to_rows, rows), (to_columns, columns) = along(down), along(right)
    return (to_rows, to_columns), (rows, columns)


def _log_probs(probs: Probs) -> Grids:
    squeezed = [_squeezed(probs[:, :, label]) for label in range(probs.shape[2])]
    return np.log(np.clip(np.stack(squeezed), _LEAST, 1 - _LEAST)).astype(np.float32)


def _masks(truths: Sequence[Mask], classes: int) -> tuple[Grids, Grids]:
    shares = [[_squeezed(truth == label) for label in range(classes)] for truth in truths]
    known = [_squeezed(truth != VOID) for truth in truths]
    return np.array(shares, np.float32), np.array(known, np.float32)


def _squeezed(plane: NDArray[np.generic]) -> Grids:
    small = cv2.resize(plane.astype(np.float32), (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _reason(at: int, names: Sequence[str], laid: _Laid, own: Grids, others: Grids) -> str | None:
    """Say what the mask may have been: what explains the probabilities best, if much better."""
    inverted = laid.inverted(at)
    moved, right, down = laid.moved(at)
    other = int(others[at].argmin())
    best = min(inverted, moved, float(others[at, other]))
    if best >= _EXPLAINS * own[at]:
        return None
    if best == inverted:
        return "inverted: with foreground and background exchanged it fits what the model finds"
    if best == moved:
        return f"shifted: it fits better {_way(right, down)}"
    if others[other, at] < own[other]:
        return f"swapped: this mask and that of {names[other]} fit better the other way round"
    return f"of another photo: even the mask of {names[other]} fits better"


def _way(right: int, down: int) -> str:
    """Cells of the grid as a share of the photo's sides."""
    across = f"{abs(right) / _GRID:.0%} further {'right' if right > 0 else 'left'}" if right else ""
    along = f"{abs(down) / _GRID:.0%} further {'down' if down > 0 else 'up'}" if down else ""
    return " and ".join(part for part in (across, along) if part)


def _missed(probs: Probs, truth: Mask) -> tuple[float, str] | None:
    """How sure the model is of an object that a mask which is empty, or nearly so, leaves out."""
    foreground = 1 - probs[:, :, 0]
    known = truth != VOID
    found = (foreground > 0.5) & known
    marked = int(((truth > 0) & known).sum())
    share = float(found.mean())
    if share < _OBJECT or marked >= _EMPTY * int(found.sum()):
        return None
    sure = float(foreground[found].mean())
    if sure < _SURE:
        return None
    what = "nearly empty" if marked else "empty"
    return sure, f"the mask is {what}, the model finds an object on {share:.1%} of the photo"


def _unexplained(probs: Probs, truth: Mask) -> str:
    """Say what the model finds beside the mask, where that is much and the mask fits so far."""
    marked = without_void(truth, probs.shape[2]) > 0
    beside = (probs.argmax(axis=2) > 0) & ~marked
    more = float(beside.sum()) / max(int(marked.sum()), 1)
    if marked.any() and 1 - probs[marked][:, 0].mean() > 0.5 and more > _UNFINISHED:
        return f"unfinished: beside it the model finds {more:.0%} of what it holds"
    return "the model, which never saw this photo, finds something else"
