"""`evaluate`: score one or more methods against the true masks of a data folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.classical.methods import FUSED, NETWORK
from maskwright.classical.seeds.find import Seeds, find_seeds
from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.threads import cores
from maskwright.evaluation.methods import (
    Model,
    Source,
    classical_source,
    folder_source,
    fused_source,
    model_source,
    open_model,
    segmenter_source,
    without_copies,
)
from maskwright.evaluation.remembered import remembered
from maskwright.evaluation.request import (
    FOLDER,
    GIVEN,
    Request,
    check,
    default_methods,
)
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import Progress, score_sources
from maskwright.runtime.bundled import find_model


def evaluate(
    data: str | Path | DataFolder,
    *,
    model: str | Path | None = None,
    predictions: str | Path | None = None,
    segmenter: Segmenter | None = None,
    methods: Sequence[str] | None = None,
    box: str | None = None,
    scribbles: str | Path | None = None,
    prior: str | Path | None = None,
    seeds: str | None = None,
    threshold: float | None = None,
    threads: int | None = None,
    device: str = "auto",
    gallery: int = 0,
    on_photo: Progress | None = None,
) -> Scores:
    """Score a model, predicted masks, a segmenter or several methods against true masks.

    Changed copies of photos, as `maskwright augment` makes them, are left out.

    Args:
        data: the folder; a `DataFolder` also says how to read it.
        model: a model directory or ONNX file [default: $MASKWRIGHT_MODEL, ./model, "subject"].
        predictions: a folder of masks, 0 and 255 or class indices, each with the relative path
            and the stem of its photo; or an output folder of `maskwright predict`.
        segmenter: called from several threads.
        methods: what to compare, the headline first: "unet", which is the model, "fused", the
            model with GrabCut, "grabcut", "grabcut-opencv", "siox", "predictions" and "segmenter"
            [default: "predictions" or "segmenter" where one is given, else "unet"].
        box: seeds of the classical methods, and of `segmenter`: "x0,y0,x1,y1" for every photo,
            or a JSON file of boxes by photo.
        scribbles: seeds: a file or folder of strokes.
        prior: seeds: a folder of probabilities of the foreground.
        seeds: "model": the model's probabilities are the seeds. With none of these four the
            classical methods take the boxes of boxes.json in `data`, else a centred box.
        threshold: foreground above this probability, in (0, 1); for a model or segmenter with
            two classes.
        threads: processor threads, which is also how many photos are in work at once
            [default: all cores].
        device: auto, cpu, cuda or mps.
        gallery: make pictures of this many photos, the worst of the first method.
        on_photo: called in this thread after each photo with its figures by the first method and
            the number of photos.

    Raises:
        UsageError: the arguments contradict each other.
        DataError: data, predictions or seeds that cannot be used; all files are named.
        ModelError: no model, or one that cannot be used.
    """
    names = default_methods(predictions, segmenter) if methods is None else tuple(methods)
    request = Request(
        methods=names,
        model=model,
        predictions=_path(predictions),
        segmenter=segmenter,
        threshold=threshold,
        seeds=SeedOptions(box, _path(scribbles), _path(prior), seeds),
    )
    check(request)
    loaded = open_model(find_model(model), device) if request.needs_model else None
    fused = open_model(find_model(model), device, fuse=True) if FUSED in names else None
    if loaded is not None and NETWORK in names and request.seeds.source is not None:
        loaded = replace(loaded, segmenter=remembered(loaded.segmenter))
    dataset = _opened(DataFolder.of(data), loaded)
    judged = without_copies(dataset)
    start = _seeds(request.seeds, judged, loaded) if request.needs_seeds else None
    sources = {name: _source(name, request, judged, loaded, fused, start) for name in names}
    workers = threads or cores()
    return score_sources(judged, sources, workers=workers, gallery=gallery, on_photo=on_photo)


def _opened(folder: DataFolder, model: Model | None) -> Dataset:
    # What the caller or DATA itself says of mask values goes before what the model remembers.
    said = folder.values is not None or folder.ignore is not None
    said = said or (folder.root / "dataset.yaml").is_file()
    encoding = None if said or model is None else model.encoding
    dataset = open_dataset(folder, encoding=encoding)
    if encoding is None:
        return dataset
    said_aloud = f"as in the model's training, {encoding.describe()}"
    return replace(dataset, notes=(*dataset.notes, said_aloud))


def _seeds(options: SeedOptions, dataset: Dataset, model: Model | None) -> Seeds:
    return find_seeds(
        box=options.box,
        scribbles=options.scribbles,
        prior=options.prior,
        model=None if options.source is None or model is None else model.segmenter,
        data=dataset.root,
        limits=dataset.limits,
        photos=[example.name for example in dataset.examples],
    )


def _source(
    name: str,
    request: Request,
    dataset: Dataset,
    model: Model | None,
    fused: Model | None,
    seeds: Seeds | None,
) -> Source:
    """Make one method ready to predict."""
    if name == NETWORK and model is not None:
        return model_source(model, dataset, request.threshold)
    if name == FUSED and fused is not None:
        return fused_source(fused, dataset, request.threshold)
    if name == FOLDER and request.predictions is not None:
        return folder_source(request.predictions, dataset)
    if name == GIVEN and request.segmenter is not None:
        own = seeds if request.seeds.named else None
        return segmenter_source(request.segmenter, dataset, threshold=request.threshold, seeds=own)
    assert seeds is not None, "check() lets only classical methods come here, and they have seeds"
    return classical_source(name, dataset, seeds)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
