"""`maskwright train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.process import set_up_for_training
from maskwright.cli.shared import (
    DeviceOption,
    Outcome,
    OverwriteOption,
    SeedOption,
    ThreadsOption,
)
from maskwright.cli.training import (
    MinutesOption,
    RecipeOption,
    ResumeOption,
    SizeOption,
    StartOption,
    StepsOption,
)
from maskwright.cli.verb import FolderOptions, Terminal, verb


@verb
def command(
    data: FolderOptions,
    out: Annotated[Path, typer.Option("-o", "--output", metavar="MODEL", help="Model to write.")],
    recipe: RecipeOption = None,
    start: StartOption = None,
    minutes: MinutesOption = None,
    steps: StepsOption = None,
    size: SizeOption = None,
    augment: Annotated[
        str | None,
        typer.Option(
            metavar="PART,...",
            help="Augmentations by name, such as horizontal-flip,rotation,light, instead of the "
            "recipe's; none; or paper: its six techniques.",
        ),
    ] = None,
    encoder: Annotated[str | None, typer.Option(help="efficientnet_lite0 or mobilenet_v2.")] = None,
    encoder_weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="ImageNet weights of the encoder, for mobilenet_v2."),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Cross-validate with K models first: scores every photo, chooses the threshold.",
        ),
    ] = None,
    resume: ResumeOption = False,
    overwrite: OverwriteOption = False,
    seed: SeedOption = 0,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    *,
    terminal: Terminal,
) -> Outcome:
    """Train a model on a folder of photos and masks."""
    set_up_for_training()
    from maskwright.training.train import train  # which loads torch

    result = train(
        data.folder(),
        out,
        recipe=recipe or "fast",
        start=start,
        encoder=encoder,
        encoder_weights=encoder_weights,
        size=size,
        augment=augment,
        minutes=minutes,
        steps=steps,
        seed=seed,
        threads=threads,
        device=device,
        folds=folds,
        resume=resume,
        overwrite=overwrite,
        progress=terminal.shows_progress,
    )
    lines = [result.sentence, f"The model is in {result.model}."] if result.sentence else []
    if result.interrupted:
        lines.append("It was interrupted; the same command with --resume goes on.")
    return Outcome(
        results={
            "model": result.model,
            "steps": result.steps,
            "interrupted": result.interrupted,
            "metrics": result.metrics,
        },
        lines=lines,
        code=130 if result.interrupted else None,
    )
