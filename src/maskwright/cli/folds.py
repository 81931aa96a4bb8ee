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
        help="Train K models and score each photo by one that never saw it.",
        rich_help_panel=_PANEL,
    ),
]
MinutesOption = Annotated[
    float | None,
    typer.Option(
        "--minutes",
        help="Time for all of it [default: the recipe's].",
        rich_help_panel=_PANEL,
    ),
]
StepsOption = Annotated[
    int | None,
    typer.Option(
        "--steps",
        help="Steps of each model, instead of time.",
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
        help="What each model starts from, as for train.",
        rich_help_panel=_PANEL,
    ),
]
SizeOption = Annotated[
    int | None,
    typer.Option(
        "--size",
        help="The network sees about SIZE x SIZE pixels.",
        rich_help_panel=_PANEL,
    ),
]
LearningCurveOption = Annotated[
    bool,
    typer.Option(
        "--learning-curve",
        help="Train on parts of the photos too: would more photos help?",
        rich_help_panel=_PANEL,
    ),
]
UnlabelledOption = Annotated[
    Path | None,
    typer.Option(
        "--unlabelled",
        metavar="FOLDER",
        help="Say which of these photos to label next.",
        rich_help_panel=_PANEL,
    ),
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with a stopped cross-validation.",
        rich_help_panel=_PANEL,
    ),
]
