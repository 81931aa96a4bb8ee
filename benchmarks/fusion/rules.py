"""All ways to fuse that need no learning, by name: a gate has to be better than these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from benchmarks.fusion import agreement, patches, simple
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Floats

Rule: TypeAlias = Callable[[MethodOutputs], Floats]
"""Makes one probability of foreground, (H, W), of several."""

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "mean": simple.mean,
        "maximum": simple.maximum,
        "product of odds": simple.product_of_odds,
        "odds, GrabCut's half": simple.joint,
        "majority with SIOX": simple.majority,
        "T0: kept where alike": agreement.kept_where_alike,
        "T1: network where unlike": agreement.network_where_unlike,
        "T3: patches": patches.matched_patches,
    }
)
"""T2, edges that arbitrate, is a gate of its own features."""
