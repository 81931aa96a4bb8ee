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
        help="For classical methods: a box around the object, or a JSON file of boxes.",
    ),
]
ScribblesOption = Annotated[
    Path | None,
    typer.Option(
        "--scribbles",
        metavar="FILE|FOLDER",
        help="For classical methods: strokes, green on the object and red beside it.",
    ),
]
PriorOption = Annotated[
    Path | None,
    typer.Option(
        "--prior",
        metavar="FOLDER",
        help="For classical methods: probabilities as --save prob writes them.",
    ),
]
SeedsOption = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        metavar="model",
        help="For classical methods: start from what the model finds.",
    ),
]
