"""predict.jsonl: what was done to each photo, and what an interrupted batch has still to do.

A photo gets a line of JSON before its first output, which claims the files, and another one after
its last. A process killed at any moment leaves no file that no line tells of, and at worst one torn
line, which does not count. Several runs may add lines at the same time; the last one that ends
keeps one line per photo.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias

from maskwright.files import open_regular, sha256_of, write_bytes
from maskwright.locks import append_line

FILE = "predict.jsonl"
MOST_BYTES = 2**20
"""Longer lines of predict.jsonl do not count: none of ours comes near."""
_MOST = 1e15  # no figure of a photo comes near
UNFINISHED = "not finished: the run was stopped"
"""The error of a photo whose outputs were being written."""


@dataclass(frozen=True, kw_only=True)
class PhotoResult:
    """What predicting one photo gave; a line of predict.jsonl.

    Attributes:
        name: the photo's name inside OUT, without folder of outputs and without .png.
        input: the photo's path as it was found.
        sha256: of the photo's file; empty when it could not be read.
        model: sha256 of the ONNX file, or the name of a method that needs none; None where
            nothing tells the segmenter or its seeds from others.
        options: all that decides what the outputs hold; `seeds` says where they came from.
        outputs: path inside OUT -> sha256 of the file; those written before it, where it failed.
        kept: paths inside OUT of its other files, left there by runs with other options or by a
            run that was stopped: predict may replace them.
        width: of the upright photo, in pixels.
        height: of the upright photo, in pixels.
        seconds: time the photo took, decoding and writing included.
        foreground: share of the pixels that are not background.
        confidence: mean over the pixels of the highest class probability.
        error: why the photo failed; None when it did not.
    """

    name: str
    input: str
    sha256: str
    model: str | None
    options: Mapping[str, Any]
    outputs: Mapping[str, str] = field(default_factory=dict)
    kept: Sequence[str] = field(default_factory=list)
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    foreground: float | None = None
    confidence: float | None = None
    error: str | None = None


def read_results(path: Path) -> dict[str, PhotoResult]:
    """Read predict.jsonl: name -> result; the last line of a name counts, damaged lines do not.

    Raises:
        OSError: it is no regular file, or cannot be read.
    """
    if not path.exists():
        return {}
    found = (_parsed(line) for line in _lines(path))
    return {result.name: result for result in found if result is not None}


def _lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a file; the ends of those that are too long are torn lines."""
    with open_regular(path) as file:
        whole = True
        while line := file.readline(MOST_BYTES):
            if whole and line.endswith(b"\n"):
                yield line
            whole = line.endswith(b"\n")


def write_results(path: Path, results: Iterable[PhotoResult]) -> None:
    """Replace predict.jsonl by one line per result."""
    write_bytes(path, b"".join(map(_line, results)))


def is_done(earlier: PhotoResult, now: PhotoResult, out: Path) -> bool:
    """Whether an earlier run did just this, and its outputs are still there, unchanged.

    Args:
        earlier: the photo's line of predict.jsonl.
        now: what is to be done: input, sha256, model and options count.
        out: the output folder.
    """
    return (
        earlier.error is None
        and now.model is not None
        and (earlier.sha256, earlier.model) == (now.sha256, now.model)
        and earlier.options == now.options
        and bool(earlier.outputs)
        and all(
            os.path.isfile(out / name) and sha256_of(out / name) == digest
            for name, digest in earlier.outputs.items()
        )
    )


Journal: TypeAlias = Callable[[PhotoResult], None]
"""Adds a line to predict.jsonl, from any thread."""


def journal_of(path: Path) -> Journal:
    """What adds lines to predict.jsonl; the first line makes it.

    A line is handed to the system at once: killing the process cannot undo it.
    """

    def append(result: PhotoResult) -> None:
        append_line(path, _line(result))

    return append


def _line(result: PhotoResult) -> bytes:
    # ASCII only: a file name that is not valid UTF-8 still gives valid JSON.
    return json.dumps(asdict(result)).encode() + b"\n"


def _parsed(line: bytes) -> PhotoResult | None:
    try:
        raw = json.loads(line, parse_constant=_refuse)
        result = PhotoResult(**{one.name: raw[one.name] for one in fields(PhotoResult)})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return result if _is_sound(result) else None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _is_sound(result: PhotoResult) -> bool:
    """Whether all values of a line have their types."""
    shares = (result.foreground, result.confidence)
    return (
        all(isinstance(text, str) for text in (result.name, result.input, result.sha256))
        and all(isinstance(text, str | None) for text in (result.model, result.error))
        and isinstance(result.options, dict)
        and all(map(_is_option, result.options.values()))
        and isinstance(result.outputs, dict)
        and all(isinstance(digest, str) for digest in result.outputs.values())
        and isinstance(result.kept, list)
        and all(isinstance(path, str) for path in result.kept)
        and all(type(side) is int for side in (result.width, result.height))
        and _is_number(result.seconds)
        and all(share is None or _is_number(share) for share in shares)
    )


def _is_option(value: Any) -> bool:
    several = value if isinstance(value, list) else [value]
    return all(one is None or isinstance(one, str | int | float) for one in several)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < _MOST
