"""All ways to make one mask of several, by name: those that need no learning, and the gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.fusion.rules import RULES, Rule
from maskwright.classical.grabcut import grabcut
from maskwright.classical.seeds.priors import two_class_probs
from maskwright.fusion.features import FEATURES
from maskwright.fusion.gate import Gate, bundled_gate
from maskwright.fusion.learn import GateSample, learn_gate
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import Floats
from maskwright.study.gating import chosen_gate

UNET, FUSED = "U-Net", "**fused**: what ships"
THRESHOLD = "U-Net, threshold learned here"
UNGUIDED = "U-Net, enlarged bilinearly"
BOX = "GrabCut, from a box drawn around the truth"
GRABCUT = "GrabCut, from the U-Net"
SIOX = "SIOX, from the U-Net"
SOFT = "soft-prior GrabCut"
SHIPPED, OWN, T2 = "the package's gate", "gate learned here", "T2: edges arbitrate"
PHOTO, PIECE = "oracle: the better mask", "oracle: each piece right"

# All gates use the last two, so that nothing is removed without an edge, and nothing is cut off.
_EDGES = ("certainty", "area", "outline_network", "outline_joint", "adds", "length")
_SOFT_WEIGHT = 3.0  # weight of the network's logit beside the colours' log-likelihood ratio
_SOFT = grabcut(prior_weight=_SOFT_WEIGHT)


def _soft(outputs: MethodOutputs) -> Floats:
    """GrabCut with the network's probability as the prior of every pixel."""
    prior = two_class_probs(np.clip(outputs.network, 0.01, 0.99))
    return _SOFT(outputs.image, prior)[:, :, 1]


def _siox(outputs: MethodOutputs) -> Floats:
    assert outputs.siox is not None
    return outputs.siox


UNLEARNED: Mapping[str, Rule] = {
    UNET: lambda one: one.network,
    GRABCUT: lambda one: one.grabcut,
    SIOX: _siox,
    SOFT: _soft,
    **RULES,
}


def elsewhere() -> dict[str, Gate]:
    """The package's gate, which is also the gate of the bundled model."""
    return {SHIPPED: bundled_gate(), FUSED: bundled_gate()}


def learned(
    samples: Sequence[GateSample], parts: Sequence[int], sources: Sequence[str]
) -> dict[str, Gate]:
    """Gates learned from these samples, and the choice of `train --folds`."""
    shipped = bundled_gate()
    chosen = chosen_gate(samples, parts, sources, shipped)
    return {
        T2: _of_edges(samples, parts, sources),
        OWN: learn_gate(samples, parts, sources),
        SHIPPED: shipped,
        FUSED: shipped if chosen is None else chosen,
    }


def _of_edges(samples: Sequence[GateSample], parts: Sequence[int], sources: Sequence[str]) -> Gate:
    """T2: a gate of outlines, areas and the network's certainty alone."""
    blind = np.array([name not in _EDGES for name in FEATURES])
    seen = []
    for sample in samples:
        features = sample.features.copy()
        features[:, blind] = 0
        seen.append(replace(sample, features=features))
    return learn_gate(seen, parts, sources)
