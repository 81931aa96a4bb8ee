"""Predict photos into a folder: several at once, and go on after a stop."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from maskwright._version import __version__
from maskwright.classical.methods import FUSED, METHODS, NETWORK
from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import Segmenter
from maskwright.data.decoding.decode import DEFAULT_LIMITS
from maskwright.data.photo import FoundPhoto, Limits
from maskwright.data.threads import cores, thread_count
from maskwright.engine.build import CLOSED_GATE, GIVEN, Engines, MethodOptions, check_names
from maskwright.errors import UsageError
from maskwright.locks import shared
from maskwright.outputs.depth import BatchDepth
from maskwright.outputs.inputs import find_inputs
from maskwright.outputs.manifest import FILE, PhotoResult, journal_of, read_results
from maskwright.outputs.names import output_names
from maskwright.outputs.one_photo import Job, predict_photo
from maskwright.outputs.output_folder import finished, refuse_foreign_files, remove_unfinished
from maskwright.outputs.products import Saving, checked_kinds, products, read_background
from maskwright.runtime.options import InferenceOptions

__all__ = ["METHODS", "BatchResult", "predict"]


_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BatchResult:
    """What a batch has done.

    Attributes:
        out: the output folder.
        photos: a result per photo, in the order of the inputs.
        skipped: how many of them an earlier run had done already.
        seconds: time of the whole batch.
        passed_over: files in the folders named that look like photos and were not read, such as
            camera raw files.
        unreadable: folders that could not be listed, with the reason.
    """

    out: Path
    photos: tuple[PhotoResult, ...]
    skipped: int
    seconds: float
    passed_over: tuple[Path, ...] = ()
    unreadable: tuple[tuple[Path, str], ...] = ()

    @property
    def failed(self) -> tuple[PhotoResult, ...]:
        """The photos that could not be predicted; their `error` says why."""
        return tuple(photo for photo in self.photos if photo.error is not None)


def predict(
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    model: str | Path | None = None,
    segmenter: Segmenter | None = None,
    method: str = "unet",
    box: str | Path | None = None,
    scribbles: str | Path | None = None,
    prior: str | Path | None = None,
    seeds: str | None = None,
    save: Sequence[str] = ("mask",),
    threshold: float | None = None,
    background: str | Path | None = None,
    crop: bool = False,
    enlarge: str | None = None,
    fast: bool = False,
    tile: int | None = None,
    overlap: float | None = None,
    threads: int | None = None,
    device: str = "auto",
    bits: int | None = None,
    overwrite: bool = False,
    limits: Limits | None = None,
    on_photo: Callable[[PhotoResult, int], None] | None = None,
) -> BatchResult:
    """Segment photos and save what was found, as `maskwright predict` does.

    A photo that fails is reported in its result and the rest goes on. Calling it again with the
    same arguments does only what is missing: photos whose line in OUT/predict.jsonl fits in
    input, model and options, and whose outputs are unchanged, are skipped.

    Args:
        inputs: photo files, folders (with all folders below), globs and pipes, "-" for the
            standard input; of a data folder, with images/ beside masks/, only the photos.
        out: the output folder; docs/reference/prediction.md says what lies where in it.
        model: a model directory or ONNX file [default: $MASKWRIGHT_MODEL, ./model, "subject"].
        segmenter: use this instead of a model. Unless `load` made it, every photo is redone.
        method: "unet"; "fused", the same with GrabCut, which decides where a gate says that it
            knows better; or a classical one, which needs no model: "grabcut",
            "grabcut-opencv" or "siox". Those start from seeds: from one of the next four, else
            from boxes.json in the data folder of the photos, else from a centred box.
        box: "x0,y0,x1,y1" in pixels of the upright photos, or a JSON file of boxes by photo.
        scribbles: a picture of strokes, or a folder of them named as the photos are.
        prior: a folder of probabilities, as saving "prob" writes them.
        seeds: "model": start from what the model finds.
        save: some of "mask", "cutout", "overlay", "prob".
        threshold: foreground where its probability is more than this, in (0, 1); for models and
            segmenters of two classes. It shifts the probabilities, so they are 1/2 at the mask's
            outline again.
        background: colour or photo that cut-outs are put on.
        crop: cut cut-outs to the bounding box of the mask.
        enlarge: how what was found comes to the size of the photo: "guided", so that outlines
            follow the photo, or "bilinear" [default: what the model says; else bilinear].
            Classical methods and segmenters of your own find their outlines themselves at up to
            2,048 pixels: for them it is only about larger photos.
        fast: spare the mirrored photo, and on a processor compute in 8 bits where the model has a
            file for that: docs/reference/prediction.md says what it costs.
        tile: segment photos larger than this in tiles of so many pixels a side. They are pixels
            of the copy that is segmented: photos over 4,096 pixels are shrunk to that, and to
            2,048 where the model only gives seeds.
        overlap: least share of its side that a tile has in common with the next, 0 to 0.5
            [default: 0.25].
        threads: processor threads, which is also how many photos are in work at once; no more
            than there are cores [default: all cores].
        device: auto, cpu, cuda or mps.
        bits: how many bits the values of 16-bit photos have: 8, 10, 12, 14 or 16 [default: as in
            the model's training, else the fewest that hold the largest value of all photos].
        overwrite: redo every photo, and replace files in OUT that are not from maskwright.
        limits: what a photo may cost [default: 200 megapixels, 512 MiB].
        on_photo: called in this thread after each photo with its result and the number of photos.

    Raises:
        UsageError: no photos, unknown or contradictory options, among them a way to enlarge that
            a model given as `segmenter` was not loaded with; or OUT holds files of someone else.
        ModelError: no model, or one that cannot be used.
        DataError: seeds that cannot be read.
    """
    started = time.perf_counter()
    given = [inputs] if isinstance(inputs, str | Path) else inputs
    if not all(str(one).strip() for one in (*given, out)):
        raise UsageError("an input or the output folder is an empty text: name a path")
    out = Path(out)
    limits = limits or DEFAULT_LIMITS
    found = find_inputs([Path(one) for one in given], out, limits.bytes)
    named = list(zip(output_names(found.photos), found.photos, strict=True))
    threads = thread_count(threads)
    workers = min(threads or cores(), len(named))
    # Several photos: a thread each. One photo: all threads for its network.
    inference = InferenceOptions(
        device=device,
        threads=1 if len(named) > 1 else threads,
        fast=fast,
        tile=tile,
        overlap=overlap,
        enlarge=enlarge,
        threshold=threshold,
        limits=limits,
        bits=bits,
    )
    check_names([method])
    name = GIVEN if segmenter is not None and method == NETWORK else method
    methods = MethodOptions(
        methods=(name,),
        model=model,
        segmenter=segmenter,
        seeds=SeedOptions(box, scribbles, prior, seeds),
        inference=inference,
    )
    engines = Engines(methods, found.data, [name for name, _ in named])
    engine = engines.all()[name]
    if engine.seeds is not None:
        _log.info("seeds: %s", engine.seeds.description)
    if name == FUSED and not engines.fused.fuses:
        _log.info(CLOSED_GATE)
    depth = BatchDepth(engine.bits, [photo.source for photo in found.photos], limits)
    saving = _saving(save, background, crop)
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: a file, where the output folder should be")
    try:
        with shared(out, partial(remove_unfinished, out, saving.kinds)) as use:
            known = read_results(out / FILE)
            if not overwrite:
                classes = engine.classes
                paths = [path for name, _ in named for path in products(name, classes, saving)]
                refuse_foreign_files(out, paths)
            job = Job(
                out=out,
                engine=engine,
                saving=saving,
                options=_options(saving, inference),
                earlier=known,
                redo=overwrite,
                depth=depth,
                limits=limits,
                journal=journal_of(out / FILE),
            )
            done = _run(job, named, workers, on_photo)
            results = finished(use, out, [done[name] for name, _ in named])
    except OSError as error:  # of predict.jsonl; those of a photo are in its result
        raise UsageError(
            f"{out}: cannot be written ({error.strerror or error}); choose another output folder"
        ) from error
    skipped = sum(result is known.get(result.name) for result in results)
    seconds = time.perf_counter() - started
    return BatchResult(out, tuple(results), skipped, seconds, found.passed_over, found.unreadable)


def _run(
    job: Job,
    named: Sequence[tuple[str, FoundPhoto]],
    workers: int,
    on_photo: Callable[[PhotoResult, int], None] | None,
) -> dict[str, PhotoResult]:
    done: dict[str, PhotoResult] = {}
    with ThreadPoolExecutor(workers) as pool:
        for result in _as_completed(pool, job, named, most=2 * workers):
            if result is not job.earlier.get(result.name):
                job.journal(result)
            done[result.name] = result
            if on_photo is not None:
                on_photo(result, len(named))
    return done


def _as_completed(
    pool: ThreadPoolExecutor, job: Job, named: Sequence[tuple[str, FoundPhoto]], *, most: int
) -> Iterator[PhotoResult]:
    """Results as they come, with never more than `most` photos handed out: memory stays flat."""
    to_do = iter(named)
    waiting: set[Future[PhotoResult]] = set()
    try:
        while True:
            for name, photo in islice(to_do, most - len(waiting)):
                waiting.add(pool.submit(predict_photo, job, name, photo))
            if not waiting:
                return
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from map(Future.result, finished)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _saving(save: Sequence[str], background: str | Path | None, crop: bool) -> Saving:
    kinds = checked_kinds(save)
    if "cutout" not in kinds and (background is not None or crop):
        raise UsageError("a background and cropping are for cut-outs: say --save mask,cutout")
    return Saving(kinds, None if background is None else read_background(background), crop)


def _options(saving: Saving, inference: InferenceOptions) -> dict[str, Any]:
    """All that decides what the outputs hold, apart from photo and model."""
    pixels = saving.background
    return {
        "version": __version__,
        "save": list(saving.kinds),
        "threshold": inference.threshold,
        "fast": inference.fast,
        "tile": inference.tile,
        "overlap": inference.tile_overlap,
        "background": None if pixels is None else hashlib.sha256(pixels.tobytes()).hexdigest(),
        "crop": saving.crop,
        "enlarge": inference.enlarge,
    }
