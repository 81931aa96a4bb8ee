"""Folders that a run writes to: whether it may, that it is alone there, and what it clears up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from maskwright.errors import UsageError
from maskwright.files import remove, remove_leftovers
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
    work = folder / WORK
    # The lock is what a run makes first: it may have been killed right then.
    return (work / PLAN).exists() or (work / CACHE).is_dir() or lock_in(work).exists()


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
