"""The simple ways to make one mask of two or three: none of them looks at the photo."""

from __future__ import annotations

import numpy as np

from maskwright.fusion.odds import chances
from maskwright.fusion.opinions import Floats, Opinions


def mean(opinions: Opinions) -> Floats:
    """The mean of the network's probability and GrabCut's."""
    return np.asarray((opinions.network + opinions.grabcut) / 2, np.float32)


def maximum(opinions: Opinions) -> Floats:
    """The larger of the two: foreground where either says so."""
    return np.maximum(opinions.network, opinions.grabcut)


def product_of_odds(opinions: Opinions) -> Floats:
    """The odds multiplied, as if the two had made their errors independently."""
    return chances(opinions.network_odds + opinions.grabcut_odds).astype(np.float32)


def joint(opinions: Opinions) -> Floats:
    """The odds multiplied, GrabCut's at their root: it saw the network's before it spoke."""
    return opinions.joint


def majority(opinions: Opinions) -> Floats:
    """What two of network, GrabCut and SIOX say.

    Raises:
        ValueError: SIOX was not asked.
    """
    if opinions.siox is None:
        raise ValueError("a majority needs three: SIOX was not asked")
    voters = (opinions.network, opinions.grabcut, opinions.siox)
    return np.asarray(np.median(np.stack(voters), axis=0), np.float32)
