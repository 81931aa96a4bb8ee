"""`maskwright predict`: photos become masks, cut-outs, overlays and probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maskwright.cli.options import ModelOptions, SeedSources, Terminal
from maskwright.cli.process import set_up_for_photos
from maskwright.cli.shared import (
    BitsOption,
    DeviceOption,
    Outcome,
    OverwriteOption,
    ThreadsOption,
    photo_bar,
)
from maskwright.cli.verb import verb
from maskwright.errors import UsageError

if TYPE_CHECKING:
    from maskwright.outputs.batch import BatchResult


_NAMES = 5  # of files passed over, in the last line


@verb
def command(
    *,
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="INPUT...", help="Photos, folders (with all below), globs, or - (stdin)."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "-of", "--output", metavar="OUT", help="The output folder."),
    ] = None,
    more_inputs: Annotated[
        list[Path] | None, typer.Option("-i", "--input", metavar="INPUT", help="Same as INPUT.")
    ] = None,
    many: Annotated[
        str | None,
        typer.Option("-n", metavar="True|False", help="Ignored; accepted for compatibility."),
    ] = None,
    options: ModelOptions,
    method: Annotated[
        str, typer.Option("--method", help="unet, fused, grabcut, grabcut-opencv or siox.")
    ] = "unet",
    seeds: SeedSources,
    save: Annotated[
        str,
        typer.Option("--save", metavar="WHAT,...", help="Some of mask,cutout,overlay,prob."),
    ] = "mask",
    background: Annotated[
        str | None,
        typer.Option("--background", metavar="COLOUR|IMAGE", help="Put cut-outs on this."),
    ] = None,
    crop: Annotated[bool, typer.Option("--crop", help="Crop cut-outs to the object.")] = False,
    threads: ThreadsOption = None,
    device: DeviceOption = "auto",
    bits: BitsOption = None,
    overwrite: OverwriteOption = False,
    terminal: Terminal,
) -> Outcome:
    """Segment photos. The same command again does only what is missing."""
    set_up_for_photos()
    from maskwright.outputs.batch import predict

    if output is None:
        raise UsageError("no output folder: add -o OUT")
    given = [*(inputs or []), *(more_inputs or [])]
    _check_many(many, given)
    with photo_bar(terminal.shows_progress) as on_photo:
        result = predict(
            given,
            output,
            model=options.model,
            method=method,
            box=seeds.box,
            scribbles=seeds.scribbles,
            prior=seeds.prior,
            seeds=seeds.seeds,
            save=[kind.strip() for kind in save.split(",")],
            threshold=options.threshold,
            background=background,
            crop=crop,
            enlarge=options.enlarge,
            fast=options.fast,
            tile=options.tile,
            overlap=options.overlap,
            threads=threads,
            device=device,
            bits=bits,
            overwrite=overwrite,
            on_photo=on_photo,
        )
    return _outcome(result)


def _check_many(many: str | None, inputs: list[Path]) -> None:
    if not inputs:
        raise UsageError("no photos: name photo files, folders or globs")
    if many is None:
        return
    if many.lower() not in ("true", "false"):
        raise UsageError(f"-n {many}: True when -i is a folder of photos, else False")
    for given in inputs:
        if many.lower() == "true" and given.is_file():
            raise UsageError(f"-n True: {given} is one photo; leave -n out, or name its folder")


def _outcome(result: BatchResult) -> Outcome:
    done = len(result.photos) - len(result.failed)
    text = f"{done} of {len(result.photos)} photos in {result.out}"
    if result.skipped:
        text += f", {result.skipped} of them from an earlier run"
    return Outcome(
        results={
            "output": result.out,
            "skipped": result.skipped,
            "seconds": round(result.seconds, 3),
            "passed_over": result.passed_over,
            "photos": [asdict(photo) for photo in result.photos],
        },
        lines=[f"{text} ({result.seconds:.1f} s){_passed_over(result.passed_over)}"],
        errors=[
            *({"file": one.input, "error": one.error or ""} for one in result.failed),
            *(
                {"file": str(folder), "error": f"the folder cannot be read: {reason}"}
                for folder, reason in result.unreadable
            ),
        ],
    )


def _passed_over(files: Sequence[Path]) -> str:
    if not files:
        return ""
    names = ", ".join(path.name for path in files[:_NAMES]) + ", ..." * (len(files) > _NAMES)
    said = (
        "1 file that looks like a photo"
        if len(files) == 1
        else (f"{len(files)} files that look like photos")
    )
    return f"; passed over: {said} ({names})"
