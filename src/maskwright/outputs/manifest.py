"""predict.jsonl: what was done to each photo, and what an interrupted batch has still to do.

A photo gets a line of JSON before its first output, which claims the files, and another one after
its last. A process killed at any moment leaves no file that no line tells of, and at worst one torn
last line, which does not count. A run that ends keeps one line per photo.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeAlias

from maskwright.files import sha256_of, write_bytes

FILE = "predict.jsonl"
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
    """Read predict.jsonl: name -> result; the last line of a name counts, torn lines do not."""
    results: dict[str, PhotoResult] = {}
    if not path.exists():
        return results
    with path.open("rb") as file:
        for line in file:
            result = _parsed(line)
            if result is not None:
                results[result.name] = result
    return results


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
            (out / name).is_file() and sha256_of(out / name) == digest
            for name, digest in earlier.outputs.items()
        )
    )


Journal: TypeAlias = Callable[[PhotoResult], None]
"""Adds a line to predict.jsonl, from any thread."""


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """Open predict.jsonl while a batch runs; it is made if there is none.

    A line is handed to the system at once: killing the process cannot undo it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A torn last line must not swallow the first one of this run.
    torn = path.exists() and path.read_bytes()[-1:] not in (b"", b"\n")
    with path.open("ab") as file:
        if torn:
            file.write(b"\n")

        def append(result: PhotoResult) -> None:
            # Python's buffered files have a lock of their own: lines of two threads never mix.
            file.write(_line(result))
            file.flush()

        yield append


def _line(result: PhotoResult) -> bytes:
    # ASCII only: a file name that is not valid UTF-8 still gives valid JSON.
    return json.dumps(asdict(result)).encode() + b"\n"


def _parsed(line: bytes) -> PhotoResult | None:
    if not line.endswith(b"\n"):
        return None
    try:
        raw = json.loads(line)
        result = PhotoResult(**{one.name: raw[one.name] for one in fields(PhotoResult)})
        known = isinstance(result.outputs, dict) and isinstance(result.kept, list)
        return result if known else None
    except (ValueError, KeyError, TypeError):
        return None
