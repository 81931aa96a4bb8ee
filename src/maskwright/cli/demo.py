"""`maskwright demo`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.shared import (
    JsonOption,
    Outcome,
    QuietOption,
    SeedOption,
    ThreadsOption,
    VerboseOption,
    finish,
)


def command(
    out: Annotated[
        Path, typer.Option("-o", "--output", help="Results; an earlier demo's are replaced.")
    ] = Path("demo-results"),
    minutes: Annotated[
        float | None, typer.Option("--minutes", help="Training time instead of steps.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Training steps [default: 180].")
    ] = None,
    seed: SeedOption = 0,
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Train a toy model on pictures made on the spot, and show what it can do.

    Takes about two minutes, needs no network and no data of yours.
    """

    def work() -> Outcome:
        import cv2

        from maskwright.demo.run import run_demo
        from maskwright.runtime.allocator import keep_freed_memory

        # As the training command does: faster steps, and no threads beside torch's own.
        keep_freed_memory()
        cv2.setNumThreads(1)
        result = run_demo(
            out,
            minutes=minutes,
            steps=steps,
            seed=seed,
            threads=threads,
            progress=not (quiet or as_json) and sys.stderr.isatty(),
        )
        lines = [
            f"On {len(result.ious)} pictures of objects that it has never seen, the model's masks "
            f"have a mean IoU of {result.mean_iou:.2f} (1 is perfect).",
            "It is a toy for trying the tool: a few objects, pasted together, and two minutes.",
            "",
            f"Look at   {result.sheet.resolve()}",
            f"Pictures  {result.out / 'predicted'}: masks, cutouts, overlays",
            f"Data      {result.out / 'data'}: the form that your own photos would have",
            f"Model     {result.model}",
            f"Next      maskwright predict YOUR-PHOTO.jpg --model {result.model} -o out",
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

    finish("demo", work, as_json=as_json, quiet=quiet, verbose=verbose)
