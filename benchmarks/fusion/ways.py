"""All ways to make one mask of several, by name: those that need no learning, and the gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from maskwright.classical.grabcut import grabcut
from maskwright.classical.priors import as_prior
from maskwright.fusion.features import FEATURES
from maskwright.fusion.gate import Gate
from maskwright.fusion.learn import Lesson, learned_gate
from maskwright.fusion.opinions import Floats, Opinions
from maskwright.fusion.rules import RULES

UNET, GRABCUT, SIOX = "U-Net", "GrabCut, seeded by it", "SIOX, seeded by it"
GATE, T2 = "gate", "T2: edges arbitrate"
SOFT = "soft-prior GrabCut"

_EDGES = ("certainty", "area", "outline_network", "outline_grabcut")
_SOFT_WEIGHT = 3.0  # logits of the network count three times as much as those of the colours
_SOFT = grabcut(engine="fast", prior_weight=_SOFT_WEIGHT)


def _network(opinions: Opinions) -> Floats:
    return opinions.network


def _grabcut(opinions: Opinions) -> Floats:
    return opinions.grabcut


def _siox(opinions: Opinions) -> Floats:
    assert opinions.siox is not None
    return opinions.siox


def _soft(opinions: Opinions) -> Floats:
    """GrabCut that minds how sure the network is, everywhere."""
    prior = as_prior(np.clip(opinions.network, 0.01, 0.99))
    return _SOFT(opinions.image, prior)[:, :, 1]


FIXED: Mapping[str, Callable[[Opinions], Floats]] = {
    UNET: _network,
    GRABCUT: _grabcut,
    SIOX: _siox,
    SOFT: _soft,
    **RULES,
}


def gates(lessons: Sequence[Lesson], parts: Sequence[int]) -> dict[str, Gate]:
    """The gate, and T2: a gate that sees only outlines, and how sure the network is."""
    return {GATE: learned_gate(lessons, parts), T2: _of_edges(lessons, parts)}


def _of_edges(lessons: Sequence[Lesson], parts: Sequence[int]) -> Gate:
    blind = np.array([name not in _EDGES for name in FEATURES])
    seen = []
    for lesson in lessons:
        evidence = lesson.evidence.copy()
        evidence[:, blind] = 0
        seen.append(replace(lesson, evidence=evidence))
    return learned_gate(seen, parts)
