"""`maskwright evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.shared import (
    DeviceOption,
    IgnoreOption,
    JsonOption,
    MasksOption,
    Outcome,
    OverwriteOption,
    QuietOption,
    ThreadsOption,
    ValuesOption,
    VerboseOption,
    finish,
    photo_bar,
)


def command(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder with images/ and masks/.")],
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Model to score [default: $MASKWRIGHT_MODEL or model]."),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Score these masks, or what `predict` wrote, instead."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="REPORT", help="Write scores.json and .csv there."),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Foreground above this probability, for two classes.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many of the worst photos to list.")] = 5,
    masks: MasksOption = None,
    values: ValuesOption = None,
    ignore: IgnoreOption = None,
    overwrite: OverwriteOption = False,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Score a model or predicted masks against photos with true masks."""

    def work() -> Outcome:
        import cv2

        from maskwright.evaluation import report as reports
        from maskwright.evaluation.score import evaluate

        if report is not None:
            reports.refuse_existing(report, overwrite=overwrite)
        # Each core works on a photo of its own: OpenCV's threads would only get in the way.
        cv2.setNumThreads(1)
        with photo_bar(not (quiet or as_json) and sys.stderr.isatty()) as on_photo:
            scores = evaluate(
                data,
                model=model,
                predictions=predictions,
                masks=masks,
                values=values,
                ignore=ignore,
                threshold=threshold,
                threads=threads,
                device=device,
                on_photo=on_photo,
            )
        lines = reports.as_lines(scores, worst=worst)
        if report is not None:
            reports.write_report(scores, report, overwrite=overwrite)
            lines += ["", f"The figures of every photo are in {report}."]
        return Outcome(results=reports.as_json(scores), lines=lines)

    finish("evaluate", work, as_json=as_json, quiet=quiet, verbose=verbose)
