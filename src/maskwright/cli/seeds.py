"""The options for seeds of classical methods, which `predict` and `evaluate` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

BoxOption = Annotated[
    str | None,
    typer.Option(
        "--box",
        metavar="X0,Y0,X1,Y1|FILE",
        help="Seeds of classical methods: a box around the object, or a JSON file of boxes.",
    ),
]
ScribblesOption = Annotated[
    Path | None,
    typer.Option(
        "--scribbles",
        metavar="FILE|FOLDER",
        help="Seeds of classical methods: strokes, green on the object, red on the background.",
    ),
]
PriorOption = Annotated[
    Path | None,
    typer.Option(
        "--prior",
        metavar="FOLDER",
        help="Seeds of classical methods: probabilities, as --save prob writes them.",
    ),
]
SeedsOption = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        metavar="model",
        help="Seeds of classical methods: the probabilities of the model.",
    ),
]
