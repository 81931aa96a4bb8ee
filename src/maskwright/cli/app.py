"""The `maskwright` command: gathers the verbs. Nothing heavy is imported before a verb runs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer

from maskwright._version import __version__
from maskwright.cli import augment, check, demo, evaluate, export, info, predict, train
from maskwright.cli.arguments import Command
from maskwright.cli.process import set_up_streams
from maskwright.cli.shared import leave

app = typer.Typer(
    name="maskwright",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # or [default: ...] in a help text would be taken for markup
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Cuts subjects out of photos, and learns yours from a few dozen photos with masks.",
)


# Newer typer carries click inside: the base of all bad calls is found through one that it names.
_UsageError: Any = typer.BadParameter.__bases__[0]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"maskwright {__version__}")
        raise typer.Exit()


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


for _verb in (demo, check, augment, train, predict, evaluate, export, info):
    app.command(name=_verb.__name__.rsplit(".", 1)[1], cls=Command)(_verb.command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    set_up_streams()
    try:
        code = _run()
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        _forget_stdout()
        sys.exit(1)
    except OSError as error:
        print(f"maskwright: standard output: {error.strerror or error}", file=sys.stderr)
        _forget_stdout()
        sys.exit(1)
    sys.exit(code)


def _run() -> int:
    """Run the command line; returns its exit code."""
    command = typer.main.get_command(app)
    try:
        code = command.main(prog_name="maskwright", standalone_mode=False)
    except _UsageError as error:  # an unknown option, a missing argument
        if "--json" not in sys.argv:
            error.show()
            return 2
        verb = next((one for one in sys.argv[1:] if not one.startswith("-")), "")
        try:
            leave(verb, error.format_message(), as_json=True)
        except typer.Exit as end:
            return int(end.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    return int(code or 0)


def _forget_stdout() -> None:
    """What could not be written is still kept by Python, which would try again at its end."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
