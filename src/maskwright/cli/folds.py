"""Options of cross-validation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_PANEL = "Cross-validation"

FoldsOption = Annotated[
    int | None,
    typer.Option(
        "--cv",
        metavar="K",
        help="K-fold cross-validation: score each photo by a model that never saw it.",
        rich_help_panel=_PANEL,
    ),
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        help="Time for the whole run [default: the recipe's].",
        rich_help_panel=_PANEL,
    ),
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        "--steps",
        help="Steps of each model, instead of a time.",
        rich_help_panel=_PANEL,
    ),
]
RecipeOption = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        help="fast, long or paper [default: fast].",
        rich_help_panel=_PANEL,
    ),
]
StartOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="START",
        help="Weights that each model starts from, as for train.",
        rich_help_panel=_PANEL,
    ),
]
SizeOption = Annotated[
    int | None,
    typer.Option(
        "--size",
        help="Network input size, in pixels a side.",
        rich_help_panel=_PANEL,
    ),
]
LearningCurveOption = Annotated[
    bool,
    typer.Option(
        "--learning-curve",
        help="Also train on parts of the photos, to see whether more would help.",
        rich_help_panel=_PANEL,
    ),
]
UnlabelledOption = Annotated[
    Path | None,
    typer.Option(
        "--unlabelled",
        metavar="FOLDER",
        help="Rank these photos by what their masks would teach.",
        rich_help_panel=_PANEL,
    ),
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue a stopped cross-validation.",
        rich_help_panel=_PANEL,
    ),
]
