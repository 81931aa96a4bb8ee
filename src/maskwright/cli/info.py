"""`maskwright info`: what a model is, and whether it is intact."""

from __future__ import annotations

from typing import Annotated

import typer

from maskwright.cli.options import Terminal
from maskwright.cli.shared import Outcome
from maskwright.cli.verb import verb


@verb
def command(
    *,
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A model directory, an .onnx file, or subject: the bundled model."
        ),
    ],
    untrusted: Annotated[
        bool,
        typer.Option(
            "--untrusted",
            help="First try the model in another process, within 60 seconds and 4 GiB.",
        ),
    ] = False,
    terminal: Terminal,
) -> Outcome:
    """Describe a model, and check every file of it."""
    from maskwright.runtime.describe import as_lines, describe

    if untrusted:
        from maskwright.runtime.trial import try_model

        try_model(model)
    said = describe(model)
    return Outcome(results=said, lines=as_lines(said), markdown=said.get("card", ""))
