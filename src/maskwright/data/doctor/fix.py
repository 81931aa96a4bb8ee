"""`fix`: write a clean copy of a data folder, in which `check` finds no errors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maskwright.core import Mask, resized_mask
from maskwright.data.decoding.decode import Header, Limits
from maskwright.data.decoding.pixels import upright
from maskwright.data.doctor.duplicates import kept_elsewhere
from maskwright.data.findings import errors, listing
from maskwright.data.folder import DataFolder
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.masks.read import read_mask
from maskwright.data.pairs.dataset_yaml import dataset_yaml
from maskwright.data.pairs.pairing import Example
from maskwright.data.pairs.tables import PairRow, pairs_csv
from maskwright.data.photo import read_photo
from maskwright.data.survey import Survey, same_shape, survey
from maskwright.data.threads import in_threads
from maskwright.data.write import check_place, clean_photo, is_free, write_pair, write_tables
from maskwright.errors import DataError, UsageError
from maskwright.files import beside, replace_folder
from maskwright.locks import claimed

_WRITTEN = {"images", "masks", "pairs.csv", "dataset.yaml"}


@dataclass(frozen=True)
class FixResult:
    """What was written.

    Attributes:
        out: the clean copy.
        pairs: number of pairs in it.
        left_out: files that are not in it, each with the reason.
    """

    out: Path
    pairs: int
    left_out: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        left_out = [{"file": file, "reason": reason} for file, reason in self.left_out]
        return {"out": str(self.out), "pairs": self.pairs, "left_out": left_out}


def fix(data: str | Path | DataFolder, out: str | Path, *, overwrite: bool = False) -> FixResult:
    """Write a clean copy of a data folder, whole or not at all.

    Photos become upright JPEG or PNG files (those that need no change are copied byte for byte),
    masks become PNG files of class indices with 255 for void, and dataset.yaml and pairs.csv say
    the rest. Masks that lie as the photo is stored are turned with it; masks exported smaller at
    the photo's shape are enlarged. What cannot be repaired is left out.

    Args:
        data: the folder; a `DataFolder` also says how to read it.
        out: the copy; neither inside the data folder nor around it.
        overwrite: replace `out` when it is a clean copy and nothing more.

    Raises:
        DataError: the mask encoding is not certain, or no pair is left.
        UsageError: `out` is not empty and must not be replaced, another run is writing it, or an
            option cannot be read.
    """
    folder, out = DataFolder.of(data), Path(out)
    check_place(folder.root, out)
    with claimed(out):
        _check_free(out, overwrite=overwrite)
        return _fix(folder, out)


def _fix(folder: DataFolder, out: Path) -> FixResult:
    root = folder.root
    found = survey(folder)
    if found.encoding is None or any(f.kind in ("table", "two-layouts") for f in found.findings):
        listed = listing(errors(found.findings))
        raise DataError(f"{root} cannot be repaired automatically:\n{listed}")
    left_out = _left_out(found)
    with _replacing_folder(out) as part:
        rows = _write_pairs(found, found.encoding, part, folder.limits, left_out)
        if not rows:
            raise DataError(f"{root}: no pair can be repaired; see `maskwright check {root}`")
        meaning = dataset_yaml(found.encoding.classes)
        write_tables(part, {"pairs.csv": pairs_csv(rows), "dataset.yaml": meaning})
    return FixResult(out, len(rows), tuple(sorted(left_out.items())))


def _check_free(out: Path, *, overwrite: bool) -> None:
    if is_free(out):
        return
    if not (out.is_dir() and {path.name for path in out.iterdir()} == _WRITTEN):
        raise UsageError(f"{out} exists and is not a clean copy: name another folder")
    if not overwrite:
        raise UsageError(f"{out} exists: name another folder, or give --overwrite")


def _left_out(found: Survey) -> dict[str, str]:
    """Files to leave out, with the reason; more come up while pairs are written."""
    kinds = (
        "ambiguous",
        "photo-without-mask",
        "photos-to-predict",
        "mask-without-photo",
        "on-no-list",
    )
    gone = {
        file: finding.problem
        for finding in found.findings
        if finding.kind in kinds
        for file in finding.files
    }
    for example in kept_elsewhere(found.examples):
        gone[found.file(example.image)] = "the same photo is in another split"
    return gone


def _write_pairs(
    found: Survey, encoding: MaskEncoding, part: Path, limits: Limits, left_out: dict[str, str]
) -> list[PairRow]:
    def write(example: Example) -> DataError | None:
        try:
            header = found.headers.get(example.name)
            if header is None:
                raise DataError("the photo cannot be read")
            mask = _mask_of(header, encoding, example, limits)
            # Decoded even when it will be copied: a file cut short has a header in order.
            read_photo(example.image, limits=limits, bits=found.bits)
            photo = clean_photo(example.image, limits, found.bits)
            write_pair(part, example.name, photo, mask, durable=False)
        except DataError as error:
            return error
        return None

    wanted = [e for e in found.examples if found.file(e.image) not in left_out]
    rows = []
    for example, error in zip(wanted, in_threads(write, wanted), strict=True):
        if error is not None:
            left_out[found.file(example.image)] = str(error)
            continue
        rows.append(example.row())
    return rows


def _mask_of(header: Header, encoding: MaskEncoding, example: Example, limits: Limits) -> Mask:
    mask = encoding.decode(read_mask(example.mask, limits))
    size = (header.height, header.width)
    if mask.shape == size:
        return mask
    if mask.shape == header.stored_size:
        return np.asarray(upright(mask, header.orientation), np.uint8)
    if not same_shape(size, (mask.shape[0], mask.shape[1])):
        raise DataError(
            f"the photo has {header.width} x {header.height} pixels, but its mask "
            f"{mask.shape[1]} x {mask.shape[0]}"
        )
    return resized_mask(mask, *size)


@contextmanager
def _replacing_folder(out: Path) -> Iterator[Path]:
    """A new folder beside `out`, which takes its place when the block ends without an error."""
    part = beside(out, ".tmp")
    part.mkdir()
    try:
        yield part
        replace_folder(part, out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
