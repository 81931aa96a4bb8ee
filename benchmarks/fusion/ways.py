"""All ways to make one mask of several, by name: those that need no learning, and the gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.fusion.rules import RULES
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

# All gates mind the last two: nothing is taken away without an edge, and nothing is cut off.
_EDGES = ("certainty", "area", "outline_network", "outline_joint", "adds", "length")
_SOFT_WEIGHT = 3.0  # log odds of the network count three times as much as those of the colours
_SOFT = grabcut(prior_weight=_SOFT_WEIGHT)


def _network(opinions: MethodOutputs) -> Floats:
    return opinions.network


def _grabcut(opinions: MethodOutputs) -> Floats:
    return opinions.grabcut


def _siox(opinions: MethodOutputs) -> Floats:
    assert opinions.siox is not None
    return opinions.siox


def _soft(opinions: MethodOutputs) -> Floats:
    """GrabCut that minds how sure the network is, everywhere."""
    prior = two_class_probs(np.clip(opinions.network, 0.01, 0.99))
    return _SOFT(opinions.image, prior)[:, :, 1]


UNLEARNED: Mapping[str, Callable[[MethodOutputs], Floats]] = {
    UNET: _network,
    GRABCUT: _grabcut,
    SIOX: _siox,
    SOFT: _soft,
    **RULES,
}


def elsewhere() -> dict[str, Gate]:
    """The gate that comes with the package, which is what ships with the bundled model."""
    return {SHIPPED: bundled_gate(), FUSED: bundled_gate()}


def learned(
    lessons: Sequence[GateSample], parts: Sequence[int], sources: Sequence[str]
) -> dict[str, Gate]:
    """Gates learned from these lessons, and what `train --folds` would choose."""
    shipped = bundled_gate()
    chosen = chosen_gate(lessons, parts, sources, shipped)
    return {
        T2: _of_edges(lessons, parts, sources),
        OWN: learn_gate(lessons, parts, sources),
        SHIPPED: shipped,
        FUSED: shipped if chosen is None else chosen,
    }


def _of_edges(lessons: Sequence[GateSample], parts: Sequence[int], sources: Sequence[str]) -> Gate:
    """T2: a gate that sees only outlines, areas, and how sure the network is."""
    blind = np.array([name not in _EDGES for name in FEATURES])
    seen = []
    for lesson in lessons:
        evidence = lesson.features.copy()
        evidence[:, blind] = 0
        seen.append(replace(lesson, features=evidence))
    return learn_gate(seen, parts, sources)
