"""The plan of a run: its options and decisions, written before the first step. A resumed run
follows the plan instead of a clock, and is refused with other options."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.errors import ModelError, UsageError
from maskwright.files import remove, remove_leftovers, write_json
from maskwright.locks import alone, lock_in
from maskwright.runtime.directory import MANIFEST, PLAN, TRAINING

CACHE = "cache"
"""Folder of decoded pairs inside the training folder."""
FOLDS = "folds"
"""Folder of the models of a cross-validation, inside its work folder or the training folder."""
WORK = "cross-validation"
"""Folder of an unfinished cross-validation, beside its report. It is not called as the training
folder of a model is, so that the two are never confused."""
# The plan goes last: a run that is killed while it clears up is still known, and cleared up later.
_LEFT_BY_A_RUN = (CACHE, FOLDS, "log.csv", "checkpoint.safetensors", "tensorboard", PLAN)


@dataclass(frozen=True)
class TrainingRequest:
    """The options of a call, and of its `DataFolder`; a resumed run must have the same."""

    recipe: str
    start: str
    encoder: str | None = None
    size: int | None = None
    augment: str | None = None
    minutes: float | None = None
    steps: int | None = None
    seed: int = 0
    masks: str | None = None
    values: str | None = None
    ignore: str | None = None
    groups: str | None = None
    folds: int | None = None
    photos: str | None = None
    suffixes: str | None = None


def check_length(request: TrainingRequest) -> None:
    """Check the requested minutes or steps.

    Raises:
        UsageError: both are given, or one that is not positive and finite.
    """
    if request.minutes is not None and request.steps is not None:
        raise UsageError("--minutes and --steps: give one of them")
    lengths = [one for one in (request.minutes, request.steps) if one is not None]
    if any(one <= 0 or not math.isfinite(one) for one in lengths):
        raise UsageError("--minutes and --steps must be positive, and finite")


@dataclass(frozen=True)
class Plan:
    """The options of a run, and what was decided from them.

    Attributes:
        request: the options.
        fingerprint: of the data: files, mask values, groups and parts.
        split: of which pairs are trained on and which are held out.
        first_weights: of the network before the first step.
        steps: how many.
        threads: of each process; with others the sums differ in their last bits.
        processes: that train together.
        pretrained_score: of the start, 0..1, where the learning rates depend on it; see
            `pretrained_score`.
    """

    request: TrainingRequest
    fingerprint: str
    split: str
    first_weights: str
    steps: int
    threads: int
    processes: int
    pretrained_score: float | None = None

    def __post_init__(self) -> None:
        if not all(isinstance(n, int) for n in (self.steps, self.threads, self.processes)):
            raise TypeError("steps, threads and processes are whole numbers")
        if not (self.pretrained_score is None or 0 <= self.pretrained_score <= 1):
            raise ValueError("the score of the start is not between 0 and 1")

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values, under the names that plan.json and model.json have."""
        values = asdict(self)
        values["known"] = values.pop("pretrained_score")
        return values


def write_plan(folder: Path, plan: Plan) -> None:
    """Keep the plan in a training folder, or in the work folder of a cross-validation."""
    write_json(folder / PLAN, plan.to_json())


def read_plan(folder: Path) -> Plan | None:
    """Read the plan of an earlier try; None when it was stopped before it had one.

    Raises:
        ModelError: the file is damaged.
    """
    path = folder / PLAN
    if not path.exists():
        return None
    try:
        return plan_of(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelError(f"{path}: damaged ({error}); train again with --overwrite") from error


def plan_of(values: dict[str, Any]) -> Plan:
    """Make a plan from `to_json` values; earlier versions kept fewer.

    Raises:
        ValueError, TypeError, KeyError: these values are not a plan.
    """
    rest = dict(values)
    score = rest.pop("known", None)
    request = TrainingRequest(**rest.pop("request"))
    return Plan(**rest, request=request, pretrained_score=score)


def check_same(plan: Plan, now: Plan) -> None:
    """Refuse to resume a run with other options or data.

    Raises:
        UsageError: an option, the data, the threads or the processes differ.
    """
    before, after = asdict(plan.request), asdict(now.request)
    odd = [
        f"{name} was {before[name]!r}, now {after[name]!r}"
        for name in before
        if before[name] != after[name]
    ]
    changes = {
        "fingerprint": "the photos, the masks or how they are read have changed",
        "split": "other pairs are held out",
        "first_weights": "the weights that training starts from have changed",
    }
    odd += [said for name, said in changes.items() if getattr(plan, name) != getattr(now, name)]
    if plan.threads != now.threads:
        odd.append(f"--threads was {plan.threads}, now {now.threads}")
    if plan.processes != now.processes:
        odd.append(f"there were {plan.processes} processes, now {now.processes}")
    if odd:
        raise UsageError(
            f"--resume goes on with the same run only, but {'; '.join(odd)}. "
            "Give the same options, or start anew with --overwrite"
        )


def check_directory(model: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that a run must not write to.

    Raises:
        UsageError: something is there already and neither `resume` nor `overwrite` allows it.
    """
    if model.is_file():
        raise UsageError(f"{model}: a file is there; name a folder for the model")
    if not model.exists() or _is_empty(model):
        return
    if not _is_ours(model):
        raise UsageError(f"{model}: holds other files; name an empty or new folder")
    if not overwrite and not resume:
        if _is_sealed(model):
            there, anew = "a model is there", "replaces it"
        else:
            there, anew = "an unfinished training is there", "begins anew"
        raise UsageError(f"{model}: {there}; --resume goes on with it, --overwrite {anew}")


def claim_directory(model: Path, *, resume: bool, overwrite: bool) -> None:
    """Make the model directory ready, never touching a folder that is not a model.

    The files of a model that is to be replaced stay until the new one is written.

    Raises:
        UsageError: as for `check_directory`.
    """
    check_directory(model, resume=resume, overwrite=overwrite)
    folder = model / TRAINING
    if overwrite:
        _forget(folder)
    _make_cache(folder, model)


@contextmanager
def claimed_directory(model: Path, *, resume: bool, overwrite: bool) -> Iterator[None]:
    """Claim a model directory for a run, as `claim_directory` does.

    If the run ends before it has a plan, the folders that were made for it are removed.
    """
    check_directory(model, resume=resume, overwrite=overwrite)
    with _alone(model / TRAINING, model):
        claim_directory(model, resume=resume, overwrite=overwrite)
        try:
            yield
        finally:
            if not (model / TRAINING / PLAN).exists():
                remove(model / TRAINING / CACHE)


@contextmanager
def claimed_work(folder: Path, *, resume: bool, overwrite: bool) -> Iterator[None]:
    """Claim the work folder of a cross-validation for a run.

    If the run ends before it has a plan, the folders that were made for it are removed.

    Raises:
        UsageError: an unfinished one is there and neither `resume` nor `overwrite` is set, or
            another run has it.
    """
    work = folder / WORK
    with _alone(work, folder):
        _claim_work(folder, resume=resume, overwrite=overwrite)
        try:
            yield
        finally:
            if not (work / PLAN).exists():
                _forget(work)


@contextmanager
def _alone(folder: Path, named: Path) -> Iterator[None]:
    """Keep other runs out of a training or work folder."""
    try:
        with ExitStack() as stack:
            try:
                stack.enter_context(alone(lock_in(folder), named))
            except OSError as error:
                raise _unwritable(named, error) from error
            yield
    finally:
        _remove_empty(folder)


def _claim_work(folder: Path, *, resume: bool, overwrite: bool) -> None:
    work = folder / WORK
    if not _holds_only_lock(work):
        if overwrite:
            _forget(work)
        elif not resume:
            raise UsageError(
                f"{folder}: an unfinished cross-validation is there; --resume goes on with it, "
                "--overwrite begins anew"
            )
    shutil.rmtree(work / CACHE, ignore_errors=True)
    _make_cache(work, folder)


def is_unfinished(folder: Path) -> bool:
    """Whether the folder of a report holds an unfinished cross-validation."""
    return (folder / WORK / PLAN).exists() or (folder / WORK / CACHE).is_dir()


def forget_work(folder: Path) -> None:
    """Remove the files of a cross-validation beside its report, and nothing else."""
    work = folder / WORK
    _forget(work)
    _remove_empty(work)


def _make_cache(folder: Path, named: Path) -> None:
    """Make the folder for decoded pairs; errors have the folder that the caller named."""
    try:
        (folder / CACHE).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(named, error) from error


def _unwritable(named: Path, error: OSError) -> UsageError:
    return UsageError(f"{named}: cannot write there ({error.strerror or error})")


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _is_empty(model: Path) -> bool:
    """Whether a model directory holds nothing, but perhaps the lock of this run."""
    return {path.name for path in model.iterdir()} <= {TRAINING} and _holds_only_lock(
        model / TRAINING
    )


def _holds_only_lock(folder: Path) -> bool:
    return not folder.is_dir() or all(path == lock_in(folder) for path in folder.iterdir())


def _is_sealed(model: Path) -> bool:
    return (model / MANIFEST).exists() and (model / "model.json").exists()


def _is_ours(model: Path) -> bool:
    """Whether the folder holds a model or an unfinished training; a claim makes the cache first."""
    folder = model / TRAINING
    return _is_sealed(model) or (folder / PLAN).exists() or (folder / CACHE).is_dir()


def _forget(folder: Path) -> None:
    """Remove the files of an earlier run from a training folder, and nothing else."""
    remove_leftovers(folder, below=False)
    for name in _LEFT_BY_A_RUN:
        remove(folder / name)
