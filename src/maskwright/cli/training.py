"""Options of how a model is trained, for every command that trains one."""

from __future__ import annotations

from typing import Annotated

import typer

RecipeOption = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        help="fast, long (for thousands of photos), or paper (the paper's settings) "
        "[default: fast].",
    ),
]
StartOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="START",
        help="Weights to start from: subject (the bundled model), imagenet, scratch, "
        "or a model directory [default: subject where it fits, else imagenet].",
    ),
]
MinutesOption = Annotated[
    float | None,
    typer.Option("--minutes", help="Time for the whole run [default: the recipe's]."),
]
StepsOption = Annotated[
    int | None, typer.Option("--steps", help="Steps of each model, instead of a time.")
]
SizeOption = Annotated[
    int | None,
    typer.Option(
        "--size",
        help="Network input size, in pixels a side [default: of the model that it starts "
        "from, else the recipe's].",
    ),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Continue a stopped run.")]
