"""The outputs of a network and of the classical methods that start from it, for one photo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from maskwright.classical.seeds.priors import two_class_probs
from maskwright.core import Image, Probs, Segmenter
from maskwright.fusion.logit import logit, sigmoid
from maskwright.fusion.regions import DisputedRegions, Floats

CERTAIN = (0.1, 0.9)
"""Below and above these probabilities of the network, a pixel is certain for GrabCut and SIOX."""

_GRABCUT_WEIGHT = np.float32(0.5)  # below 1, because GrabCut's logits contain the network's


@dataclass(frozen=True)
class MethodOutputs:
    """Probabilities of foreground from several methods for one photo.

    Attributes:
        image: (H, W, 3) uint8.
        network: (H, W) float32.
        grabcut: (H, W) float32; gates are learned on the output of `run_classical`.
        siox: (H, W) float32, or None.
    """

    image: Image
    network: Floats
    grabcut: Floats
    siox: Floats | None = None

    @cached_property
    def combined(self) -> Floats:
        """(H, W) float32 of both: the sum of the network's logits and half of GrabCut's.

        GrabCut can change the mask where the network is uncertain, and nowhere else.
        """
        logits = self.network_logits + _GRABCUT_WEIGHT * self.grabcut_logits
        return sigmoid(logits).astype(np.float32)

    @cached_property
    def network_logits(self) -> Floats:
        """(H, W) float32."""
        return logit(self.network)

    @cached_property
    def grabcut_logits(self) -> Floats:
        """(H, W) float32."""
        return logit(self.grabcut)

    @cached_property
    def regions(self) -> DisputedRegions:
        """The regions in which the mask of both differs from the network's."""
        return DisputedRegions.between(self.network > 0.5, self.combined > 0.5)


def prior_from_network(network: Floats) -> Probs:
    """Return the prior from which GrabCut and SIOX start: the network, certain beyond `CERTAIN`.

    Args:
        network: (H, W) float32 probabilities of foreground.
    """
    low, high = CERTAIN
    foreground = network.copy()
    foreground[network < low] = 0
    foreground[network > high] = 1
    return two_class_probs(foreground)


def run_classical(
    image: Image, network: Floats, grabcut: Segmenter, siox: Segmenter | None = None
) -> MethodOutputs:
    """Run classical methods that start from the network's output.

    Args:
        image: (H, W, 3) uint8.
        network: (H, W) float32 probabilities of foreground.
        grabcut: a segmenter that uses its prior.
        siox: another one.
    """
    prior = prior_from_network(network)
    third = None if siox is None else siox(image, prior)[:, :, 1]
    return MethodOutputs(image, network, grabcut(image, prior)[:, :, 1], third)
