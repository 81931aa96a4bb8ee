"""`maskwright train`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.shared import (
    DeviceOption,
    GroupsOption,
    IgnoreOption,
    JsonOption,
    MasksOption,
    Outcome,
    OverwriteOption,
    QuietOption,
    SeedOption,
    ThreadsOption,
    ValuesOption,
    VerboseOption,
    finish,
)
from maskwright.errors import UsageError


def command(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder with images/ and masks/.")],
    out: Annotated[Path, typer.Option("-o", "--output", metavar="MODEL", help="Model to write.")],
    recipe: Annotated[
        str,
        typer.Option(help="fast, long (for thousands of photos), or paper (the paper's settings)."),
    ] = "fast",
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="START",
            help="Weights to start from: subject (the bundled model), imagenet, scratch, "
            "or a model directory [default: subject where it fits, else imagenet].",
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Time for the whole run [default: the recipe's].")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Number of steps, instead of a time.")] = None,
    size: Annotated[
        int | None,
        typer.Option(
            help="Network input size, in pixels a side [default: of the model that it starts "
            "from, else the recipe's]."
        ),
    ] = None,
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
    groups: GroupsOption = None,
    masks: MasksOption = None,
    values: ValuesOption = None,
    ignore: IgnoreOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue a stopped run.")] = False,
    overwrite: OverwriteOption = False,
    seed: SeedOption = 0,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Train a model on a folder of photos and masks."""

    def work() -> Outcome:
        if find_spec("torch") is None:
            raise UsageError("training needs more: pip install 'maskwright[train]'")
        import cv2

        from maskwright.data.folder import DataFolder
        from maskwright.runtime.allocator import keep_freed_memory
        from maskwright.runtime.openmp import limit_spinning

        keep_freed_memory()
        limit_spinning()
        from maskwright.training.train import train  # which loads torch

        cv2.setNumThreads(1)  # samples are made beside torch, which has all cores already
        result = train(
            DataFolder(data, masks, values, ignore, groups),
            out,
            recipe=recipe,
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
            progress=not (as_json or quiet) and sys.stderr.isatty(),
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

    finish("train", work, as_json=as_json, quiet=quiet, verbose=verbose)
