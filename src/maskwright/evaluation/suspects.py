"""True masks that are probably wrong."""

from __future__ import annotations

from collections.abc import Sequence

from maskwright.core import Mask, Probs
from maskwright.evaluation.study import Suspect


def rank_suspects(
    names: Sequence[str], probs: Sequence[Probs], truths: Sequence[Mask]
) -> tuple[Suspect, ...]:
    """Rank."""
    return ()
