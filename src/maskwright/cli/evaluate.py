"""`maskwright evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maskwright.cli.options import (
    FolderOptions,
    ModelOptions,
    SeedSources,
    Terminal,
    TrainingOptions,
)
from maskwright.cli.process import set_up_for_photos, set_up_for_training
from maskwright.cli.shared import (
    DeviceOption,
    Outcome,
    OverwriteOption,
    SeedOption,
    ThreadsOption,
    photo_bar,
)
from maskwright.cli.verb import given, verb
from maskwright.errors import UsageError

if TYPE_CHECKING:
    from maskwright.evaluation.scores import Scores


@verb
def command(
    *,
    data: FolderOptions,
    options: ModelOptions,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Score these masks, or what `predict` wrote, instead."),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Compare unet, fused, grabcut, grabcut-opencv, siox, predictions; the first is "
            "the headline.",
        ),
    ] = None,
    seeds: SeedSources,
    report: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="REPORT",
            help="Write report.html, scores.json and scores.csv there.",
        ),
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many of the worst photos to list.")] = 5,
    gallery: Annotated[
        int, typer.Option(min=0, help="How many of the worst photos report.html shows.")
    ] = 100,
    cv: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="K-fold cross-validation: score each photo by a model that never saw it.",
        ),
    ] = None,
    training: TrainingOptions,
    learning_curve: Annotated[
        bool,
        typer.Option(
            "--learning-curve",
            help="Also train on parts of the photos, to see whether more would help.",
        ),
    ] = False,
    unlabelled: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Rank these photos by what their masks would teach."),
    ] = None,
    seed: SeedOption = 0,
    overwrite: OverwriteOption = False,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    terminal: Terminal,
) -> Outcome:
    """Score a model, masks or several methods against true masks."""

    def scored() -> Scores:
        from maskwright.evaluation.evaluate import evaluate
        from maskwright.report.write import refuse_unusable

        if report is not None:
            refuse_unusable(report, overwrite=overwrite)
        set_up_for_photos()
        with photo_bar(terminal.shows_progress) as on_photo:
            return evaluate(
                data.folder(),
                model=options.model,
                predictions=predictions,
                methods=None if method is None else _names(method),
                box=seeds.box,
                scribbles=seeds.scribbles,
                prior=seeds.prior,
                seeds=seeds.seeds,
                threshold=options.threshold,
                enlarge=options.enlarge,
                fast=options.fast,
                tile=options.tile,
                overlap=options.overlap,
                threads=threads,
                device=device,
                gallery=0 if report is None else gallery,
                on_photo=on_photo,
            )

    def cross_validated(folds: int) -> Scores:
        from maskwright.report.write import refuse_unusable

        set_up_for_training()
        from maskwright.training.claim import is_unfinished
        from maskwright.training.folds.cross_validate import cross_validate  # which loads torch

        if report is not None:
            refuse_unusable(report, overwrite=overwrite or is_unfinished(report))
        elif training.resume:
            raise UsageError("--resume needs -o, the report of the cross-validation that stopped")
        return cross_validate(
            data.folder(),
            folds=folds,
            recipe=training.recipe or "fast",
            start=training.start,
            size=training.size,
            minutes=training.minutes,
            steps=training.steps,
            seed=seed,
            learning_curve=learning_curve,
            unlabelled=unlabelled,
            methods=("unet",) if method is None else _names(method),
            box=seeds.box,
            scribbles=seeds.scribbles,
            prior=seeds.prior,
            seeds=seeds.seeds,
            threads=threads,
            device=device,
            gallery=0 if report is None else gallery,
            work=report,
            resume=training.resume,
            overwrite=overwrite,
            progress=terminal.shows_progress,
        )

    for_cv = given(training)
    for_cv += ["--learning-curve"] * learning_curve + ["--unlabelled"] * (unlabelled is not None)
    not_for_cv = given(options) + ["--predictions"] * (predictions is not None)
    from maskwright.evaluation.request import check_kind
    from maskwright.report.text import as_lines
    from maskwright.report.write import as_json as results_of

    check_kind(cv, for_cv, not_for_cv)

    try:
        scores = scored() if cv is None else cross_validated(cv)
    except KeyboardInterrupt:
        if cv is None or report is None:
            raise
        return Outcome(lines=["Interrupted; the same command with --resume goes on."], code=130)
    lines, errors = as_lines(scores, worst=worst), []
    if report is not None:
        # A cross-validation has found its report free, and has worked beside it since.
        errors = _written(scores, report, overwrite=overwrite or cv is not None)
        if not errors:
            lines += ["", f"Pictures and the figures of every photo: {report / 'report.html'}"]
        if cv is not None and not errors:
            _forget_work(report)
    code = 2 if errors else 0
    return Outcome(results=results_of(scores), lines=lines, errors=errors, code=code)


def _names(method: str) -> list[str]:
    return [name.strip() for name in method.split(",")]


def _written(scores: Scores, report: Path, *, overwrite: bool) -> list[dict[str, str]]:
    """Write the report; what went wrong is told after the figures, which took so long."""
    from maskwright.report.write import write_report

    try:
        write_report(scores, report, overwrite=overwrite)
    except OSError as error:
        return [{"file": str(report), "error": f"cannot be written: {error.strerror or error}"}]
    except UsageError as error:
        return [{"file": str(report), "error": str(error)}]
    return []


def _forget_work(report: Path) -> None:
    from maskwright.training.claim import forget_work

    forget_work(report)
