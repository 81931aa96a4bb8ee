"""The simple ways to make one mask of two or three: none of them looks at the photo."""

from __future__ import annotations

import numpy as np

from maskwright.fusion.logit import sigmoid
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Floats


def mean(opinions: MethodOutputs) -> Floats:
    """The mean of the network's probability and GrabCut's."""
    return np.asarray((opinions.network + opinions.grabcut) / 2, np.float32)


def maximum(opinions: MethodOutputs) -> Floats:
    """The larger of the two: foreground where either says so."""
    return np.maximum(opinions.network, opinions.grabcut)


def product_of_odds(opinions: MethodOutputs) -> Floats:
    """The odds multiplied, as if the two had made their errors independently."""
    return sigmoid(opinions.network_logits + opinions.grabcut_logits).astype(np.float32)


def joint(opinions: MethodOutputs) -> Floats:
    """The odds multiplied, GrabCut's at their root: it saw the network's before it spoke."""
    return opinions.combined


def majority(opinions: MethodOutputs) -> Floats:
    """What two of network, GrabCut and SIOX say.

    Raises:
        ValueError: SIOX was not asked.
    """
    if opinions.siox is None:
        raise ValueError("a majority needs three: SIOX was not asked")
    voters = (opinions.network, opinions.grabcut, opinions.siox)
    return np.asarray(np.median(np.stack(voters), axis=0), np.float32)
