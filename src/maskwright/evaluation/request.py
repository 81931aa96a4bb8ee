"""What an evaluation is asked to compare, and whether that makes sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from maskwright.classical.methods import CLASSICAL, FUSED, NETWORK
from maskwright.classical.methods import METHODS as SEGMENTING
from maskwright.classical.seeds.options import SeedOptions
from maskwright.core import Segmenter
from maskwright.errors import UsageError

FOLDER, GIVEN = "predictions", "segmenter"
"""Names of what is no method of its own: a folder of masks, a Python object."""

METHODS = (*SEGMENTING, FOLDER, GIVEN)
"""All that can be compared, by name."""


@dataclass(frozen=True)
class Request:
    """What is to be compared.

    Attributes:
        methods: names from `METHODS`, the headline first.
        model, predictions, segmenter: what the methods of these kinds are.
        threshold: foreground above this probability, for a model or segmenter.
        seeds: where seeds come from.
    """

    methods: tuple[str, ...]
    model: str | Path | None
    predictions: Path | None
    segmenter: Segmenter | None
    threshold: float | None
    seeds: SeedOptions

    @property
    def needs_model(self) -> bool:
        """A model is judged, or gives the seeds."""
        return bool({NETWORK, FUSED} & set(self.methods)) or self.seeds.source is not None

    @property
    def needs_seeds(self) -> bool:
        """Some method starts from seeds."""
        given = GIVEN in self.methods and bool(self.seeds.named)
        return given or any(name in CLASSICAL for name in self.methods)


def default_methods(predictions: object | None, segmenter: object | None) -> tuple[str, ...]:
    """Return what is compared when no methods are named: the one thing that was given."""
    if predictions is not None:
        return (FOLDER,)
    return (NETWORK,) if segmenter is None else (GIVEN,)


def check(request: Request) -> None:
    """Refuse a request that contradicts itself.

    Raises:
        UsageError: unknown or repeated methods, or something was given that no method uses.
    """
    _check_names(request.methods)
    _check_things(request)
    _check_seeds(request)


def check_kind(
    folds: int | None, for_folds: Mapping[str, object], without: Mapping[str, object]
) -> None:
    """Refuse options that an evaluation with or without cross-validation would ignore.

    Args:
        folds: how many; None without cross-validation.
        for_folds: options of cross-validation by name; None is one that was not given.
        without: options of evaluations without it.

    Raises:
        UsageError: such an option was given, or nothing here can train.
    """
    idle = for_folds if folds is None else without
    given = [option for option, value in idle.items() if value is not None]
    if given and folds is None:
        raise UsageError(f"{given[0]} is for cross-validation: say --cv 5 as well, or leave it out")
    if given:
        raise UsageError(f"{given[0]}: --cv trains models of its own; leave one of them out")
    if folds is not None and find_spec("torch") is None:
        raise UsageError("cross-validation trains: pip install 'maskwright[train]'")


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise UsageError(f"no methods: name some of {', '.join(METHODS)}")
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise UsageError(
            f"--method {unknown[0]}: there is no such method, only {', '.join(METHODS)}"
        )
    if len(set(names)) < len(names):
        raise UsageError(f"--method {','.join(names)}: name each method once")


def _check_things(request: Request) -> None:
    """Each thing that is given is used, and each method has what it needs."""
    names = ",".join(request.methods)
    if request.model is not None and not request.needs_model:
        raise UsageError(
            f"a model is not among the methods {names}: to compare it with them say "
            f"--method {NETWORK},{names}"
        )
    for name, thing in ((FOLDER, request.predictions), (GIVEN, request.segmenter)):
        if thing is not None and name not in request.methods:
            raise UsageError(f"{name} are given but not compared: say --method {names},{name}")
        if thing is None and name in request.methods:
            raise UsageError(f"--method {name}: none are given")
    if request.threshold is not None and not {NETWORK, FUSED, GIVEN} & set(request.methods):
        raise UsageError("a threshold is for models: other methods have theirs")


def _check_seeds(request: Request) -> None:
    options = request.seeds.named
    if options and not request.needs_seeds:
        raise UsageError(
            f"{options[0]}: seeds are for {', '.join(CLASSICAL)}, and none is among the methods "
            f"{','.join(request.methods)}"
        )
    request.seeds.check()
