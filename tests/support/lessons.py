"""Photos that teach a gate, without any pixels."""

from __future__ import annotations

import numpy as np

from maskwright.fusion.features import FEATURES
from maskwright.fusion.learn import Lesson

PHOTOS, _PIECES = 60, 8
PARTS = [at % 5 for at in range(PHOTOS)]
ALONE = [str(at) for at in range(PHOTOS)]
"""Each photo is its own source."""


def lessons_of(tells: float, *, photos: int = PHOTOS) -> list[Lesson]:
    """Photos whose pieces GrabCut adds: it is right where the area says so, by `tells` logits.

    To add a wrong piece costs as much IoU as a right one brings.
    """
    rng = np.random.default_rng(0)
    made = []
    for _ in range(photos):
        evidence = rng.normal(size=(_PIECES, len(FEATURES))).astype(np.float32)
        evidence[:, FEATURES.index("adds")] = 1
        signal = tells * evidence[:, FEATURES.index("area")]
        right = rng.random(_PIECES) < 1 / (1 + np.exp(-signal))
        made.append(
            Lesson(
                evidence=evidence,
                hits_gained=np.where(right, 28, 0),
                union_gained=np.where(right, 0, 40),
                hits=700,
                union=1000,
            )
        )
    return made
