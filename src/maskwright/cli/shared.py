"""What all verbs share: their common options, and how a command ends.

Exit codes: 0 all done, 1 some files failed, 2 bad usage or data, 130 interrupted.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from maskwright._version import __version__
from maskwright.errors import MaskwrightError
from maskwright.printable import printable

SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Random seed.")]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="Processor threads, at most all cores, the default."),
]
DeviceOption = Annotated[
    str, typer.Option("--device", help="auto, cpu, cuda or mps.", metavar="DEVICE")
]
BitsOption = Annotated[
    int | None,
    typer.Option(
        "--bits",
        metavar="8|10|12|14|16",
        help="Bits that hold the values of 16-bit photos [default: found out].",
    ),
]

OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace existing output.")]


@dataclass
class Outcome:
    """What a command has done.

    Attributes:
        results: goes into the JSON object as it is.
        lines: what a person reads on stdout.
        errors: one mapping per failed file, with `file` and `error`.
        code: exit code when it is neither 0 nor 1 that `errors` implies.
        markdown: what a person reads below the lines.
    """

    results: Mapping[str, Any] | Sequence[Any] = field(default_factory=dict)
    lines: Sequence[str] = ()
    errors: Sequence[Mapping[str, str]] = ()
    code: int | None = None
    markdown: str = ""


def finish(
    command: str,
    work: Callable[[], Outcome],
    *,
    as_json: bool,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Run a command's work, print its outcome and leave with its exit code.

    Errors that maskwright raises on purpose, and those of the file system, become one message and
    exit code 2. Anything else is a defect and keeps its traceback.
    """
    # force: a second command in the same process must write to its own stderr.
    logging.basicConfig(
        level=logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO,
        stream=sys.stderr,
        force=True,
    )
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Printable())
    logging.getLogger("PIL").setLevel(logging.WARNING)
    try:
        outcome = work()
    except MaskwrightError as error:
        leave(command, str(error), as_json=as_json)
    except OSError as error:  # a full disk, a folder that may not be written
        place = f"{error.filename}: " if error.filename else ""
        leave(command, f"{place}{error.strerror or error}", as_json=as_json)
    except KeyboardInterrupt:
        leave(command, "interrupted", as_json=as_json, code=130)
    code = outcome.code if outcome.code is not None else int(bool(outcome.errors))
    if as_json:
        _print_object(command, code == 0, outcome.results, outcome.errors)
    else:
        for line in outcome.lines:
            print(printable(line))
        if outcome.markdown:
            _print_markdown(outcome.markdown)
        for failed in outcome.errors:
            print(printable(f"failed: {failed['file']}: {failed['error']}"), file=sys.stderr)
    raise typer.Exit(code)


@contextmanager
def photo_bar(shown: bool) -> Iterator[Callable[[object, int], None] | None]:
    """Show a bar on stderr with the photos done and the time left.

    Yields what is to be called after each photo, with anything and the number of all photos; None
    when the bar is not to be shown.
    """
    if not shown:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("photos", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)

        def advance(_photo: object, photos: int) -> None:
            bar.update(task, total=photos, advance=1)

        yield advance


def leave(command: str, message: str, *, as_json: bool, code: int = 2) -> NoReturn:
    """End with an error message: on stderr, or as a JSON object on stdout."""
    if as_json:
        _print_object(command, False, {}, [{"file": "", "error": message}])
    else:
        print(printable(f"maskwright: {message}"), file=sys.stderr)
    raise typer.Exit(code)


def _print_markdown(text: str) -> None:
    """Print it laid out on a terminal, else as it is."""
    lines = "\n".join(printable(line) for line in text.splitlines())
    print()
    if not sys.stdout.isatty():
        print(lines)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    # Links are spelt out: a card may be anyone's, and a link's text may hide where it leads.
    Console().print(Markdown(lines, hyperlinks=False))


class _Printable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def _print_object(command: str, ok: bool, results: Any, errors: Any) -> None:
    body = {
        "version": __version__,
        "command": command,
        "ok": ok,
        "results": results,
        "errors": list(errors),
    }
    print(json.dumps(body, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")
