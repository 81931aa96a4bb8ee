"""`maskwright export`: the ONNX file alone, for use anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.options import Terminal
from maskwright.cli.shared import (
    Outcome,
    OverwriteOption,
)
from maskwright.cli.verb import verb


@verb
def command(
    *,
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A model directory, or subject: the bundled one.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write, .onnx.")
    ],
    format: Annotated[
        str,
        typer.Option(help="onnx; or rembg: a file that rembg loads as a custom model."),
    ] = "onnx",
    half: Annotated[
        bool, typer.Option("--half", help="16-bit weights: half the size, the same speed.")
    ] = False,
    overwrite: OverwriteOption = False,
    terminal: Terminal,
) -> Outcome:
    """Write a model as one ONNX file."""
    from maskwright.runtime.write_onnx import export

    size = export(model, output, format=format, half=half, overwrite=overwrite)
    return Outcome(
        results={"model": model, "output": output, "format": format, "bytes": size},
        lines=[f"{output} ({size / 1e6:.1f} MB); {_how_to_run(format, output)}"],
    )


def _how_to_run(format: str, output: Path) -> str:
    if format == "onnx":
        return f"`maskwright predict --model {output}` runs it"
    from maskwright.runtime.rembg import CAVEAT

    return (
        "put it into ~/.u2net, and `rembg i -m u2net_custom -x "
        f'\'{{"model_path": "~/.u2net/{output.name}"}}\' photo.jpg out.png` runs it. {CAVEAT}'
    )
