"""`open_dataset`: a data folder as pairs, for training and evaluation."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from maskwright.core import Image, Mask, Pair, resized_mask, shrunk
from maskwright.data.decoding.decode import DEFAULT_LIMITS, Limits
from maskwright.data.doctor.judge import judge
from maskwright.data.findings import Finding, errors, listing, sentences
from maskwright.data.folder import DataFolder
from maskwright.data.image_hash import file_digest
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.masks.read import read_mask
from maskwright.data.pairs.pairing import Example
from maskwright.data.photo import read_photo
from maskwright.data.threads import in_threads
from maskwright.errors import DataError
from maskwright.printable import printable

__all__ = ["Dataset", "Example", "open_dataset"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dataset:
    """Photos with masks whose encoding is known.

    Attributes:
        root: the data folder.
        examples: the pairs, sorted by name.
        encoding: what mask values mean.
        notes: what was decided or left out, one sentence each, for the user.
        limits: what photos and masks may cost.
        bits: how many bits the values of 16-bit photos have; None where there are none.
        findings: the warnings and notes of `check`.
        sources: the source of each example by name: look-alikes, groups and copies are joined.
            Photos of one source belong on one side of a split.
    """

    root: Path
    examples: tuple[Example, ...]
    encoding: MaskEncoding
    notes: tuple[str, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    bits: int | None = None
    findings: tuple[Finding, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; the first is the background."""
        return self.encoding.classes

    def load(self, example: Example, *, shrink_to: int | None = None) -> Pair:
        """Decode one pair.

        Args:
            example: one of `examples`.
            shrink_to: shrink photo and mask to at most this long side; never enlarge.

        Returns:
            The upright sRGB photo and its mask at the same size.

        Raises:
            DataError: a file is damaged, or photo and mask differ in size.
        """
        photo = read_photo(example.image, limits=self.limits, shrink_to=shrink_to, bits=self.bits)
        raw = read_mask(example.mask, self.limits)
        try:
            mask = self.encoding.decode(raw)
        except DataError as error:
            raise DataError(f"{example.mask}: {error}") from error
        image = photo.srgb()
        if shrink_to is None:
            if image.shape[:2] != mask.shape:
                height, width = image.shape[:2]
                raise DataError(
                    f"{example.mask}: {mask.shape[1]} x {mask.shape[0]} pixels, but its photo has "
                    f"{width} x {height}: run `maskwright check`"
                )
            return Pair(example.name, image, mask)
        return Pair(example.name, *_shrunk_together(image, mask, shrink_to))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be looked at before these data are used, one sentence each."""
        return sentences(self.findings, "warning")

    def weights(self, names: Sequence[str]) -> tuple[float, ...]:
        """How often training draws each of these pairs, beside 1."""
        weights = {example.name: example.weight for example in self.examples}
        return tuple(weights[name] for name in names)

    def fingerprint(self) -> str:
        """Identify the data set: two SHA-256 as hex digits, joined by "-".

        The first is over the names and contents of all photos and masks; the second over what is
        known of them: what mask values mean, how many bits 16-bit photos have, and each pair's
        group, parent, technique, split and weight.
        """
        return f"{self._files_digest()}-{self._meaning_digest()}"

    def photo_digests(self) -> dict[str, str]:
        """SHA-256 of each photo's file by name, as hex digits; it does not depend on the name."""
        digests = in_threads(file_digest, [example.image for example in self.examples])
        return {
            example.name: digest.hex()
            for example, digest in zip(self.examples, digests, strict=True)
        }

    def _files_digest(self) -> str:
        digests = in_threads(
            file_digest, [path for e in self.examples for path in (e.image, e.mask)]
        )
        files = [
            (example.name, image.hex(), mask.hex())
            for example, image, mask in zip(self.examples, digests[::2], digests[1::2], strict=True)
        ]
        return _json_digest(files)

    def _meaning_digest(self) -> str:
        said = [(e.name, e.group, e.parent, e.technique, e.split) for e in self.examples]
        weights = [example.weight for example in self.examples]
        weighed = [weights] if any(weight != 1 for weight in weights) else []
        # 16 bits is what data sets of earlier versions had.
        depth = [{"bits": self.bits}] if self.bits not in (None, 16) else []
        return _json_digest([self.encoding.to_json(), said, *weighed, *depth])


def open_dataset(
    data: str | Path | DataFolder,
    *,
    encoding: MaskEncoding | None = None,
    scoring: bool = False,
) -> Dataset:
    """Open a data folder: pair photos with masks and decide what mask values mean.

    The folder is judged as `check` judges it: errors are raised, and warnings are logged, each with
    its cure. Every mask and every photo is decoded once.

    Args:
        data: the folder; a `DataFolder` also says how to read it.
        encoding: what mask values mean, when it is known already, e.g. from a model.
        scoring: the photos judge a model, and none is trained on: what matters only in training
            is left out.

    Raises:
        DataError: the data cannot be used; the message lists all problems, each with its cure.
        UsageError: `values`, `ignore` or `groups` of the `DataFolder` cannot be read.
    """
    folder = DataFolder.of(data)
    judgement = judge(folder, encoding, scoring=scoring)
    found, findings = judgement.survey, judgement.findings
    wrong = errors(findings)
    if wrong or found.encoding is None:
        raise DataError(f"{folder.root} cannot be used as it is:\n{listing(wrong)}")
    warned = [finding for finding in findings if finding.severity == "warning"]
    if warned:
        _log.warning("%s:\n%s", folder.root, printable(listing(warned)))
    return Dataset(
        root=folder.root,
        examples=found.examples,
        encoding=found.encoding,
        notes=sentences(findings, "note"),
        limits=folder.limits,
        bits=found.bits,
        findings=findings,
        sources=judgement.sources,
    )


def _json_digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _shrunk_together(image: Image, mask: Mask, long_side: int) -> tuple[Image, Mask]:
    # The size follows from the mask: the photo may have been decoded at a fraction of its own.
    height, width = mask.shape
    scale = min(1.0, long_side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image = shrunk(image, max(size))
    if image.shape[1::-1] != size:  # a rounding away from the mask's
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return image, resized_mask(mask, size[1], size[0])
