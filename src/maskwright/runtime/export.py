"""The ONNX file of a model, by itself."""

from __future__ import annotations

from pathlib import Path

from maskwright.atomic import write_bytes
from maskwright.errors import UsageError
from maskwright.runtime.directory import open_directory
from maskwright.runtime.segmenter import OnnxSegmenter


def export(model: Path, file: Path, *, overwrite: bool = False) -> int:
    """Write the ONNX file of a model directory, after checking that it runs.

    Args:
        model: the model directory.
        file: where to write; must end in .onnx.
        overwrite: replace a file that is there.

    Returns:
        The number of bytes written.

    Raises:
        ModelError: the directory cannot be used.
        UsageError: another ending, the file exists, or it cannot be written.
    """
    if file.suffix.lower() != ".onnx":
        raise UsageError(f"{file}: exported is an ONNX file; give it a name that ends in .onnx")
    if file.is_dir() or (file.exists() and not overwrite):
        raise UsageError(f"{file}: exists; choose another name, or --overwrite it")
    data = open_directory(model).read("model.onnx")
    OnnxSegmenter(data, str(model / "model.onnx"))
    try:
        write_bytes(file, data)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written ({error.strerror or error})") from error
    return len(data)
