"""Trains the models of a cross-validation, one after the other, with the same number of steps."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from maskwright.core import Pair, Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.split import Split, fewer
from maskwright.data.split import folds as folds_by_source
from maskwright.errors import DataError
from maskwright.evaluation.methods import without_copies
from maskwright.runtime.resize import BILINEAR, GUIDED
from maskwright.study.out_of_fold import OutOfFold
from maskwright.training.batches import Batches
from maskwright.training.budget import steps_within
from maskwright.training.claim import claim_directory
from maskwright.training.control import Control
from maskwright.training.features import encoded
from maskwright.training.loop import start_training
from maskwright.training.processes import refuse_several_processes
from maskwright.training.recipes import Recipe
from maskwright.training.run import Run, Validation
from maskwright.training.setup import Setup
from maskwright.training.start.weights import refuse_seen
from maskwright.training.write import Finish
from maskwright.unet.export import finish_onnx

_log = logging.getLogger(__name__)
_RESERVE = 15.0  # seconds: starting the program, intervals, writing the report
SHARES = {"quarter": 0.25, "half": 0.5}
"""Shares of the training photos for a learning curve, beside all of them."""


@dataclass(frozen=True)
class Trainer:
    """Trains models of parts of the photos.

    Attributes:
        setup: recipe, options, data and device; steps, minutes and folds of the request are not
            used.
        pairs: the decoded pairs of all folds, by name.
        splits: the folds.
        device: for scoring photos with the models.
    """

    setup: Setup
    pairs: Mapping[str, Pair]
    splits: Sequence[Split]
    device: str

    @classmethod
    def of(cls, setup: Setup, splits: Sequence[Split], device: str, disk: Path) -> Trainer:
        """Decode the pairs of all folds; `disk` is as for `load_pairs`."""
        names = sorted({name for split in splits for name in (*split.train, *split.val)})
        pairs = setup.load_pairs(names, disk)
        return cls(setup, {pair.name: pair for pair in pairs}, splits, device)

    @cached_property
    def judged(self) -> Dataset:
        """The photos that some fold holds out, with a note on the photos that none does."""
        originals = without_copies(self.setup.dataset)
        held = {name for split in self.splits for name in split.val}
        judged = tuple(example for example in originals.examples if example.name in held)
        left_out = len(originals.examples) - len(judged)
        notes = originals.notes
        if left_out:
            notes = (*notes, f"{left_out} photos of the part test are left out")
        return replace(originals, examples=judged, notes=notes)

    def train(
        self, splits: Mapping[str, Split], folder: Path, *, steps: int, control: Control
    ) -> dict[str, Path]:
        """Train a model on the training photos of each split, or resume one begun before.

        Args:
            splits: by the name of the model.
            folder: gets a model directory for each; finished ones are left alone.
            steps: of each model.
            control: how the caller watches and stops; counts these models, and its `later_steps`
                are of models after them.

        Returns:
            The model directories by name.

        Raises:
            Stopped: the caller stopped the training; the checkpoint is kept.
            KeyboardInterrupt: Ctrl-C; the checkpoint is kept.
        """
        setup = replace(
            self.setup, request=replace(self.setup.request, steps=steps, minutes=None, folds=None)
        )
        for number, (name, split) in enumerate(splits.items(), 1):
            _log.info(
                "model %d of %d: %d steps on %d photos",
                number,
                len(splits),
                steps,
                len(split.train),
            )
            out = folder / name
            claim_directory(out, resume=True, overwrite=False)
            pairs = [self.pairs[photo] for photo in split.train]
            later = control.later_steps + (len(splits) - number) * steps
            now = replace(control, model=number, later_steps=later)
            own = Split(split.train, ())  # held-out photos are for the finished model
            run = Run(setup, own, pairs, [], out, _unscored(setup.recipe, own), now)
            if run.make(setup.new_network(), begin=time.perf_counter()).interrupted:
                control.check()
                raise KeyboardInterrupt
        return {name: folder / name for name in splits}

    @property
    def steps_asked(self) -> int | None:
        """The requested number of steps, or the recipe's epochs over a fold; None for a time."""
        return self.setup.steps_asked(len(self.splits[0].train))

    def out_of_fold(self, load: Callable[[], Sequence[Segmenter]]) -> OutOfFold:
        """Predictions by the models of the folds; `load` returns them."""
        return OutOfFold(self.judged, [split.val for split in self.splits], load)

    def affordable_share(
        self,
        left: float,
        *,
        trainings: int,
        shares: int,
        scoring: Callable[[Segmenter], float],
    ) -> int:
        """Find how many steps fit into one share of the time.

        Args:
            left: seconds for everything, this timing included.
            trainings: how many networks are exported.
            shares: into how many equal parts the steps of all networks are divided.
            scoring: returns the seconds of all scoring with networks like the one given.

        Raises:
            UsageError: a share would have fewer than ten steps.
        """
        begin = time.perf_counter()
        setup, recipe = self.setup, self.setup.recipe
        training = start_training(setup.new_network(), recipe, setup.accelerator)
        pairs = [self.pairs[name] for name in self.splits[0].train]
        photos = Batches(pairs, recipe, setup.request.seed)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as maps:
            batches = encoded(photos, training.network, Path(maps))
            encoding = time.perf_counter() - begin

            def beside() -> float:
                enlarge = GUIDED if recipe.finish else BILINEAR
                scored = scoring(setup.segmenter(training, enlarge=enlarge))
                return scored + trainings * encoding + _RESERVE

            return steps_within(
                left - encoding,
                setup,
                training,
                recipe,
                batches,
                beside,
                trainings=trainings,
                shares=shares,
            )


def _unscored(recipe: Recipe, split: Split) -> Validation:
    """The `Validation` of one model among several that are scored together."""

    def finish(model: Path) -> dict[str, Any]:
        if recipe.finish:
            finish_onnx(model / "model.onnx", enlarge=GUIDED, clean=None)
        return {"how": "one model of a cross-validation, not scored by itself", "sentence": ""}

    return Validation(lambda _plan: Finish([split], finish))


def checked_folds(setup: Setup, folds: int, option: str) -> list[Split]:
    """Split the data into folds; the start must know none of the photos.

    Args:
        setup: data, seed, start and processes.
        folds: how many.
        option: the option of the caller, for messages.

    Raises:
        DataError: there are fewer sources than folds.
        UsageError: fewer than two folds, several processes, or a start trained on these photos.
    """
    refuse_several_processes(setup.accelerator, option)
    splits = folds_by_source(setup.dataset, folds, seed=setup.request.seed)
    refuse_seen(setup.request.start, setup.dataset, option)
    return splits


def fewer_photos(dataset: Dataset, splits: Sequence[Split], *, seed: int) -> dict[str, list[Split]]:
    """Return, for each of `SHARES`, the same folds with that share of the training photos.

    Raises:
        DataError: there are too few sources for parts of them.
    """
    shares = {
        name: [fewer(dataset, split, share, seed=seed) for split in splits]
        for name, share in SHARES.items()
    }
    sizes = [mean_photos(dataset, made) for made in (*shares.values(), splits)]
    if not all(less < more for less, more in pairwise(sizes)):
        raise DataError(
            f"{dataset.root}: too few photos, or sources of photos, for a learning curve: a "
            f"quarter and a half of the training photos must differ, but are {sizes[0]} and "
            f"{sizes[1]} of {sizes[2]}"
        )
    return shares


def mean_photos(dataset: Dataset, splits: Sequence[Split]) -> int:
    """The mean number of photos that splits train on; augmented copies do not count."""
    copies = {example.name for example in dataset.examples if example.parent is not None}
    return round(sum(len(set(split.train) - copies) for split in splits) / len(splits))
