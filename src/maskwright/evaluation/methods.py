"""What is evaluated: a model, a classical method, masks in files, ready to predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maskwright.classical.methods import CLASSICAL, FUSED
from maskwright.classical.seeds.find import Seeds
from maskwright.core import Segmenter, thresholded
from maskwright.data.dataset import Dataset
from maskwright.data.decode import read_header
from maskwright.data.encoding import MaskEncoding
from maskwright.data.split import trained_on
from maskwright.data.threads import in_threads
from maskwright.errors import DataError, UsageError
from maskwright.evaluation.predicted import Predictor, from_folder, from_segmenter, from_telling
from maskwright.fusion.decision import Tell, Telling
from maskwright.metrics.numbers import counted
from maskwright.runtime.bundled import bundled_name
from maskwright.runtime.directory import open_directory
from maskwright.runtime.segmenter import SHUT_GATE, follows_photo, load

_NAMED = 4  # photos without seeds in one message


@dataclass(frozen=True)
class Source:
    """Predictions to be scored.

    Attributes:
        predict: gives the prediction for one photo.
        method: where they come from; plain values for the report.
        notes: what a reader of the figures must know.
        warnings: why the figures mislead.
    """

    predict: Predictor
    method: dict[str, Any]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A model that was loaded, and what it says about its training.

    Attributes:
        path: the model directory, or an ONNX file alone.
        segmenter: the model itself.
        fingerprint: sha256 of its ONNX file.
        info: model.json; empty for an ONNX file alone.
        telling: the same, made to tell what GrabCut decides; None where that is nothing.
    """

    path: Path
    segmenter: Segmenter
    fingerprint: str
    info: dict[str, Any]
    telling: Telling | None = None

    @property
    def encoding(self) -> MaskEncoding | None:
        """What mask values meant in training, where they do not explain themselves."""
        kept = self.info.get("mask_encoding")
        encoding = None if kept is None else MaskEncoding.from_json(kept)
        # Class indices and 0/255 are found out anew: taking one for the other would go unnoticed.
        return encoding if encoding and encoding.kind in ("values", "colours") else None


def open_model(path: Path, device: str, *, fuse: bool = False) -> Model:
    """Load a model to be called from several threads, alone or with GrabCut.

    Raises:
        ModelError: it cannot be used.
        UsageError: no such device, or more than two classes to fuse.
    """
    info = dict(open_directory(path).info) if path.is_dir() else {}
    segmenter = load(path, threads=1, device=device, fuse=fuse)
    telling = segmenter.telling if segmenter.fuses else None
    return Model(path, segmenter, segmenter.fingerprint, info, telling)


def without_copies(dataset: Dataset) -> Dataset:
    """Leave out changed copies, which tell nothing that their photo does not tell.

    Raises:
        DataError: there is nothing else.
    """
    originals = tuple(example for example in dataset.examples if example.parent is None)
    copies = len(dataset.examples) - len(originals)
    if not copies:
        return dataset
    if not originals:
        raise DataError(
            f"{dataset.root}: all {copies} photos are changed copies of others, and copies never "
            "judge a model: evaluate on photos as they were taken"
        )
    which = "1 changed copy is" if copies == 1 else f"{copies} changed copies are"
    said = f"{which} left out: only photos as they were taken judge"
    return replace(dataset, examples=originals, notes=(*dataset.notes, said))


def folder_source(folder: Path, dataset: Dataset) -> Source:
    """Evaluate a folder of predicted masks; raises DataError as `from_folder` does."""
    predict, notes = from_folder(folder, dataset)
    return Source(predict, {"predictions": str(folder)}, tuple(notes))


def model_source(model: Model, dataset: Dataset, threshold: float | None) -> Source:
    """Evaluate a model; raises as `segmenter_source` does."""
    source = segmenter_source(model.segmenter, dataset, threshold=threshold)
    method = {
        "model": str(model.path),
        "model_sha256": model.fingerprint,
        "model_seed": model.info.get("seed"),
        "threshold": threshold,
    }
    return Source(source.predict, method, warnings=_flattered(model.path, dataset))


def fused_source(model: Model, dataset: Dataset, threshold: float | None) -> Source:
    """Evaluate a model that was asked to fuse; raises as `segmenter_source` does."""
    source = model_source(model, dataset, threshold)
    source = replace(source, method={"method": FUSED, **source.method})
    telling = model.telling
    if telling is None:
        return replace(source, notes=(SHUT_GATE,))

    def told(tell: Tell) -> Segmenter:
        segmenter = telling(tell)
        return segmenter if threshold is None else thresholded(segmenter, threshold)

    return replace(source, predict=from_telling(told, follows=follows_photo(model.segmenter)))


def _flattered(model: Path, dataset: Dataset) -> tuple[str, ...]:
    """What is to be said where the model knows photos that judge it."""
    seen = trained_on(model / "splits.json", dataset)
    if not seen:
        return ()
    photos = len(dataset.examples)
    name = bundled_name(model)
    where = model / "metrics.json" if name is None else f"`maskwright info {name}`"
    which = f"{len(seen)} of these {photos} photos" if photos > 1 else "this photo"
    return (
        f"the model was trained on {which} ({', '.join(seen[:3])}{', …' if seen[3:] else ''}), so "
        f"the figures flatter it; for those of photos held out in training see {where}",
    )


def segmenter_source(
    segmenter: Segmenter,
    dataset: Dataset,
    *,
    threshold: float | None = None,
    seeds: Seeds | None = None,
) -> Source:
    """Evaluate any segmenter.

    Args:
        segmenter: called from several threads.
        dataset: what it is to be judged by.
        threshold: foreground above this probability.
        seeds: what it starts from [default: nothing].

    Raises:
        DataError: its classes are not those of the data, or photos have no seeds.
        UsageError: the threshold is not in (0, 1), or there are more than two classes.
    """
    _check_classes(segmenter.classes, dataset)
    follows = follows_photo(segmenter)
    method: dict[str, Any] = {"segmenter": type(segmenter).__name__, "threshold": threshold}
    if threshold is not None:
        try:
            segmenter = thresholded(segmenter, threshold)
        except ValueError as error:
            raise UsageError(f"--threshold {threshold}: {error}") from error
    if seeds is None:
        return Source(from_segmenter(segmenter, follows=follows), method)
    method["seeds"] = seeds.description
    _check_seeds(seeds, dataset)
    predict = from_segmenter(segmenter, seeds, follows=follows)
    return Source(predict, method, (f"seeds: {seeds.description}",))


def classical_source(name: str, dataset: Dataset, seeds: Seeds) -> Source:
    """Evaluate a classical method.

    Args:
        name: one of `CLASSICAL`.
        dataset: what it is to be judged by.
        seeds: what it starts from.

    Raises:
        DataError: photos have no seeds.
        UsageError: the data has more than two classes.
    """
    if len(dataset.classes) > 2:
        raise UsageError(
            f"--method {name}: it parts one foreground from the background, and the masks of "
            f"{dataset.root} hold {', '.join(dataset.classes)}: leave it out"
        )
    source = segmenter_source(CLASSICAL[name](), dataset, seeds=seeds)
    return Source(source.predict, {"method": name, "seeds": seeds.description}, source.notes)


def _check_classes(classes: Sequence[str], dataset: Dataset) -> None:
    # Two names for one thing are common, the same names in another order are a trap.
    shuffled = set(classes) == set(dataset.classes) and tuple(classes) != dataset.classes
    if shuffled or len(classes) != len(dataset.classes):
        raise DataError(
            f"the model knows the classes {', '.join(classes)}, the masks of {dataset.root} hold "
            f"{', '.join(dataset.classes)}: say with --values VALUE=CLASS,... which mask value is "
            "which class, in the model's order"
        )


def _check_seeds(seeds: Seeds, dataset: Dataset) -> None:
    """Find missing and wrong seeds before the work, not in the middle of it."""
    problems = []
    sizes = in_threads(lambda e: read_header(e.image, dataset.limits), dataset.examples)
    for example, size in zip(dataset.examples, sizes, strict=True):
        try:
            seeds.check(example.name, size.height, size.width)
        except DataError as error:
            problems.append(str(error))
    if problems:
        more = len(problems) - _NAMED
        raise DataError(
            "; ".join(problems[:_NAMED])
            + (f"; and {counted(more, 'more photo')}" if more > 0 else "")
        )
