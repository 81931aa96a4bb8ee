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
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model directory.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write, .onnx.")
    ],
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write one ONNX file that holds all that prediction needs."""

    def work() -> Outcome:
        from maskwright.runtime.export import export

        size = export(model, output, overwrite=overwrite)
        return Outcome(
            results={"model": model, "output": output, "bytes": size},
            lines=[
                f"{output} ({size / 1e6:.1f} MB); `maskwright predict --model {output}` runs it"
            ],
        )

    finish("export", work, as_json=as_json, quiet=quiet, verbose=verbose)
