"""`maskwright evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.seeds import BoxOption, PriorOption, ScribblesOption, SeedsOption
from maskwright.cli.shared import (
    DeviceOption,
    GroupsOption,
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
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Compare unet, grabcut, grabcut-opencv, siox, predictions; the first is the "
            "headline.",
        ),
    ] = None,
    box: BoxOption = None,
    scribbles: ScribblesOption = None,
    prior: PriorOption = None,
    seeds: SeedsOption = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="REPORT",
            help="Write report.html, scores.json and scores.csv there.",
        ),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Foreground above this probability, for two classes.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many of the worst photos to list.")] = 5,
    gallery: Annotated[
        int, typer.Option(min=0, help="How many of the worst photos report.html shows.")
    ] = 100,
    masks: MasksOption = None,
    values: ValuesOption = None,
    ignore: IgnoreOption = None,
    groups: GroupsOption = None,
    overwrite: OverwriteOption = False,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Score a model, predicted masks or several methods against photos with true masks."""

    def work() -> Outcome:
        import cv2

        from maskwright.evaluation import report as reports
        from maskwright.evaluation.score import evaluate
        from maskwright.evaluation.text import as_lines

        if report is not None:
            reports.refuse_existing(report, overwrite=overwrite)
        # Each core works on a photo of its own: OpenCV's threads would only get in the way.
        cv2.setNumThreads(1)
        with photo_bar(not (quiet or as_json) and sys.stderr.isatty()) as on_photo:
            scores = evaluate(
                data,
                model=model,
                predictions=predictions,
                methods=None if method is None else _names(method),
                box=box,
                scribbles=scribbles,
                prior=prior,
                seeds=seeds,
                masks=masks,
                values=values,
                ignore=ignore,
                groups=groups,
                threshold=threshold,
                threads=threads,
                device=device,
                gallery=0 if report is None else gallery,
                on_photo=on_photo,
            )
        lines = as_lines(scores, worst=worst)
        if report is not None:
            reports.write_report(scores, report, overwrite=overwrite)
            lines += ["", f"Pictures and the figures of every photo: {report / 'report.html'}"]
        return Outcome(results=reports.as_json(scores), lines=lines)

    finish("evaluate", work, as_json=as_json, quiet=quiet, verbose=verbose)


def _names(method: str) -> list[str]:
    return [name.strip() for name in method.split(",")]
