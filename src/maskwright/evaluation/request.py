"""What an evaluation is asked to compare, and whether that makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from maskwright.classical.methods import METHODS as SEGMENTING
from maskwright.classical.methods import NETWORK
from maskwright.engine.build import FOLDER, GIVEN, MethodOptions, check_names, check_options
from maskwright.errors import UsageError

METHODS = (*SEGMENTING, FOLDER, GIVEN)
"""All that can be compared, by name."""


def default_methods(predictions: object | None, segmenter: object | None) -> tuple[str, ...]:
    """Return what is compared when no methods are named: the one thing that was given."""
    if predictions is not None:
        return (FOLDER,)
    return (NETWORK,) if segmenter is None else (GIVEN,)


def check(options: MethodOptions, predictions: Path | None, methods: Sequence[str]) -> None:
    """Refuse what contradicts itself, before anything is read.

    Args:
        options: of the methods that segment.
        predictions: a folder of masks, if one was given.
        methods: all that is compared, the folder included.

    Raises:
        UsageError: unknown or repeated methods, or something was given that no method uses.
    """
    check_names(methods, known=METHODS)
    given = options.segmenter is not None
    for name, is_there in ((FOLDER, predictions is not None), (GIVEN, given)):
        names = ",".join(methods)
        if is_there and name not in methods:
            raise UsageError(f"{name} are given but not compared: say --method {names},{name}")
        if not is_there and name in methods:
            raise UsageError(f"--method {name}: none are given")
    check_options(options)


def check_kind(folds: int | None, for_folds: Sequence[str], without: Sequence[str]) -> None:
    """Refuse options that an evaluation with or without cross-validation would ignore.

    Args:
        folds: how many; None without cross-validation.
        for_folds: options of cross-validation that were given.
        without: those of evaluations without it.

    Raises:
        UsageError: such an option was given, or nothing here can train.
    """
    if for_folds and folds is None:
        raise UsageError(
            f"{for_folds[0]} is for cross-validation: say --cv 5 as well, or leave it out"
        )
    if without and folds is not None:
        raise UsageError(f"{without[0]}: --cv trains models of its own; leave one of them out")
    if folds is not None and find_spec("torch") is None:
        raise UsageError("cross-validation trains: pip install 'maskwright[train]'")
