"""Samples for learning a gate, without any pixels."""

from __future__ import annotations

import numpy as np

from maskwright.fusion.features import FEATURES
from maskwright.fusion.learn import GateSample

PHOTOS, _REGIONS = 60, 8
PARTS = [at % 5 for at in range(PHOTOS)]
ALONE = [str(at) for at in range(PHOTOS)]
"""Each photo is its own source."""


def samples_of(tells: float, *, photos: int = PHOTOS) -> list[GateSample]:
    """Photos in which GrabCut adds regions; `tells` is the true weight of the feature area.

    A wrong region costs as much IoU as a right one gains.
    """
    rng = np.random.default_rng(0)
    made = []
    for _ in range(photos):
        features = rng.normal(size=(_REGIONS, len(FEATURES))).astype(np.float32)
        features[:, FEATURES.index("adds")] = 1
        signal = tells * features[:, FEATURES.index("area")]
        right = rng.random(_REGIONS) < 1 / (1 + np.exp(-signal))
        made.append(
            GateSample(
                features=features,
                intersection_gain=np.where(right, 28, 0),
                union_gain=np.where(right, 0, 40),
                intersection=700,
                union=1000,
            )
        )
    return made
