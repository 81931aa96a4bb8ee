"""Who decides which disputed piece of a photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from maskwright.core import Segmenter
from maskwright.fusion.opinions import Disputes, Flags, Floats, Opinions


@dataclass(frozen=True)
class Decision:
    """What a gate says of the disputed pieces of one photo.

    Attributes:
        disputes: the pieces, at the size at which the network saw the photo.
        given: (N,) bool, those that GrabCut decides; the network keeps the others.
    """

    disputes: Disputes
    given: Flags

    @property
    def theirs(self) -> Flags:
        """(H, W) bool: the pixels that GrabCut decides."""
        return self.disputes.where(self.given)

    @property
    def kept(self) -> Flags:
        """(H, W) bool: the disputed pixels that the network keeps."""
        return self.disputes.where(~self.given)

    def carried_out(self, opinions: Opinions) -> Floats:
        """(H, W) the network's probabilities, in the pieces given away those of both together.

        Args:
            opinions: those with these disputes.
        """
        if not self.given.any():
            return opinions.network
        return np.where(self.theirs, opinions.joint, opinions.network).astype(np.float32)


Tell: TypeAlias = Callable[[Decision], None]
"""Is told of each decision, in the thread that made it."""

Telling: TypeAlias = Callable[[Tell], Segmenter]
"""Makes a segmenter that tells each of its decisions."""
