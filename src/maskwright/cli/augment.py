"""`maskwright augment`: more pairs out of few, written to disk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from maskwright.cli.shared import (
    Outcome,
    OverwriteOption,
    SeedOption,
    ThreadsOption,
    photo_bar,
)
from maskwright.cli.verb import FolderOptions, Terminal, verb
from maskwright.errors import UsageError

if TYPE_CHECKING:
    from maskwright.augmentation.geometry import Fill


@verb
def command(
    data: FolderOptions,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUT", help="Data folder to write.")
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Picture of some photos with their copies; without -o nothing else is written.",
        ),
    ] = None,
    copies: Annotated[
        int,
        typer.Option(min=1, help="Copies of each photo by each technique (of flips: one)."),
    ] = 1,
    techniques: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Some of rt,ws,hs,zr,vf,hf: rotation, width-shift, height-shift, zoom, "
            "vertical-flip, horizontal-flip [default: all].",
        ),
    ] = None,
    fill: Annotated[
        str | None,
        typer.Option(
            metavar="FILL",
            help="Pixels beyond the border: reflect (the photo mirrored, the mask void), void, or "
            "nearest (the last pixel of both) [default: reflect].",
        ),
    ] = None,
    like_keras: Annotated[
        bool, typer.Option("--like-keras", help="Transform as Keras's ImageDataGenerator does.")
    ] = False,
    overwrite: OverwriteOption = False,
    seed: SeedOption = 0,
    threads: ThreadsOption = None,
    *,
    terminal: Terminal,
) -> Outcome:
    """Write photos and masks together with augmented copies.

    Copies are named after their technique (rt_rose is rose, rotated) and stay with their photo in
    every split. The same command continues a stopped run.
    """
    from maskwright.augmentation.augment import augment
    from maskwright.augmentation.contact_sheet import draw_contact_sheet

    if out is None and preview is None:
        raise UsageError("where to? Give -o OUT, or --preview FILE.png, or both")
    if out and preview and preview.resolve().is_relative_to(out.resolve()):
        raise UsageError(f"--preview {preview}: name a place outside {out}")
    folder = data.folder()
    names = None if techniques is None else techniques.split(",")
    results: dict[str, Any] = {}
    lines = []
    if preview is not None:
        shown = draw_contact_sheet(
            folder,
            preview,
            techniques=names,
            seed=seed,
            fill=cast("Fill | None", fill),
            like_keras=like_keras,
            overwrite=overwrite,
        )
        results["preview"] = preview
        lines.append(f"{preview}: {shown} photos and copies of them")
    if out is not None:
        with photo_bar(terminal.shows_progress) as on_pair:
            done = augment(
                folder,
                out,
                copies=copies,
                techniques=names,
                seed=seed,
                fill=cast("Fill | None", fill),
                like_keras=like_keras,
                workers=threads,
                overwrite=overwrite,
                on_pair=on_pair,
            )
        results |= asdict(done)
        lines += [*([] if terminal.quiet else done.notes), done.sentence]
    return Outcome(results, lines)
