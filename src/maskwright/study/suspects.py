"""True masks that are probably wrong: swapped between photos, shifted, inverted, unfinished.

The suspicion combines two signals. The first is the cross-entropy of the mask under a model that
was not trained on the photo. The second is the alignment of the mask's outline with the photo's
edges: on a difficult photo the model disagrees with a correct mask, but the outline still follows
the edges.

To find a reason, the mask is replaced by alternatives: inverted, shifted, the mask of another
photo. The alternative with the lowest cross-entropy is named, if it is much lower.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import VOID, Image, Mask, Probs
from maskwright.metrics.study_results import Suspect
from maskwright.study.edge_alignment import UNKNOWN, edge_alignment, without_void

PROBABLE = 0.5
"""Masks with at least this suspicion are worth checking."""

_GRID = 32  # cells per side; all photos share one grid, so that masks can be exchanged
_LEAST = 0.02  # probability, to limit the cost of an overconfident model
_MOST_SHIFT = 8  # cells
_ALIGNMENT_WEIGHT, _WORST_ALIGNMENT, _BEST_ALIGNMENT = 0.3, -2.0, 4.0
# Suspicion is 0.5 at a log cross-entropy of -0.7 with an alignment of 0.
_MIDDLE, _STEEPNESS = -0.7, 3.0
_EXPLAINS = 0.7  # an alternative is named if it has less than this fraction of the cross-entropy
_LEAST_KNOWN = 0.5  # of the mask's area outside void: a mask that is nearly all void fits anything
_UNFINISHED = 0.4  # area found beside the mask, as a fraction of the mask
# A mask with less than `_EMPTY` of the area that the model finds misses the object, if the object
# covers `_OBJECT` of the photo and the model is as sure as `_SURE`. The mean cross-entropy hardly
# shows a small object.
_EMPTY, _OBJECT, _SURE = 0.05, 0.005, 0.75

Floats = NDArray[np.float32]


def rank_suspects(photos: Mapping[str, tuple[Image, Probs, Mask]]) -> tuple[Suspect, ...]:
    """Rank all masks, most suspect first.

    Args:
        photos: by name: (h, w, 3) uint8, about 128 pixels on the long side; (h, w, K) float32, by a
            model that was not trained on the photo; (h, w) uint8 class indices with `VOID`.
    """
    if not photos:
        return ()
    names = list(photos)
    grids = _grids([(probs, truth) for _, probs, truth in photos.values()])
    own, others = grids.own(), grids.others()
    found = []
    for at, (name, (image, probs, truth)) in enumerate(photos.items()):
        alignment = edge_alignment(image, truth, classes=probs.shape[2])
        if grids.inverted(at) < _EXPLAINS * own[at]:  # an inverted mask has the same outline
            alignment = min(alignment, UNKNOWN)
        reason = _reason(at, names, grids, own, others) or _unexplained(probs, truth)
        suspicion = _suspicion(float(own[at]), alignment)
        missed = _missed(probs, truth)
        if missed is not None and missed[0] >= suspicion:
            suspicion, reason = missed
        found.append(Suspect(name, suspicion, reason))
    return tuple(sorted(found, key=lambda one: (-one.suspicion, one.name)))


def _suspicion(cross_entropy: float, alignment: float) -> float:
    alignment = min(max(alignment, _WORST_ALIGNMENT), _BEST_ALIGNMENT)
    score = math.log(max(cross_entropy, 1e-6)) - _ALIGNMENT_WEIGHT * alignment
    return 1 / (1 + math.exp(-_STEEPNESS * (score - _MIDDLE)))


@dataclass(frozen=True)
class _Grids:
    """Masks and predictions of all photos, resized to one grid of G x G cells.

    Attributes:
        logs: (N, K, G, G) log probabilities.
        shares: (N, K, G, G), the fraction of each cell that belongs to each class.
        known: (N, G, G), the fraction of each cell outside void.
    """

    logs: Floats
    shares: Floats
    known: Floats

    def own(self) -> Floats:
        """Cross-entropy of each photo's own mask, (N,)."""
        total = (self.logs * self.shares).sum(axis=(1, 2, 3))
        return np.asarray(-total / np.maximum(self.known.sum(axis=(1, 2)), 1), np.float32)

    def others(self) -> Floats:
        """Cross-entropy of each mask on each photo, (photos, masks); infinite for its own."""
        many = len(self.logs)
        total = self.logs.reshape(many, -1) @ self.shares.reshape(many, -1).T
        known = self.known.sum(axis=(1, 2))
        table: Floats = -total / np.maximum(known, 1)
        table[known < _LEAST_KNOWN * known[:, None]] = np.inf
        np.fill_diagonal(table, np.inf)
        return table

    def inverted(self, at: int) -> float:
        """Cross-entropy of the inverted mask; infinite with more than two classes."""
        opposite = self.shares[at, ::-1]
        if len(opposite) > 2:
            return math.inf
        return -float((self.logs[at] * opposite).sum()) / max(float(self.known[at].sum()), 1)

    def shifted(self, at: int) -> tuple[float, int, int]:
        """Lowest cross-entropy of the shifted mask, with the shift in cells right and down."""
        best = (math.inf, 0, 0)
        enough = _LEAST_KNOWN * float(self.known[at].sum())
        for down in range(-_MOST_SHIFT, _MOST_SHIFT + 1):
            for right in range(-_MOST_SHIFT, _MOST_SHIFT + 1):
                if abs(down) + abs(right) < 3:
                    continue
                to, out_of = _cells(down, right), _cells(-down, -right)
                known = float(self.known[at][out_of].sum())
                if known < enough:
                    continue
                total = float((self.logs[at][:, *to] * self.shares[at][:, *out_of]).sum())
                best = min(best, (-total / max(known, 1), right, down))
        return best


def _cells(down: int, right: int) -> tuple[slice, slice]:
    """Cells of the grid that a shift fills; they come from the cells of the opposite shift."""
    rows, columns = (slice(max(step, 0), _GRID + min(step, 0)) for step in (down, right))
    return rows, columns


def _grids(photos: Sequence[tuple[Probs, Mask]]) -> _Grids:
    labels = range(photos[0][0].shape[2])
    planes = [[_on_grid(probs[:, :, label]) for label in labels] for probs, _ in photos]
    shares = [[_on_grid(truth == label) for label in labels] for _, truth in photos]
    known = [_on_grid(truth != VOID) for _, truth in photos]
    logs = np.log(np.clip(np.array(planes, np.float32), _LEAST, 1 - _LEAST))
    return _Grids(logs, np.array(shares, np.float32), np.array(known, np.float32))


def _on_grid(plane: NDArray[np.generic]) -> Floats:
    small = cv2.resize(plane.astype(np.float32), (_GRID, _GRID), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _reason(
    at: int, names: Sequence[str], grids: _Grids, own: Floats, others: Floats
) -> str | None:
    """Name the alternative that explains the prediction best, if much better than the mask."""
    inverted = grids.inverted(at)
    shifted, right, down = grids.shifted(at)
    other = int(others[at].argmin())
    best = min(inverted, shifted, float(others[at, other]))
    if best >= _EXPLAINS * own[at]:
        return None
    if best == inverted:
        return "inverted: with foreground and background exchanged it fits the prediction"
    if best == shifted:
        return f"shifted: it fits better {_direction(right, down)}"
    if others[other, at] < own[other]:
        return f"swapped: this mask and the mask of {names[other]} fit better when exchanged"
    return f"from another photo: even the mask of {names[other]} fits better"


def _direction(right: int, down: int) -> str:
    """Name a shift in per cent of the photo's sides."""
    across = f"{abs(right) / _GRID:.0%} further {'right' if right > 0 else 'left'}" if right else ""
    along = f"{abs(down) / _GRID:.0%} further {'down' if down > 0 else 'up'}" if down else ""
    return " and ".join(part for part in (across, along) if part)


def _missed(probs: Probs, truth: Mask) -> tuple[float, str] | None:
    """Probability and description of an object that a nearly empty mask leaves out."""
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
    return sure, f"the mask is {what}, but the model finds an object on {share:.1%} of the photo"


def _unexplained(probs: Probs, truth: Mask) -> str:
    """Describe what else the model finds, if the mask itself fits the prediction."""
    marked = without_void(truth, probs.shape[2]) > 0
    beside = (probs.argmax(axis=2) > 0) & ~marked
    more = float(beside.sum()) / max(int(marked.sum()), 1)
    if marked.any() and 1 - probs[marked][:, 0].mean() > 0.5 and more > _UNFINISHED:
        return f"unfinished: the model finds {more:.0%} more beside it"
    return "the model, not trained on this photo, finds something else"
