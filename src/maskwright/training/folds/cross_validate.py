"""`cross_validate`: every labelled photo scored by a model that never saw it or its relatives."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from maskwright.classical.methods import FUSED, NETWORK
from maskwright.classical.seeds.options import SeedOptions
from maskwright.data.folder import DataFolder
from maskwright.data.photo import find_photos
from maskwright.data.threads import cores, thread_count
from maskwright.engine.build import MethodOptions
from maskwright.errors import UsageError
from maskwright.evaluation.request import check
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import Progress
from maskwright.training.claim import CACHE, WORK, claimed_work
from maskwright.training.control import Control, StepCallback
from maskwright.training.folds.cross_validation import CrossValidation
from maskwright.training.folds.trainer import Trainer, checked_folds, fewer_photos
from maskwright.training.plan import TrainingRequest
from maskwright.training.setup import set_up


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
    on_step: StepCallback | None = None,
    stop: threading.Event | None = None,
) -> Scores:
    """Train a model for each fold of a data folder, and score it on the photos held out from it.

    Folds are of whole sources: photos of one group, near-duplicates and augmented copies stay
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
        on_step: called after each step of each model, see `train`.
        stop: set it from another thread to end the cross-validation after the current step or
            scored photo; `resume` goes on to the same scores.

    Returns:
        The scores of all photos with `study`: threshold, learning curve, suspect masks.

    Raises:
        DataError: the data cannot be used; or fewer sources than folds.
        UsageError: options that do not fit together, no photos in `unlabelled`, or too little time.
        Stopped: `stop` was set; finished models and the current step are kept in `work`.
        KeyboardInterrupt: Ctrl-C; they are kept as well.
    """
    begin = time.perf_counter()
    request = TrainingRequest(
        recipe=recipe,
        start=str(start or ""),
        size=size,
        minutes=minutes,
        steps=steps,
        seed=seed,
        folds=folds,
    )
    compared = MethodOptions(
        tuple(methods), seeds=SeedOptions(box, _path(scribbles), _path(prior), seeds)
    )
    _check(compared)
    if unlabelled is not None:
        find_photos([Path(unlabelled)])  # a folder without photos is told before hours of work
    setup = set_up(
        DataFolder.of(data),
        request,
        device=device,
        threads=threads if resume else thread_count(threads),
        earlier=Path(work) / WORK if work is not None and resume and not overwrite else None,
    )
    splits = checked_folds(setup, folds, "cross-validation")
    shares = fewer_photos(setup.dataset, splits, seed=seed) if learning_curve else {}
    with ExitStack() as stack:
        if work is None:
            work = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        report = Path(work)
        stack.enter_context(claimed_work(report, resume=resume, overwrite=overwrite))
        return CrossValidation(
            trainer=Trainer.of(setup, splits, device, report / WORK / CACHE / "pairs"),
            shares=shares,
            compared=compared,
            work=report / WORK,
            workers=thread_count(threads) or cores(),
            control=Control(on_step, stop or threading.Event(), bar=progress),
            unlabelled=_path(unlabelled),
            gallery=gallery,
            on_photo=on_photo,
        ).run(begin=begin)


def _check(compared: MethodOptions) -> None:
    """Refuse methods that a cross-validation cannot compare.

    Raises:
        UsageError: such a method, or seeds without a method that starts from seeds.
    """
    check(compared, None, compared.methods)
    if NETWORK not in compared.methods:
        raise UsageError(f"cross-validation trains models: name {NETWORK} among the methods")
    if FUSED in compared.methods:
        raise UsageError(
            f"--method {FUSED}: models of a cross-validation learn no gate: leave it out"
        )


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)
