"""`maskwright demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.process import set_up_for_photos, set_up_for_training
from maskwright.cli.shared import (
    Outcome,
    ThreadsOption,
)
from maskwright.cli.verb import Terminal, verb
from maskwright.errors import UsageError


@verb
def command(
    out: Annotated[
        Path,
        typer.Option("-o", "--output", help="Output folder; replaces an earlier demo."),
    ] = Path("demo-results"),
    train: Annotated[
        bool,
        typer.Option("--train", help="Train a toy model in two minutes (extra: demo-train)."),
    ] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Training time, instead of steps.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Training steps [default: 180].")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of the training [default: 0].")
    ] = None,
    threads: ThreadsOption = None,
    *,
    terminal: Terminal,
) -> Outcome:
    """Cut the objects out of four photos, in seconds.

    By the bundled model, by GrabCut and by SIOX, with a page that compares them. The photos come
    with scikit-image: no network and no data of yours are needed. With --train it makes pictures,
    trains a toy model on them and shows what it can do.
    """
    if train:
        shown = terminal.shows_progress
        return _trained(out, minutes, steps, seed or 0, threads, shown)
    given = {"--minutes": minutes, "--steps": steps, "--seed": seed}
    idle = [option for option, value in given.items() if value is not None]
    if idle:
        raise UsageError(f"{idle[0]} is for training: say --train as well, or leave it out")
    return _cut_out(out, threads)


def _cut_out(out: Path, threads: int | None) -> Outcome:
    from maskwright.demo.run import run_demo

    set_up_for_photos()
    result = run_demo(out, threads=threads)
    means = {name: result.mean_iou(name) for name in result.ious}
    photos = len(result.ious["unet"])
    lines = [
        f"{photos} photos cut out by the bundled model in {result.seconds:.1f} seconds, with a "
        f"mean IoU of {means['unet']:.2f} (1 is perfect).",
        f"GrabCut, which gets a box around each object, has {means['grabcut']:.2f}, "
        f"SIOX {means['siox']:.2f}; {photos} photos prove nothing.",
        "",
        f"Look at   {result.sheet.resolve()}",
        f"Compare   {result.report.resolve()}",
        f"Pictures  {result.out / 'subject'}: masks, cutouts, overlays",
        "Next      maskwright predict YOUR-PHOTO.jpg -o out --save mask,cutout",
        "And       maskwright demo --train, with the extra demo-train: a toy model in two minutes",
    ]
    results = {
        "sheet": result.sheet,
        "report": result.report,
        "seconds": result.seconds,
        "iou": means,
        "ious": result.ious,
    }
    return Outcome(results, lines)


def _trained(
    out: Path,
    minutes: float | None,
    steps: int | None,
    seed: int,
    threads: int | None,
    progress: bool,
) -> Outcome:
    set_up_for_training()
    from maskwright.demo.training import train_demo  # which loads torch

    result = train_demo(
        out, minutes=minutes, steps=steps, seed=seed, threads=threads, progress=progress
    )
    lines = [
        f"On {len(result.ious)} pictures of objects that it was not trained on, the model's masks "
        f"have a mean IoU of {result.mean_iou:.2f} (1 is perfect).",
        "It is a toy for trying the tool: the bundled model, and two minutes of a few objects.",
        "",
        f"Look at   {result.sheet.resolve()}",
        f"Pictures  {result.out / 'predicted'}: masks, cutouts, overlays",
        f"Data      {result.out / 'data'}: the form that your own photos would have",
        f"Model     {result.model}",
        "Next      maskwright train YOUR-DATA -o mymodel, for a model of your own",
    ]
    results = {
        "sheet": result.sheet,
        "model": result.model,
        "pairs": result.pairs,
        "steps": result.steps,
        "iou": result.mean_iou,
        "ious": result.ious,
    }
    return Outcome(results, lines)
