"""`maskwright info`: what a model is, and whether it is intact."""

from __future__ import annotations

from typing import Annotated

import typer

from maskwright.cli.shared import JsonOption, Outcome, QuietOption, VerboseOption, finish


def command(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A model directory, an .onnx file, or subject: the bundled model."
        ),
    ],
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Describe a model, and check every file of it."""

    def work() -> Outcome:
        from maskwright.runtime.describe import as_lines, describe

        said = describe(model)
        return Outcome(results=said, lines=as_lines(said), markdown=said.get("card", ""))

    finish("info", work, as_json=as_json, quiet=quiet, verbose=verbose)
