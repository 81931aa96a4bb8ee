"""GrabCut: a minimum cut by colour models of foreground and background, and by contrasts.

Source: Rother, Kolmogorov, Blake: "GrabCut": Interactive Foreground Extraction using Iterated
Graph Cuts (SIGGRAPH, 2004).
"""

from __future__ import annotations

import math
from functools import partial
from numbers import Integral
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from maskwright.classical.grabcut_fast import cut_coarse_to_fine
from maskwright.classical.grabcut_opencv import cut_with_opencv
from maskwright.classical.graph_cut import MOST, Flags, LogOdds
from maskwright.classical.seeds.priors import foreground_of, two_class_probs
from maskwright.core import Image, Probs, Segmenter, from_function
from maskwright.data.masks.encoding import BINARY_NAMES

Engine: TypeAlias = Literal["fast", "opencv"]

_COLOUR_SHARE = np.float32(0.4)  # below 0.5, so that the cut alone decides the side of a pixel


def grabcut(
    *, engine: Engine = "fast", iterations: int = 5, prior_weight: float = 1.0
) -> Segmenter:
    """Make a GrabCut segmenter of background and foreground.

    Its seeds are the prior: exactly 0 and 1 are certain, below 0.5 is probably background, and the
    rest is probably foreground. The default prior is a centred box. A prior that leaves nothing to
    decide, or no foreground or background to learn from, is returned unchanged.

    Args:
        engine: "fast" works from coarse to fine; "opencv" is `cv2.grabCut`, the reference.
        iterations: how often colours are learned and the photo is cut, from 1. The fast engine
            iterates on its coarsest copy, and stops when nothing changes.
        prior_weight: weight of a prior between 0 and 1 beside the colours, from 0; with 1 the
            prior counts as the odds that it states. OpenCV only starts from such a prior.

    Returns:
        A segmenter that gives a probability above 0.5 exactly if the cut puts the pixel in the
        foreground; its distance from 0.5 depends on the pixel's colour.

    Raises:
        ValueError: an unknown engine, iterations that are not an integer from 1, or a weight that
            is negative or not finite.
    """
    if engine not in get_args(Engine):
        raise ValueError(f"engine is one of {', '.join(get_args(Engine))}, not {engine!r}")
    if not isinstance(iterations, Integral) or iterations < 1:
        raise ValueError(f"iterations is an integer from 1, not {iterations!r}")
    if not 0 <= prior_weight < math.inf:
        raise ValueError(f"prior_weight is a finite number from 0, not {prior_weight!r}")
    find = cut_with_opencv
    if engine == "fast":
        find = partial(cut_coarse_to_fine, prior_weight=prior_weight)

    def run(image: Image, prior: Probs | None) -> Probs:
        given = foreground_of(prior, *image.shape[:2])
        found = find(image, given, iterations=int(iterations)) if _can_learn(given) else None
        return two_class_probs(given if found is None else _probability(*found, given))

    return from_function(BINARY_NAMES, run)


def _can_learn(given: NDArray[np.float32]) -> bool:
    """Whether the prior leaves pixels to decide, and a first guess of both sides."""
    unknown = (given > 0) & (given < 1)
    foreground = given >= 0.5
    return bool(unknown.any() and foreground.any() and not foreground.all())


def _probability(mask: Flags, log_odds: LogOdds, given: NDArray[np.float32]) -> NDArray[np.float32]:
    colour = 1 / (1 + np.exp(-np.clip(log_odds, -MOST, MOST)))
    probability = _COLOUR_SHARE * colour + (1 - _COLOUR_SHARE) * mask
    return np.where((given == 0) | (given == 1), given, probability).astype(np.float32)
