"""`maskwright export`: the ONNX file alone, for use anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maskwright.cli.shared import (
    JsonOption,
    Outcome,
    OverwriteOption,
    QuietOption,
    VerboseOption,
    finish,
)


def command(
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
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write a model as one ONNX file."""

    def work() -> Outcome:
        from maskwright.runtime.write_onnx import write_onnx

        size = write_onnx(model, output, format=format, half=half, overwrite=overwrite)
        return Outcome(
            results={"model": model, "output": output, "format": format, "bytes": size},
            lines=[f"{output} ({size / 1e6:.1f} MB); {_how_to_run(format, output)}"],
        )

    finish("export", work, as_json=as_json, quiet=quiet, verbose=verbose)


def _how_to_run(format: str, output: Path) -> str:
    if format == "onnx":
        return f"`maskwright predict --model {output}` runs it"
    from maskwright.runtime.rembg import CAVEAT

    return (
        "put it into ~/.u2net, and `rembg i -m u2net_custom -x "
        f'\'{{"model_path": "~/.u2net/{output.name}"}}\' photo.jpg out.png` runs it. {CAVEAT}'
    )
