"""`maskwright check`: what is wrong with a data folder, and a clean copy of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maskwright.cli.shared import (
    GroupsOption,
    IgnoreOption,
    JsonOption,
    MasksOption,
    Outcome,
    OverwriteOption,
    QuietOption,
    ValuesOption,
    VerboseOption,
    finish,
)

if TYPE_CHECKING:
    from maskwright.data.doctor import Report
    from maskwright.data.fix import Fixed


def command(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The data folder.")],
    masks: MasksOption = None,
    values: ValuesOption = None,
    ignore: IgnoreOption = None,
    groups: GroupsOption = None,
    fix: Annotated[
        Path | None, typer.Option("--fix", metavar="OUT", help="Write a clean copy to OUT.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Find what is wrong with a data folder, and write a clean copy.

    Ends with 0 when the data (with --fix: the copy) can be used, else with 2.
    """

    def work() -> Outcome:
        from maskwright.data.doctor import check
        from maskwright.data.fix import fix as write_copy
        from maskwright.data.folder import DataFolder

        folder = DataFolder(data, masks, values, ignore, groups)
        if fix is None:
            return _outcome(check(folder), None, as_json=as_json, quiet=quiet)
        fixed = write_copy(folder, fix, overwrite=overwrite)
        return _outcome(check(fix), fixed, as_json=as_json, quiet=quiet)

    finish("check", work, as_json=as_json, quiet=quiet, verbose=verbose)


def _outcome(report: Report, fixed: Fixed | None, *, as_json: bool, quiet: bool) -> Outcome:
    results = report.to_json()
    lines = [report.text(errors_only=quiet)]
    if fixed is not None:
        results["fixed"] = fixed.to_json()
        lines += [f"left out: {file}: {reason}" for file, reason in fixed.left_out]
        lines.append(f"{fixed.out}: a clean copy with {fixed.pairs} pairs")
    # As text the errors are in the report, each with its cure.
    errors = [{"file": "", "error": text} for text in report.errors()] if as_json else []
    return Outcome(results, lines, errors, code=0 if report.content else 2)
