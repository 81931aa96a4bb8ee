"""The paper's six techniques; each is one move of a whole photo."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from maskwright.augmentation.geometry import ROTATION, SHIFT, ZOOM, Move
from maskwright.data.pairs.copy_names import PREFIXES
from maskwright.errors import UsageError


@dataclass(frozen=True)
class Technique:
    """One way to change a photo.

    Attributes:
        prefix: starts the names of its copies.
        draw: (random generator, height, width) -> a move on a canvas of the photo's size.
        random: whether two draws differ; a flip always flips.
    """

    prefix: str
    draw: Callable[[np.random.Generator, int, int], Move]
    random: bool = True

    @property
    def name(self) -> str:
        """What pairs.csv calls it."""
        return PREFIXES[self.prefix]


TECHNIQUES = (
    Technique("rt", lambda rng, height, width: Move(angle=rng.uniform(-ROTATION, ROTATION))),
    Technique("ws", lambda rng, height, width: Move(shift_x=rng.uniform(-SHIFT, SHIFT) * width)),
    Technique("hs", lambda rng, height, width: Move(shift_y=rng.uniform(-SHIFT, SHIFT) * height)),
    # Keras draws the part of the photo that is shown: 0.5 shows half of it, twice as large.
    Technique("zr", lambda rng, height, width: Move().scaled(1 / rng.uniform(1 - ZOOM, 1 + ZOOM))),
    Technique("vf", lambda rng, height, width: Move(scale_y=-1), random=False),
    Technique("hf", lambda rng, height, width: Move(scale_x=-1), random=False),
)
"""In the paper's order."""


def chosen(names: Sequence[str] | None) -> tuple[Technique, ...]:
    """The techniques of these prefixes or names, in the paper's order; all six for None.

    Raises:
        UsageError: there is no such technique, or none is named.
    """
    if names is None:
        return TECHNIQUES
    known = {word: t for t in TECHNIQUES for word in (t.prefix, t.name)}
    wanted = [name.strip().lower() for name in names if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        listed = ", ".join(f"{t.prefix} ({t.name})" for t in TECHNIQUES)
        said = f"there is no '{unknown[0]}'" if unknown else "none is named"
        raise UsageError(f"--techniques: {said}: choose from {listed}")
    return tuple(t for t in TECHNIQUES if t in [known[name] for name in wanted])


def generator(seed: int, name: str, technique: Technique, number: int) -> np.random.Generator:
    """The random generator of one copy.

    It depends on the arguments only: not on the order of the copies, nor on other copies.
    """
    text = json.dumps([seed, name, technique.prefix, number])
    return np.random.default_rng(list(hashlib.sha256(text.encode()).digest()))
