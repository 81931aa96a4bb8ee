"""All ways to fuse that need no learning, by name: a gate has to be better than these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from benchmarks.fusion.agreement import kept_where_alike, network_where_unlike
from benchmarks.fusion.patches import matched_patches
from maskwright.fusion.logit import sigmoid
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Floats

Rule: TypeAlias = Callable[[MethodOutputs], Floats]
"""Makes one probability of foreground, (H, W), of several."""


def _majority(outputs: MethodOutputs) -> Floats:
    assert outputs.siox is not None
    voters = (outputs.network, outputs.grabcut, outputs.siox)
    return np.asarray(np.median(np.stack(voters), axis=0), np.float32)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "mean": lambda one: np.asarray((one.network + one.grabcut) / 2, np.float32),
        "maximum": lambda one: np.maximum(one.network, one.grabcut),
        # As if the two had made their errors independently.
        "product of odds": lambda one: sigmoid(one.network_logits + one.grabcut_logits).astype(
            np.float32
        ),
        # The root of GrabCut's odds, as it started from the network's mask.
        "odds, GrabCut's half": lambda one: one.combined,
        "majority with SIOX": _majority,
        "T0: kept where alike": kept_where_alike,
        "T1: network where unlike": network_where_unlike,
        "T3: patches": matched_patches,
    }
)
"""T2, edges that arbitrate, is a gate of its own features."""
