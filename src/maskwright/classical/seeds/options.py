"""What a caller says about seeds; light, so that it can be checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maskwright.errors import UsageError

PROBABILITIES = "probs"
"""The folder of probabilities among what `maskwright predict` writes."""


@dataclass(frozen=True)
class SeedOptions:
    """Where the seeds of classical methods come from; docs/reference/classical.md explains each.

    Attributes:
        box, scribbles, prior: as in `classical.seeds.find_seeds`.
        source: "model" for the model's probabilities.
    """

    box: str | None = None
    scribbles: Path | None = None
    prior: Path | None = None
    source: str | None = None

    @property
    def named(self) -> list[str]:
        """The options that were given, as the command line writes them."""
        options = {
            "--box": self.box,
            "--scribbles": self.scribbles,
            "--prior": self.prior,
            "--seeds": self.source,
        }
        return [option for option, value in options.items() if value is not None]

    def check(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            UsageError: more than one source of seeds, or one that does not exist.
        """
        if len(self.named) > 1:
            raise UsageError(
                f"{' and '.join(self.named)}: seeds come from one place, leave one out"
            )
        if self.source not in (None, "model"):
            raise UsageError(
                f"--seeds {self.source}: --seeds model starts from what the model finds; boxes, "
                "strokes and probabilities have --box, --scribbles and --prior"
            )
