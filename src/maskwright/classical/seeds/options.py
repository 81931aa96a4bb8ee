"""The options for seeds; light, so that they are checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maskwright.errors import UsageError

PROBABILITIES = "probs"
"""The subfolder of probabilities in the output of `maskwright predict`."""


@dataclass(frozen=True)
class SeedOptions:
    """Where the seeds of classical methods come from; at most one is given.

    Attributes:
        box: "x0,y0,x1,y1" for every photo, or a JSON file `{"photo": [[x0, y0, x1, y1], ...]}`;
            in pixels of the full upright photo, from 0, x1 and y1 just outside.
        scribbles: a picture of strokes, or a folder of them named as the photos are.
        prior: a folder of probabilities of foreground, as `maskwright predict --save prob` writes.
        source: "model" for the model's probabilities.
    """

    box: str | Path | None = None
    scribbles: str | Path | None = None
    prior: str | Path | None = None
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
        """Refuse contradictory options.

        Raises:
            UsageError: more than one source of seeds, or an unknown one.
        """
        if len(self.named) > 1:
            raise UsageError(f"{' and '.join(self.named)} exclude each other: keep one of them")
        if self.source not in (None, "model"):
            raise UsageError(
                f"--seeds {self.source}: the only value is --seeds model, the model's "
                "probabilities; boxes, strokes and probabilities have --box, --scribbles and "
                "--prior"
            )
