"""`train`: a folder of photos and masks becomes a model directory."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.split import Split, holdout
from maskwright.runtime.directory import TRAINING
from maskwright.training.calibrated import CalibratedRun, parts_of
from maskwright.training.default_start import chosen_start
from maskwright.training.plan import Request, check_length, claimed_directory, earlier_start
from maskwright.training.processes import new_accelerator, refuse_several_processes
from maskwright.training.recipes import recipe_named
from maskwright.training.run import Run, TrainResult
from maskwright.training.start import named_start, new_network, with_start

_log = logging.getLogger(__name__)
_FEWEST_FOR_VALIDATION, _FEWEST_SOURCES = 10, 3
_HELD_OUT = 0.1  # of a few dozen photos, each one not trained on costs accuracy


def train(
    data: str | Path | DataFolder,
    out: str | Path,
    *,
    recipe: str = "fast",
    start: str | Path | None = None,
    encoder: str | None = None,
    encoder_weights: str | Path | None = None,
    size: int | None = None,
    augment: str | None = None,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    device: str = "auto",
    folds: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = False,
) -> TrainResult:
    """Train a U-Net on a folder of photos and masks.

    The same data, options, steps, seed and threads give the same weights bit for bit on a CPU,
    also when the run was killed and resumed.

    Args:
        data: the folder, see docs/data.md; a `DataFolder` also says how to read it.
        out: the model directory to write.
        recipe: "fast", or "paper" for what the paper did.
        start: "imagenet", "scratch", "subject" (the bundled model) or a model directory to go on
            from [default: "subject" for two classes and a network like its own, unless it was
            trained on these very photos or finds nothing of what the masks show; else "imagenet"].
        encoder: another encoder than the recipe's.
        encoder_weights: the ImageNet file of an encoder that no package holds.
        size: another network size than the recipe's, a multiple of 32; where "fast" goes on from
            a model, it is that model's.
        augment: other augmentation than the recipe's: names of parts, joined by commas (see
            docs/training.md), "none", or "paper" for its six techniques.
        minutes: the whole run's time; a few steps are timed and it becomes a number of steps.
        steps: the number of steps, instead of `minutes`.
        seed: of everything random.
        threads: processor threads [default: what torch chooses].
        device: "auto", "cpu", "cuda" or "mps".
        folds: train so many models first, each on all photos but a fold: they score every photo,
            and choose the threshold of the model, which is trained on all. They take half of the
            minutes, or `steps` each.
        resume: go on with the unfinished run in `out`.
        overwrite: replace the model in `out`.
        progress: draw a progress bar on stderr.

    Raises:
        DataError: the data cannot be used; the message lists every problem.
        ModelError: the model to start from or the checkpoint cannot be used.
        UsageError: options that do not fit together, or an `out` that exists.
    """
    begin = time.perf_counter()
    folder = DataFolder.of(data)
    asked = named_start(start)
    request = Request(
        recipe=recipe,
        start=asked or "",
        encoder=encoder,
        size=size,
        augment=augment,
        minutes=minutes,
        steps=steps,
        seed=seed,
        masks=folder.masks,
        values=folder.values,
        ignore=folder.ignore,
        groups=folder.groups,
        folds=folds,
    )
    check_length(request)
    own = recipe_named(recipe, encoder=encoder, size=size, augment=augment)
    accelerator = new_accelerator(device, threads, own)
    dataset = open_dataset(folder)
    for note in dataset.notes:
        _log.info("%s", note)
    weights_file = Path(encoder_weights) if encoder_weights else None
    out = Path(out)
    if asked is None and resume and not overwrite:
        asked = earlier_start(out / TRAINING)
    asked = asked or chosen_start(own, dataset, encoder_weights=weights_file)
    chosen = with_start(own, asked, classes=len(dataset.classes), encoder=encoder, size=size)
    request = replace(request, start=asked, size=size if chosen.size == own.size else chosen.size)
    if folds is not None:
        refuse_several_processes(accelerator, "--folds")
        parts = parts_of(dataset, folds, start=request.start, seed=seed)
    else:
        split = _split(dataset, seed)
    network = new_network(
        chosen,
        len(dataset.classes),
        start=request.start,
        seed=seed,
        encoder_weights=weights_file,
    )
    with ExitStack() as stack:
        if accelerator.is_main_process:
            stack.enter_context(claimed_directory(out, resume=resume, overwrite=overwrite))
        accelerator.wait_for_everyone()
        shown = progress and accelerator.is_main_process
        run: Run
        if folds is not None:
            run = CalibratedRun(
                chosen,
                request,
                dataset,
                parts,
                out,
                accelerator,
                encoder_weights=weights_file,
                device=device,
                progress=shown,
            )
        else:
            run = Run(chosen, request, dataset, split, out, accelerator)
        return run.make(network, begin=begin, progress=shown)


def _split(dataset: Dataset, seed: int) -> Split:
    """The data's own split where it has one, else a part held out, if there are enough pairs."""
    usable = [example for example in dataset.examples if example.part != "test"]
    originals = [example for example in usable if example.parent is None]
    sources = {dataset.sources[example.name] for example in originals}
    named = any(example.part == "val" for example in usable)
    few = len(originals) < _FEWEST_FOR_VALIDATION or len(sources) < _FEWEST_SOURCES
    if few and not named:
        _log.warning(
            "%d pairs of %d sources are too few to hold some out (%d pairs and %d sources are "
            "enough): all are trained on, and the model is not scored",
            len(originals),
            len(sources),
            _FEWEST_FOR_VALIDATION,
            _FEWEST_SOURCES,
        )
        return Split(tuple(example.name for example in usable), ())
    return holdout(dataset, fraction=_HELD_OUT, seed=seed)
