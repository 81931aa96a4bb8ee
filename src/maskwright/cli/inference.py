"""Options of how a model runs, for every command that runs one."""

from __future__ import annotations

from typing import Annotated

import typer

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="MODEL",
        help="Model to use [default: $MASKWRIGHT_MODEL, ./model or subject].",
    ),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option("--threshold", help="Foreground above this probability, for two classes."),
]
EnlargeOption = Annotated[
    str | None,
    typer.Option(
        "--enlarge",
        metavar="guided|bilinear",
        help="Whether outlines follow the photo [default: as the model says].",
    ),
]
FastOption = Annotated[
    bool, typer.Option("--fast", help="Faster, slightly less accurate (see the docs).")
]
TileOption = Annotated[
    int | None,
    typer.Option(
        "--tile", metavar="SIDE", help="Tiles of SIDE pixels, for small objects in large photos."
    ),
]
OverlapOption = Annotated[
    float | None,
    typer.Option("--overlap", help="Tile overlap, as a fraction of the tile [default: 0.25]."),
]
