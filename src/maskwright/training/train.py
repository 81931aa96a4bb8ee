"""`train`: a folder of photos and masks becomes a model directory."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from maskwright.data.dataset import Dataset
from maskwright.data.doctor.numbers import holds_none_out
from maskwright.data.folder import DataFolder
from maskwright.data.split import Split, holdout, to_train_on
from maskwright.data.threads import thread_count
from maskwright.errors import Stopped
from maskwright.runtime.directory import TRAINING
from maskwright.training.claim import FOLDS, claimed_directory
from maskwright.training.control import Control, StepCallback
from maskwright.training.folds.calibrated import Folds
from maskwright.training.folds.trainer import Trainer, checked_folds
from maskwright.training.plan import TrainingRequest
from maskwright.training.run import Run, TrainResult
from maskwright.training.setup import Setup, set_up
from maskwright.training.validate import Holdout

_log = logging.getLogger(__name__)
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
    on_step: StepCallback | None = None,
    stop: threading.Event | None = None,
) -> TrainResult:
    """Train a U-Net on a folder of photos and masks.

    The same data, options, steps, seed and threads give the same weights bit for bit on a CPU,
    also when the run was killed and resumed.

    Training works in any thread, and several threads may train at once, each into a folder of its
    own: the weights are the same as those of a training alone. Torch has one number of `threads`
    and accelerate one `device` for the whole program, so give all of them the same.

    Args:
        data: the folder, see docs/reference/data-folder.md; a `DataFolder` also says how to
            read it.
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
            docs/reference/training.md), "none", or "paper" for its six techniques.
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
        on_step: called after each step, in this thread, with a `TrainingStep`; in the main
            process, where there are several. If it raises an exception, a checkpoint is saved,
            the exception leaves `train`, and `resume` goes on.
        stop: set it from another thread, or from `on_step`, to end training as Ctrl-C does: the
            current step is finished, a checkpoint and the model so far are saved, the result is
            marked `interrupted`, and `resume` goes on to the same weights as without a stop.

    Raises:
        DataError: the data cannot be used; the message lists every problem.
        ModelError: the model to start from or the checkpoint cannot be used.
        UsageError: options that do not fit together, or an `out` that exists.
    """
    begin = time.perf_counter()
    out = Path(out)
    request = TrainingRequest(
        recipe=recipe,
        start=str(start or ""),
        encoder=encoder,
        size=size,
        augment=augment,
        minutes=minutes,
        steps=steps,
        seed=seed,
        folds=folds,
    )
    setup = set_up(
        DataFolder.of(data),
        request,
        device=device,
        # The threads of the first try decide the weights, also where there are fewer cores now.
        threads=threads if resume else thread_count(threads),
        encoder_weights=Path(encoder_weights) if encoder_weights else None,
        earlier=out / TRAINING if resume and not overwrite else None,
    )
    for note in setup.dataset.notes:
        _log.info("%s", note)
    if folds is None:
        parts = [_split(setup.dataset, seed)]
    else:
        parts = checked_folds(setup, folds, "--folds")
    network = setup.new_network()
    main = setup.accelerator.is_main_process
    control = Control(on_step, stop or threading.Event(), bar=progress)
    with ExitStack() as stack:
        if main:
            stack.enter_context(claimed_directory(out, resume=resume, overwrite=overwrite))
        setup.accelerator.wait_for_everyone()
        run = _run(setup, parts, out, device, control)
        try:
            result = run.make(network, begin=begin)
        except Stopped:  # while the models of the folds were trained or scored
            return TrainResult(out, {}, "", 0, interrupted=True)
    if main and not result.interrupted:
        shutil.rmtree(out / TRAINING / FOLDS, ignore_errors=True)
    return result


def _run(setup: Setup, parts: Sequence[Split], out: Path, device: str, control: Control) -> Run:
    """The run on one split into training and validation, or on several, the folds."""
    cache = setup.cache_folder(out)
    if setup.request.folds is None:
        (split,) = parts
        train_pairs = setup.load_pairs(split.train, cache / "train")
        val_pairs = setup.load_pairs(split.val, cache / "val")
        validation = Holdout(setup, split, train_pairs, val_pairs).validation
        return Run(setup, split, train_pairs, val_pairs, out, validation, control)
    trainer = Trainer.of(setup, parts, device, cache / "train")
    control = replace(control, model=len(parts) + 1, models=len(parts) + 1)
    validation = Folds(trainer, out, control).validation
    split, pairs = Split(tuple(trainer.pairs), ()), list(trainer.pairs.values())
    return Run(setup, split, pairs, [], out, validation, control)


def _split(dataset: Dataset, seed: int) -> Split:
    """The data's own split where it has one, else a part held out, if there are enough pairs."""
    if holds_none_out(dataset.examples, dataset.sources):
        return Split(tuple(example.name for example in to_train_on(dataset)), ())
    return holdout(dataset, fraction=_HELD_OUT, seed=seed)
