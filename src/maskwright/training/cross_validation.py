"""`cross_validate`: every labelled photo scored by a model that never saw it or its relatives."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from maskwright.classical.methods import FUSED, NETWORK
from maskwright.classical.seeds.options import SeedOptions
from maskwright.data.cache import load_pairs
from maskwright.data.dataset import open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.photo import find_photos
from maskwright.data.split import folds as split_by_source
from maskwright.engine.build import MethodOptions
from maskwright.errors import UsageError
from maskwright.evaluation.request import check
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import Progress
from maskwright.training.crossing import Crossing, Extras
from maskwright.training.default_start import chosen_start
from maskwright.training.folds import Trainer, fewer_photos
from maskwright.training.plan import (
    CACHE,
    WORK,
    Request,
    check_length,
    claim_work,
    earlier_start,
    forget_work,
    has_plan,
)
from maskwright.training.processes import new_accelerator, refuse_several_processes
from maskwright.training.recipes import recipe_named
from maskwright.training.start import named_start, refuse_seen, with_start


def cross_validate(
    data: str | Path | DataFolder,
    *,
    folds: int = 5,
    recipe: str = "fast",
    start: str | Path | None = None,
    size: int | None = None,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    learning_curve: bool = False,
    unlabelled: str | Path | None = None,
    methods: Sequence[str] = (NETWORK,),
    box: str | None = None,
    scribbles: str | Path | None = None,
    prior: str | Path | None = None,
    seeds: str | None = None,
    threads: int | None = None,
    device: str = "auto",
    gallery: int = 0,
    work: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = False,
    on_photo: Progress | None = None,
) -> Scores:
    """Train a model for each fold of a data folder, and score it on the photos held out from it.

    Folds are of whole sources: photos of one group, near-duplicates and changed copies stay
    together. Copies are trained on and never judged. Parts "train" and "val" of the data are
    pooled, "test" is left out. All models take the same number of steps; with the same data,
    options, steps, seed and threads they are the same, also when the run was killed and resumed.

    Args:
        data: the folder; a `DataFolder` also says how to read it.
        folds: how many models, 2 or more.
        recipe: how to train, see `train`.
        start: what each model starts from, and what is chosen by default, see `train`.
        size: another network size than the recipe's, a multiple of 32, see `train`.
        minutes: the time for everything; a few steps are timed, and it becomes a number of steps
            [default: the recipe's].
        steps: of each model, instead of `minutes`.
        seed: of everything random.
        learning_curve: also train on a quarter and on half of the photos.
        unlabelled: a folder of photos to be put in the order in which to label them.
        methods: "unet", which is these models, and classical methods to compare with; the first
            is the headline.
        box, scribbles, prior: seeds of classical methods, see `evaluate`.
        seeds: "model": the models' probabilities are the seeds.
        threads: processor threads [default: what torch chooses; all cores for scoring].
        device: "auto", "cpu", "cuda" or "mps".
        gallery: make pictures of this many photos, the worst of the first method.
        work: folder that gets a folder `cross-validation` with the finished models, so that a
            stopped run can be resumed; `forget_work` removes it [default: a temporary folder].
        resume: go on with the unfinished run in `work`.
        overwrite: begin anew where an unfinished run is in `work`, whatever `resume` says.
        progress: draw progress bars on stderr.
        on_photo: called after each photo that was scored, see `evaluate`.

    Returns:
        The scores of all photos with `study`: threshold, learning curve, suspect masks.

    Raises:
        DataError: the data cannot be used; or fewer sources than folds.
        UsageError: options that do not fit together, no photos in `unlabelled`, or too little time.
        KeyboardInterrupt: Ctrl-C; the step at hand was kept.
    """
    begin = time.perf_counter()
    folder = DataFolder.of(data)
    asked = named_start(start)
    request = Request(
        recipe=recipe,
        start=asked or "",
        encoder=None,
        size=size,
        augment=None,
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
    compared = MethodOptions(
        tuple(methods), seeds=SeedOptions(box, _path(scribbles), _path(prior), seeds)
    )
    check(compared, None, compared.methods)
    if NETWORK not in compared.methods:
        raise UsageError(f"cross-validation is of models: name {NETWORK} among the methods")
    if FUSED in compared.methods:
        raise UsageError(
            f"--method {FUSED}: models of a cross-validation learn no gate: leave it out"
        )
    if unlabelled is not None:
        find_photos([Path(unlabelled)])  # a folder without photos is told before hours of work
    own = recipe_named(recipe, size=size)
    accelerator = new_accelerator(device, threads, own)
    refuse_several_processes(accelerator, "cross-validation")
    dataset = open_dataset(folder)
    if asked is None and work is not None and resume and not overwrite:
        asked = earlier_start(Path(work) / WORK)
    asked = asked or chosen_start(own, dataset, encoder_weights=None)
    refuse_seen(asked, dataset, "cross-validation")
    chosen = with_start(own, asked, classes=len(dataset.classes), size=size)
    request = replace(request, start=asked, size=size if chosen.size == own.size else chosen.size)
    splits = split_by_source(dataset, folds, seed=seed)
    shares = fewer_photos(dataset, splits, seed=seed) if learning_curve else {}
    with ExitStack() as stack:
        if work is None:
            work = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        out = Path(work)
        claim_work(out, resume=resume, overwrite=overwrite)
        stack.callback(_forget_unplanned, out)
        names = {name for split in splits for name in (*split.train, *split.val)}
        pairs = load_pairs(
            dataset,
            [example for example in dataset.examples if example.name in names],
            long_side=2 * chosen.size,
            disk=out / WORK / CACHE / "pairs",
        )
        trainer = Trainer(
            chosen, request, dataset, {pair.name: pair for pair in pairs}, accelerator
        )
        crossing = Crossing(trainer, splits, shares, compared, out / WORK, threads, device)
        extras = Extras(_path(unlabelled), gallery, on_photo)
        return crossing.run(extras, begin=begin, progress=progress)


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def _forget_unplanned(folder: Path) -> None:
    """What was refused before it had a plan leaves nothing that could be resumed."""
    if not has_plan(folder):
        forget_work(folder)
