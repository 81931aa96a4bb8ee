"""Where predicted masks come from: a folder of files, or a segmenter that makes them now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.classical.seeds.probabilities import read_levels
from maskwright.core import VOID, Mask
from maskwright.data.dataset import Dataset, Example
from maskwright.data.decoding.decode import Limits, read_header
from maskwright.data.findings import errors
from maskwright.data.masks.count import count
from maskwright.data.masks.decide import decide
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.masks.meaning import Meaning
from maskwright.data.masks.read import read_mask
from maskwright.data.pairs.tables import same_name
from maskwright.data.threads import in_threads
from maskwright.data.walk import image_files
from maskwright.engine.photo import OpenPhoto
from maskwright.engine.segmentation import Segmentation
from maskwright.errors import DataError
from maskwright.fusion.decision import Decision
from maskwright.metrics.numbers import counted
from maskwright.outputs.names import FOLDERS

_NAMED = 8  # files named in one message


@dataclass(frozen=True)
class Predicted:
    """What was predicted for one photo.

    Attributes:
        mask: (H, W) uint8 class indices at the photo's size.
        foreground: (H, W) uint16, probability of class 1 with 65535 for 1; None when unknown or
            when there are more than two classes.
        decision: what GrabCut decided in it beside a network, where that was kept.
    """

    mask: Mask
    foreground: NDArray[np.uint16] | None = None
    decision: Decision | None = None

    @classmethod
    def of(cls, found: Segmentation) -> Predicted:
        """Take from a segmentation what is scored, at the photo's size."""
        plane = found.plane(1).astype(np.uint16, copy=False) if len(found.classes) == 2 else None
        # A photo in tiles has several decisions, and no one picture of them.
        decision = found.decisions[0] if len(found.decisions) == 1 else None
        return cls(found.mask(), plane, decision)


Predictor = Callable[[Example, OpenPhoto], Predicted]
"""Gives the prediction for one photo; may be called from several threads, with a photo each."""


@dataclass(frozen=True)
class ScoredMethod:
    """Predictions to be scored.

    Attributes:
        predict: gives the prediction for one photo.
        method: where they come from; plain values for the report.
        notes: what a reader of the figures must know.
        warnings: why the figures mislead.
    """

    predict: Predictor
    method: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def folder_method(folder: Path, dataset: Dataset) -> ScoredMethod:
    """Read predicted masks from a folder: 0 and 255, or class indices.

    Args:
        folder: holds a mask for every photo of the data set, at the same relative path and stem;
            or what `maskwright predict` wrote, whose masks/ and probs/ are then used.
        dataset: the photos and true masks.

    Raises:
        DataError: no such folder; missing, ambiguous or unreadable masks; values that are
            neither; sizes that differ. All files are named.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder: name the folder of the predicted masks")
    masks = folder / FOLDERS["mask"]
    if not masks.is_dir():
        masks = folder
    files, notes = _paired(masks, dataset)
    encoding = _checked_encoding(files, dataset)
    planes: dict[str, Path] = {}
    if masks != folder and (folder / FOLDERS["prob"]).is_dir() and len(dataset.classes) == 2:
        planes = {
            name: folder / FOLDERS["prob"] / path.relative_to(masks).with_suffix(".png")
            for name, path in files.items()
        }
        missing = [name for name, path in planes.items() if not path.is_file()]
        if missing:
            notes.append(f"no MAE: probabilities are missing for {_listed(missing)}")
            planes = {}

    def predicted(example: Example, _photo: OpenPhoto) -> Predicted:
        name = example.name
        raw = read_mask(files[name], dataset.limits)
        plane = planes.get(name)
        foreground = None if plane is None else _read_plane(plane, raw.size, dataset.limits)
        return Predicted(encoding.decode(raw), foreground)

    return ScoredMethod(predicted, {"predictions": str(folder)}, tuple(notes))


def _paired(masks: Path, dataset: Dataset) -> tuple[dict[str, Path], list[str]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in image_files(masks):
        found[same_name(path.relative_to(masks).with_suffix("").as_posix())].append(path)
    names = [example.name for example in dataset.examples]
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(
            f"{masks}: {len(missing)} of {len(names)} photos have no predicted mask: "
            f"{_listed(missing)}. Predict them too; a mask has the path and the stem of its photo"
        )
    twice = [path for name in names for path in found[name] if len(found[name]) > 1]
    if twice:
        files = _listed([str(path.relative_to(masks)) for path in twice])
        raise DataError(f"{masks}: several masks for one photo: {files}. Keep one of each")
    extra = len(found.keys() - set(names))
    left_out = f"{counted(extra, 'predicted mask')} without a photo in {dataset.root}: left out"
    notes = [left_out] if extra else []
    return {name: found[name][0] for name in names}, notes


def _checked_encoding(files: Mapping[str, Path], dataset: Dataset) -> MaskEncoding:
    """Decide once for the whole folder what its values mean; check all masks and their sizes."""
    counted = in_threads(lambda path: count(read_mask(path, dataset.limits)), files.values())
    counts = dict(zip(files, counted, strict=True))
    sizes = in_threads(lambda e: read_header(e.image, dataset.limits), dataset.examples)
    wrong = [
        f"{files[example.name]} ({counts[example.name].size[1]} x {counts[example.name].size[0]}, "
        f"its photo {size.width} x {size.height})"
        for example, size in zip(dataset.examples, sizes, strict=True)
        if counts[example.name].size != (size.height, size.width)
    ]
    if wrong:
        raise DataError(
            f"{len(wrong)} predicted masks differ in size from their photo: {_listed(wrong)}. "
            "Resize them to the photo's upright size with nearest-neighbour interpolation"
        )
    encoding, findings = decide(counts, Meaning(classes=dataset.classes))
    cure = (
        "Save predictions as 8-bit PNG, either 0 and 255 or class indices 0 to "
        f"{len(dataset.classes) - 1}"
    )
    faults = "; ".join(fault.problem for fault in errors(findings))
    if faults or encoding is None or encoding.kind not in ("binary", "index"):
        raise DataError(f"predicted masks: {faults or 'neither grey nor class indices'}. {cure}")
    void = [name for name in files if encoding.tally(counts[name])[0][VOID]]
    if void:
        raise DataError(
            f"predicted masks with the value 255, void, among class indices: {_listed(void)}. "
            f"A prediction names a class for every pixel. {cure}"
        )
    return encoding


def _read_plane(path: Path, size: tuple[int, int], limits: Limits) -> NDArray[np.uint16]:
    """A probability of each pixel, 65535 for 1, from an 8-bit or a 16-bit grey file."""
    plane, top = read_levels(path, limits)
    if plane.shape != size:
        raise DataError(
            f"{path}: {plane.shape[1]} x {plane.shape[0]} pixels, its mask {size[1]} x {size[0]}: "
            "predict the photo again with --save mask,prob"
        )
    return plane * np.uint16(65535 // top)


def _listed(names: Sequence[str]) -> str:
    text = ", ".join(names[:_NAMED])
    return text if len(names) <= _NAMED else f"{text} and {len(names) - _NAMED} more"
