"""The decision of a gate on one photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import DisputedRegions, Flags, Floats


@dataclass(frozen=True)
class Decision:
    """The disputed regions of a photo in which a gate accepts GrabCut's change.

    Attributes:
        regions: at the size at which the network saw the photo.
        accepted: (N,) bool; in the other regions the network's mask stays.
    """

    regions: DisputedRegions
    accepted: Flags

    @property
    def accepted_mask(self) -> Flags:
        """(H, W) bool: the pixels of accepted regions."""
        return self.regions.mask(self.accepted)

    @property
    def rejected_mask(self) -> Flags:
        """(H, W) bool: the pixels of rejected regions."""
        return self.regions.mask(~self.accepted)

    def apply(self, outputs: MethodOutputs) -> Floats:
        """Return the network's probabilities (H, W), replaced by the combined in accepted regions.

        Args:
            outputs: have these regions.
        """
        if not self.accepted.any():
            return outputs.network
        return np.where(self.accepted_mask, outputs.combined, outputs.network).astype(np.float32)


OnDecision: TypeAlias = Callable[[Decision], None]
"""Called with each decision, in the thread that made it."""
