"""Writes the ONNX file of a model on its own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from maskwright.errors import UsageError
from maskwright.locks import write_claimed
from maskwright.runtime.bundled import model_path
from maskwright.runtime.directory import open_directory
from maskwright.runtime.network import OnnxNetwork

FORMATS = ("onnx", "rembg")


def export(
    model: str | Path,
    output: Path,
    *,
    format: str = "onnx",
    half: bool = False,
    overwrite: bool = False,
) -> int:
    """Write the ONNX file of a model, after a check that it runs.

    Args:
        model: the model directory, or the name of a bundled model.
        output: the file to write; must end in .onnx.
        format: "onnx", the file of the model directory; or "rembg", a file that rembg loads as a
            custom model, see `maskwright.runtime.rembg`.
        half: store large weights as 16-bit integers: half the size, the same speed, and
            probabilities that differ by less than 0.001.
        overwrite: replace an existing file.

    Returns:
        The number of bytes written.

    Raises:
        ModelError: the model cannot be used, or not with 16-bit weights.
        UsageError: another ending or format, the file exists or cannot be written, or the package
            onnx is missing, which "rembg" and `half` need.
    """
    if output.suffix.lower() != ".onnx":
        raise UsageError(f"{output}: export writes an ONNX file: use a name that ends in .onnx")
    if output.is_dir() or (output.exists() and not overwrite):
        raise UsageError(f"{output}: exists; choose another name, or --overwrite it")
    if format not in FORMATS:
        raise UsageError(f"--format {format}: choose {' or '.join(FORMATS)}")
    if (half or format != "onnx") and find_spec("onnx") is None:
        raise UsageError("this needs the package onnx: pip install onnx")
    data = _converted(model_path(model), format=format, half=half)
    try:
        write_claimed(output, data)
    except OSError as error:
        raise UsageError(f"{output}: cannot be written ({error.strerror or error})") from error
    return len(data)


def _converted(model: Path, *, format: str, half: bool) -> bytes:
    data = open_directory(model).read("model.onnx")
    name = str(model / "model.onnx")
    metadata = OnnxNetwork(data, name).metadata
    # The package onnx is not part of a plain installation.
    if half:
        from maskwright.runtime.int16_weights import with_int16_weights

        data = with_int16_weights(data, name)
    if format == "rembg":
        from maskwright.runtime.rembg import for_rembg

        data = for_rembg(data, metadata)
    return data
