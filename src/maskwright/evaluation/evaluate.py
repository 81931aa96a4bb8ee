"""`evaluate`: score one or more methods against the true masks of a data folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.threads import cores, thread_count
from maskwright.engine.build import FOLDER, Engines, MethodOptions
from maskwright.evaluation.methods import ModelFile, engine_methods, without_copies
from maskwright.evaluation.predicted import folder_method
from maskwright.evaluation.request import check, default_methods
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import Progress, score_sources
from maskwright.runtime.bundled import find_model
from maskwright.runtime.options import InferenceOptions


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
    fast: bool = False,
    tile: int | None = None,
    overlap: float | None = None,
    enlarge: str | None = None,
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
        fast, tile, overlap, enlarge: how the model runs, see `predict`.
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
    labelled = DataFolder.of(data)
    names = default_methods(predictions, segmenter) if methods is None else tuple(methods)
    folder = _path(predictions)
    options = MethodOptions(
        methods=tuple(name for name in names if name != FOLDER),
        model=model,
        segmenter=segmenter,
        seeds=SeedOptions(box, _path(scribbles), _path(prior), seeds),
        inference=InferenceOptions(
            device=device,
            threads=1,  # a photo for each core
            fast=fast,
            tile=tile,
            overlap=overlap,
            enlarge=enlarge,
            threshold=threshold,
            limits=labelled.limits,
        ),
    )
    check(options, folder, names)
    known = ModelFile(find_model(model)) if options.needs_model else None
    dataset = _opened(labelled, known)
    judged = without_copies(dataset)
    engines = Engines(options, judged.root, [example.name for example in judged.examples])
    if known is not None:
        judged = _with_bits(judged, labelled.bits or engines.model.metadata.bits)
    found = engine_methods(engines, judged, known)
    if folder is not None:
        found[FOLDER] = folder_method(folder, judged)
    return score_sources(
        judged,
        {name: found[name] for name in names},
        workers=thread_count(threads) or cores(),
        gallery=gallery,
        on_photo=on_photo,
    )


def _opened(folder: DataFolder, model: ModelFile | None) -> Dataset:
    # What the caller or DATA itself says of mask values goes before what the model remembers.
    said = folder.values is not None or folder.ignore is not None
    said = said or (folder.root / "dataset.yaml").is_file()
    encoding = None if said or model is None else model.encoding
    dataset = open_dataset(folder, encoding=encoding, scoring=True)
    if encoding is None:
        return dataset
    said_aloud = f"as in the model's training, {encoding.describe()}"
    return replace(dataset, notes=(*dataset.notes, said_aloud))


def _with_bits(dataset: Dataset, bits: int | None) -> Dataset:
    """Read 16-bit photos as `predict` reads them: with the bits of the model's training."""
    if dataset.bits is None or bits in (None, dataset.bits):
        return dataset
    said = f"as in the model's training, 16-bit photos are read with {bits} bits"
    return replace(dataset, bits=bits, notes=(*dataset.notes, said))


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
