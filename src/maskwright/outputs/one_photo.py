"""One photo from its file to the finished output files; safe to call from several threads.

Decoding, the network and encoding all run outside Python's lock, so as many threads as cores,
each with a photo of its own, keep the cores busy, and only the photos in work are in memory.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from maskwright.classical.seeds.find import Seeds
from maskwright.data.decoding.decode import Limits, check_size
from maskwright.data.photo import FoundPhoto
from maskwright.engine.engine import Engine
from maskwright.engine.photo import OpenPhoto
from maskwright.engine.segmentation import Segmentation
from maskwright.errors import MaskwrightError
from maskwright.files import open_regular, write_bytes
from maskwright.outputs.depth import BatchDepth
from maskwright.outputs.manifest import UNFINISHED, Journal, PhotoResult, is_done
from maskwright.outputs.products import Saving, products

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """What is the same for all photos of a batch.

    Attributes:
        out: the output folder.
        engine: finds the object.
        saving: what is saved of each photo.
        options: all that decides what the outputs hold, apart from photo and segmenter.
        earlier: results of an earlier run by name; where one fits, the photo is skipped.
        redo: skip none.
        limits: what a photo may cost.
        depth: how 16-bit photos are read.
        journal: gets a line before a photo's files are written.
    """

    out: Path
    engine: Engine
    saving: Saving
    options: Mapping[str, Any]
    earlier: Mapping[str, PhotoResult]
    redo: bool
    limits: Limits
    journal: Journal
    depth: BatchDepth


def predict_photo(job: Job, name: str, photo: FoundPhoto) -> PhotoResult:
    """Segment one photo and write its outputs; what goes wrong becomes part of the result.

    Args:
        job: what is the same for all photos.
        name: the photo's name inside the output folder.
        photo: the photo's file.

    Returns:
        The result; the very object of `job.earlier` when there was nothing to do.
    """
    started = time.perf_counter()
    result = PhotoResult(
        name=name,
        input=str(photo.path),
        sha256="",
        model=job.engine.fingerprint,
        options=job.options,
    )
    earlier = job.earlier.get(name)
    ours = set() if earlier is None else {*earlier.outputs, *earlier.kept}
    outputs: dict[str, str] = {}
    try:
        result = _with_seeds(replace(result, sha256=_sha256(photo, job.limits)), job.engine.seeds)
        bits = job.depth.bits(photo.source)
        if bits is not None:
            result = replace(result, options={**result.options, "bits": bits})
        if earlier is not None and not job.redo and is_done(earlier, result, job.out):
            return earlier
        opened = OpenPhoto(photo.source, job.limits, bits)
        found = job.engine.segment(opened, name=name)
        makers = products(name, job.engine.classes, job.saving)
        job.journal(replace(result, kept=sorted(ours | makers.keys()), error=UNFINISHED))
        for path, make in makers.items():
            data = make(found)
            # Not durable: a power cut may cost a file, which its hash then shows, and waiting for
            # the disk after every photo could take longer than the photo.
            write_bytes(job.out / path, data, durable=False)
            outputs[path] = hashlib.sha256(data).hexdigest()
        result = _described(result, found)
    except Exception as error:  # one bad photo must not cost the other ten thousand
        _log.debug("%s", photo.path, exc_info=True)
        result = replace(result, error=_words(error).removeprefix(f"{photo.path}: "))
    # Not Path.is_file: predict.jsonl may hold paths that no file can have.
    kept = sorted(path for path in ours - outputs.keys() if os.path.isfile(job.out / path))
    seconds = round(time.perf_counter() - started, 4)
    _log.debug("%s: %.3f s", photo.path, seconds)
    return replace(result, outputs=outputs, kept=kept, seconds=seconds)


def _sha256(photo: FoundPhoto, limits: Limits) -> str:
    """SHA-256 of a photo's file, after a look at what it is and how large."""
    if photo.content is not None:
        return hashlib.sha256(photo.content).hexdigest()
    with open_regular(photo.path) as file:
        check_size(os.fstat(file.fileno()).st_size, str(photo.path), limits)
        return hashlib.file_digest(file, "sha256").hexdigest()


def _words(error: Exception) -> str:
    if isinstance(error, MaskwrightError):
        return str(error)
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


def _with_seeds(result: PhotoResult, seeds: Seeds | None) -> PhotoResult:
    """What is to be done, with the photo's own seeds among the options that decide it."""
    if seeds is None:
        return result
    fingerprint = seeds.fingerprint(result.name)
    # Without a fingerprint of its seeds nothing tells this result from others.
    model = None if fingerprint is None else result.model
    return replace(result, model=model, options={**result.options, "seeds": fingerprint})


def _described(result: PhotoResult, found: Segmentation) -> PhotoResult:
    # Plane by plane: along a last axis as short as K numpy is far slower.
    planes = cv2.split(found.probs)
    highest = reduce(np.maximum, planes)
    return replace(
        result,
        width=found.size[1],
        height=found.size[0],
        foreground=round(float(np.mean(highest > planes[0])), 6),
        confidence=round(float(np.mean(highest)), 6),
    )
