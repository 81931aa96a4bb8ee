"""Where classical methods start from: the options that `predict` and `evaluate` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

BoxOption = Annotated[
    str | None,
    typer.Option(
        "--box",
        metavar="X0,Y0,X1,Y1|FILE",
        help="Box around the object in pixels, or a JSON file of boxes (classical methods).",
    ),
]
ScribblesOption = Annotated[
    Path | None,
    typer.Option(
        "--scribbles",
        metavar="FILE|FOLDER",
        help="Strokes: green on the object, red on the background (classical methods).",
    ),
]
PriorOption = Annotated[
    Path | None,
    typer.Option(
        "--prior",
        metavar="FOLDER",
        help="Probabilities, as --save prob writes them (classical methods).",
    ),
]
SeedsOption = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        metavar="model",
        help="model: start from the probabilities of the model (classical methods).",
    ),
]
