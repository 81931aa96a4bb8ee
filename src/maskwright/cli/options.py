"""Groups of options that several commands share; `verb` makes an object of each group."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maskwright.cli.shared import BitsOption

if TYPE_CHECKING:
    from maskwright.data.folder import DataFolder


@dataclass(frozen=True)
class Terminal:
    """Options of every command: what it prints."""

    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout instead of text.")
    ] = False
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print results and errors only.")] = (
        False
    )
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Log each step.")] = False

    @property
    def shows_progress(self) -> bool:
        """Progress bars are for people who wait in front of a terminal."""
        return not (self.as_json or self.quiet) and sys.stderr.isatty()


@dataclass(frozen=True)
class FolderOptions:
    """Options of every command that reads a data folder."""

    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder with images/ and masks/.")]
    masks: Annotated[
        str | None,
        typer.Option("--masks", metavar="NAME", help="Mask folder inside DATA [default: masks]."),
    ] = None
    values: Annotated[
        str | None,
        typer.Option(
            "--values",
            metavar="V=CLASS,...",
            help="Meaning of mask values, e.g. 0=background,128=cytoplasm,255=nucleus.",
        ),
    ] = None
    ignore: Annotated[
        str | None,
        typer.Option(
            "--ignore",
            metavar="V,...",
            help="Mask values to leave out everywhere, e.g. 128.",
        ),
    ] = None
    groups: Annotated[
        str | None,
        typer.Option(
            "--groups",
            metavar="REGEX",
            help="Photos with the same match of REGEX in their name stay together.",
        ),
    ] = None

    bits: BitsOption = None
    photos: Annotated[
        str | None,
        typer.Option(
            "--photos", metavar="NAME", help="Photo folder inside DATA [default: images]."
        ),
    ] = None
    suffixes: Annotated[
        str | None,
        typer.Option(
            "--suffixes",
            metavar="PHOTO,MASK",
            help="Ends of the names of photos and masks, e.g. _leftImg8bit,_gtFine_labelIds.",
        ),
    ] = None

    def folder(self) -> DataFolder:
        """The data folder, and how it is to be read."""
        from maskwright.data.folder import DataFolder  # which loads Pillow

        return DataFolder(
            self.data,
            self.masks,
            self.values,
            self.ignore,
            self.groups,
            photos=self.photos,
            suffixes=self.suffixes,
            bits=self.bits,
        )


@dataclass(frozen=True)
class ModelOptions:
    """How a model runs."""

    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Model to use [default: $MASKWRIGHT_MODEL, ./model or subject].",
        ),
    ] = None
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", help="Foreground above this probability, for two classes."),
    ] = None
    enlarge: Annotated[
        str | None,
        typer.Option(
            "--enlarge",
            metavar="guided|bilinear",
            help="Whether outlines follow the photo [default: as the model says].",
        ),
    ] = None
    fast: Annotated[
        bool, typer.Option("--fast", help="Faster, slightly less accurate (see the docs).")
    ] = False
    tile: Annotated[
        int | None,
        typer.Option(
            "--tile",
            metavar="SIDE",
            help="Tiles of SIDE pixels: small objects in large photos.",
        ),
    ] = None
    overlap: Annotated[
        float | None,
        typer.Option("--overlap", help="Tile overlap, as a fraction of the tile [default: 0.25]."),
    ] = None


@dataclass(frozen=True)
class SeedSources:
    """Where classical methods start from."""

    box: Annotated[
        str | None,
        typer.Option(
            "--box",
            metavar="X0,Y0,X1,Y1|FILE",
            help="Box around the object in pixels, or a JSON file of boxes (classical methods).",
        ),
    ] = None
    scribbles: Annotated[
        Path | None,
        typer.Option(
            "--scribbles",
            metavar="FILE|FOLDER",
            help="Strokes: green on the object, red on the background (classical methods).",
        ),
    ] = None
    prior: Annotated[
        Path | None,
        typer.Option(
            "--prior",
            metavar="FOLDER",
            help="Probabilities, as --save prob writes them (classical methods).",
        ),
    ] = None
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            metavar="model",
            help="model: start from the probabilities of the model (classical methods).",
        ),
    ] = None


@dataclass(frozen=True)
class TrainingOptions:
    """How models are trained."""

    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            help="fast, long (for thousands of photos), or paper (the paper's settings) "
            "[default: fast].",
        ),
    ] = None
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="START",
            help="Weights to start from: subject (the bundled model), imagenet, scratch, "
            "or a model directory [default: subject where it fits, else imagenet].",
        ),
    ] = None
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", help="Time for the whole run [default: the recipe's]."),
    ] = None
    steps: Annotated[
        int | None, typer.Option("--steps", help="Steps of each model, instead of a time.")
    ] = None
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            help="Network input size, in pixels a side [default: of the model that it starts "
            "from, else the recipe's].",
        ),
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Continue a stopped run.")] = False
