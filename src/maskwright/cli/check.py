"""`maskwright check`: what is wrong with a data folder, and a clean copy of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maskwright.cli.options import FolderOptions, Terminal
from maskwright.cli.shared import (
    Outcome,
    OverwriteOption,
)
from maskwright.cli.verb import verb

if TYPE_CHECKING:
    from maskwright.data.doctor.check import CheckResult
    from maskwright.data.doctor.fix import FixResult


@verb
def command(
    *,
    data: FolderOptions,
    fix: Annotated[
        Path | None, typer.Option("--fix", metavar="OUT", help="Write a clean copy to OUT.")
    ] = None,
    overwrite: OverwriteOption = False,
    terminal: Terminal,
) -> Outcome:
    """Find what is wrong with a data folder, and write a clean copy.

    Ends with 0 when the data (with --fix: the copy) can be used, else with 2.
    """
    from maskwright.data.doctor.check import check
    from maskwright.data.doctor.fix import fix as write_copy

    folder = data.folder()
    if fix is None:
        return _outcome(check(folder), None, terminal)
    fixed = write_copy(folder, fix, overwrite=overwrite)
    return _outcome(check(fix), fixed, terminal)


def _outcome(checked: CheckResult, fixed: FixResult | None, terminal: Terminal) -> Outcome:
    results = checked.to_json()
    lines = [checked.text(errors_only=terminal.quiet)]
    if fixed is not None:
        results["fixed"] = fixed.to_json()
        lines += [f"left out: {file}: {reason}" for file, reason in fixed.left_out]
        lines.append(f"{fixed.out}: a clean copy with {fixed.pairs} pairs")
    # As text the errors are among the lines, each with its cure.
    errors = [{"file": "", "error": text} for text in checked.errors()] if terminal.as_json else []
    return Outcome(results, lines, errors, code=0 if checked.usable else 2)
