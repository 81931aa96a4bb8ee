"""What is scored: a model, a classical method or a segmenter, ready to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from maskwright.classical.methods import CLASSICAL, FUSED, NETWORK
from maskwright.classical.seeds.find import Seeds
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.decoding.decode import read_header
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.split import trained_on
from maskwright.data.threads import in_threads
from maskwright.engine.build import CLOSED_GATE, GIVEN, Engines
from maskwright.engine.engine import Engine
from maskwright.errors import DataError, ModelError, UsageError
from maskwright.evaluation.predicted import Predicted, ScoredMethod
from maskwright.metrics.numbers import counted
from maskwright.runtime.bundled import bundled_name
from maskwright.runtime.directory import open_directory
from maskwright.runtime.options import InferenceOptions

_NAMED = 4  # photos without seeds in one message


@dataclass(frozen=True)
class ModelFile:
    """What a model says about its training, read before it is loaded.

    Attributes:
        path: the model directory, or an ONNX file alone.
    """

    path: Path

    @cached_property
    def info(self) -> dict[str, Any]:
        """model.json; empty for an ONNX file alone. ModelError where it cannot be used."""
        return dict(open_directory(self.path).info) if self.path.is_dir() else {}

    @property
    def encoding(self) -> MaskEncoding | None:
        """What mask values meant in training, where they do not explain themselves.

        Raises ModelError where model.json says something else.
        """
        kept = self.info.get("mask_encoding")
        try:
            encoding = None if kept is None else MaskEncoding.from_json(kept)
        except (DataError, OverflowError) as error:
            raise ModelError(
                f"{self.path / 'model.json'}: bad mask_encoding; copy or train the model again"
            ) from error
        # Class indices and 0/255 are found out anew: taking one for the other would go unnoticed.
        return encoding if encoding and encoding.kind in ("values", "colours") else None


def without_copies(dataset: Dataset) -> Dataset:
    """Leave out augmented copies, which tell nothing that their photo does not tell.

    Raises:
        DataError: there is nothing else.
    """
    originals = tuple(example for example in dataset.examples if example.parent is None)
    copies = len(dataset.examples) - len(originals)
    if not copies:
        return dataset
    if not originals:
        raise DataError(
            f"{dataset.root}: all {copies} photos are augmented copies of others, and copies never "
            "judge a model: evaluate on photos as they were taken"
        )
    which = "1 augmented copy is" if copies == 1 else f"{copies} augmented copies are"
    said = f"{which} left out: only photos as they were taken judge"
    return replace(dataset, examples=originals, notes=(*dataset.notes, said))


def engine_method(
    engine: Engine, dataset: Dataset, origin: Mapping[str, Any] = MappingProxyType({})
) -> ScoredMethod:
    """Score what an engine finds, as `maskwright predict` does.

    Args:
        engine: segments the photos.
        dataset: what judges it.
        origin: where its predictions come from, beside the seeds.

    Raises:
        DataError: its classes are not those of the data, or photos have no seeds.
    """
    _check_classes(engine.classes, dataset)
    seeds: dict[str, str] = {}
    if engine.seeds is not None:
        _check_seeds(engine.seeds, dataset)
        seeds["seeds"] = engine.seeds.description
    return ScoredMethod(
        lambda example, photo: Predicted.of(engine.segment(photo, name=example.name)),
        {**origin, **seeds},
        tuple(f"seeds: {said}" for said in seeds.values()),
    )


def segmenter_method(segmenter: Segmenter, dataset: Dataset) -> ScoredMethod:
    """Score a segmenter that starts from nothing; raises as `engine_method` does."""
    engine = Engine(segmenter, options=InferenceOptions(limits=dataset.limits))
    return engine_method(engine, dataset)


def classical_method(name: str, dataset: Dataset, seeds: Seeds) -> ScoredMethod:
    """Score a classical method, one of `CLASSICAL`.

    Raises:
        DataError: photos have no seeds.
        UsageError: the data has more than two classes.
    """
    _check_two_classes(name, dataset)
    options = InferenceOptions(limits=dataset.limits)
    return engine_method(Engine(CLASSICAL[name](), seeds, options), dataset, {"method": name})


def engine_methods(
    engines: Engines, dataset: Dataset, model: ModelFile | None
) -> dict[str, ScoredMethod]:
    """Score all methods of one evaluation.

    Args:
        engines: makes them.
        dataset: what judges them.
        model: what the model among them says of itself; None where there is none.

    Raises:
        DataError, ModelError, UsageError: see `engine_method` and `Engines.all`.
    """
    for name in engines.options.methods:
        if name in CLASSICAL:
            _check_two_classes(name, dataset)
    found = {
        name: engine_method(engine, dataset, _origin(name, engines, model))
        for name, engine in engines.all().items()
    }
    for name in (NETWORK, FUSED):
        if model is not None and name in found:
            closed = (CLOSED_GATE,) if name == FUSED and not engines.fused.fuses else ()
            warnings = _flattered(model.path, dataset)
            found[name] = replace(found[name], notes=closed, warnings=warnings)
    return found


def _origin(name: str, engines: Engines, model: ModelFile | None) -> dict[str, Any]:
    """Where the predictions of a method come from, as plain values."""
    options = engines.options.inference
    if name in CLASSICAL:
        return {"method": name}
    if model is None or name == GIVEN:
        kind = type(engines.options.segmenter).__name__
        return {"segmenter": kind, "threshold": options.threshold}
    ways = {
        "fast": options.fast or None,
        "tile": options.tile,
        "overlap": options.tile_overlap,
        "enlarge": options.enlarge,
    }
    return {
        **({"method": FUSED} if name == FUSED else {}),
        "model": str(model.path),
        "model_sha256": engines.model.fingerprint,
        "model_seed": model.info.get("seed"),
        "threshold": options.threshold,
        **{way: value for way, value in ways.items() if value is not None},
    }


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


def _check_two_classes(name: str, dataset: Dataset) -> None:
    if len(dataset.classes) > 2:
        raise UsageError(
            f"--method {name}: it parts one foreground from the background, and the masks of "
            f"{dataset.root} hold {', '.join(dataset.classes)}: leave it out"
        )


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
