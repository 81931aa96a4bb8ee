"""How a function becomes a command: groups of options, and what they have in common."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maskwright.cli.shared import (
    Outcome,
    finish,
)

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

    def folder(self) -> DataFolder:
        """The data folder, and how it is to be read."""
        from maskwright.data.folder import DataFolder  # which loads Pillow

        return DataFolder(self.data, self.masks, self.values, self.ignore, self.groups)


def verb(work: Callable[..., Outcome]) -> Callable[..., None]:
    """Make a command of a function.

    Each parameter whose type is a dataclass becomes the options that its fields describe. One of
    them is `terminal: Terminal`. What the function returns is printed, and decides the exit code.

    Args:
        work: does all the work; its module has the name of the command.
    """
    own = inspect.signature(work, eval_str=True).parameters.values()
    groups: dict[str, Any] = {
        one.name: one.annotation for one in own if is_dataclass(one.annotation)
    }
    options: list[inspect.Parameter] = []
    for one in own:
        group = groups.get(one.name)
        options += (
            [one] if group is None else inspect.signature(group, eval_str=True).parameters.values()
        )

    @wraps(work)
    def command(**given: Any) -> None:
        made = {
            name: group(
                **{
                    field.name: given.pop(field.name)
                    for field in fields(group)
                    if field.name in given
                }
            )
            for name, group in groups.items()
        }
        said = made["terminal"]
        finish(
            work.__module__.rpartition(".")[2],
            lambda: work(**given, **made),
            as_json=said.as_json,
            quiet=said.quiet,
            verbose=said.verbose,
        )

    # Python wants parameters without a default first; all are given by name.
    options.sort(key=lambda one: one.default is not one.empty)
    named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in options]
    command.__dict__["__signature__"] = inspect.Signature(named)
    command.__annotations__ = {}
    return command
