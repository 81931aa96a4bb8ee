"""One cross-validation, from decoded pairs to scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from maskwright.classical.methods import NETWORK
from maskwright.classical.seeds.find import Seeds, find_seeds
from maskwright.core import Image, Probs, Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.photo import find_photos
from maskwright.data.split import Split
from maskwright.engine.build import MethodOptions
from maskwright.evaluation.methods import classical_method, segmenter_method
from maskwright.evaluation.predicted import ScoredMethod
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import Progress, score_sources
from maskwright.evaluation.timing import scoring_seconds
from maskwright.metrics.photo import PhotoScores
from maskwright.metrics.study_results import LearningCurve, StudyResults
from maskwright.runtime.segmenter import load
from maskwright.study.calibration import calibration_notes
from maskwright.study.learning_curve import learning_curve
from maskwright.study.out_of_fold import OutOfFold
from maskwright.study.unlabelled import Ranking, rank_unlabelled
from maskwright.training.budget import minutes_asked
from maskwright.training.control import Control
from maskwright.training.folds.budget import affordable_share
from maskwright.training.folds.trainer import Trainer, judged_by, mean_photos
from maskwright.training.plan import FOLDS, Plan
from maskwright.training.planning import Planner
from maskwright.training.start.weights import weights_digest

_FOR_UNLABELLED = 0.15  # of the time, at most


@dataclass(frozen=True)
class Extras:
    """What is wanted beside the scores.

    Attributes:
        unlabelled: a folder of photos to put in the order in which to label them.
        gallery: of how many photos pictures are made.
        on_photo: called after each scored photo.
    """

    unlabelled: Path | None
    gallery: int
    on_photo: Progress | None


@dataclass(frozen=True)
class CrossValidation:
    """One cross-validation.

    Attributes:
        trainer: trains the models.
        splits: the folds.
        shares: the same folds with a share of the training photos, by the name of the share.
        compared: the methods, and where the seeds of classical ones come from.
        extras: what is wanted beside the scores.
        work: the work folder, claimed.
        workers: how many photos are scored at once.
        device: for scoring photos with the models.
        control: how the caller watches and stops.
    """

    trainer: Trainer
    splits: Sequence[Split]
    shares: Mapping[str, Sequence[Split]]
    compared: MethodOptions
    extras: Extras
    work: Path
    workers: int
    device: str
    control: Control

    def run(self, *, begin: float) -> Scores:
        """Train what is missing, score every photo, and study the result.

        Args:
            begin: `time.perf_counter()` at the beginning of the time that the caller gave.

        Raises:
            Stopped: the caller stopped it.
            KeyboardInterrupt: Ctrl-C; the step at hand was kept.
        """
        setup, sets = self.trainer.setup, self._sets
        found = self._out_of_fold("")
        method = {
            "cross_validation": len(self.splits),
            "recipe": setup.recipe.name,
            "start": setup.request.start,
            "seed": setup.request.seed,
        }
        network = ScoredMethod(found, method)
        # Before anything is trained: this refuses methods and seeds that cannot be used.
        sources = self._sources(network, lambda: seeds_of(found))
        planner = Planner(setup, sets, self.work)
        first_weights = weights_digest(setup.new_network())
        plan = planner.earlier(first_weights)
        if plan is None:
            plan = planner.new(first_weights, self._steps(begin))
        control = replace(self.control, models=len(sets))
        self.trainer.train(sets, self.work / FOLDS, steps=plan.steps, control=control)
        sources[NETWORK] = replace(network, method={**method, "steps": plan.steps})
        scores = score_sources(
            self._judged,
            sources,
            workers=self.workers,
            gallery=self.extras.gallery,
            on_photo=self._on_photo,
        )
        return self._studied(scores, found, plan, begin)

    def _studied(self, scores: Scores, found: OutOfFold, plan: Plan, begin: float) -> Scores:
        """Add to the scores what the out-of-fold predictions tell about the data."""
        setup = self.trainer.setup
        rows = next(one.rows for one in scores.methods if one.name == NETWORK)
        curve = self._curve([row.iou for row in rows], found) if self.shares else None
        ranking = self._ranked(found)
        calibration = found.calibration(setup.dataset.sources)
        study = StudyResults(
            folds=len(self.splits),
            recipe=setup.recipe.name,
            steps=plan.steps,
            minutes=(time.perf_counter() - begin) / 60,
            calibration=calibration,
            curve=curve,
            suspects=found.suspects(),
            label_next=ranking.photos,
        )
        doubted = [] if calibration is None else calibration_notes(calibration, scores.baselines)
        notes = (_what_it_is(study), *scores.notes, *doubted, *ranking.notes)
        return replace(scores, study=study, notes=notes)

    @cached_property
    def _judged(self) -> Dataset:
        return judged_by(self.trainer.setup.dataset, self.splits)

    @cached_property
    def _sets(self) -> dict[str, Split]:
        """The splits by the name of the model."""
        return {
            _model(at, share): split
            for share, splits in {"": self.splits, **self.shares}.items()
            for at, split in enumerate(splits)
        }

    def _on_photo(self, row: PhotoScores, photos: int) -> None:
        self.control.check()
        if self.extras.on_photo is not None:
            self.extras.on_photo(row, photos)

    def _steps(self, begin: float) -> int:
        asked = self.trainer.steps_asked(self.splits[0])
        if asked is not None:
            return asked
        setup = self.trainer.setup
        seconds = 60 * minutes_asked(setup.request, setup.recipe)
        return affordable_share(
            seconds - (time.perf_counter() - begin),
            self.trainer,
            self.splits[0],
            trainings=len(self._sets),
            shares=len(self._sets),
            scoring=lambda segmenter: self._scoring_seconds(segmenter, seconds),
        )

    def _scoring_seconds(self, segmenter: Segmenter, seconds: float) -> float:
        """How long everything but training takes."""
        network = segmenter_method(segmenter, self._judged)
        alone = scoring_seconds(self._judged, {NETWORK: network})
        compared = alone
        if len(self.compared.methods) > 1:
            limits, options = self._judged.limits, self.compared.seeds
            sources = self._sources(
                network, lambda: find_seeds(options, model=segmenter, limits=limits)
            )
            compared = scoring_seconds(self._judged, sources)
        needed = compared + len(self.shares) * alone
        if self.extras.unlabelled is not None:
            photos = len(find_photos([self.extras.unlabelled]))
            one = alone / len(self._judged.examples)
            needed += min(len(self.splits) * photos * one, _FOR_UNLABELLED * seconds)
        return needed

    def _out_of_fold(self, share: str) -> OutOfFold:
        folder = self.work / FOLDS

        def models() -> list[Segmenter]:
            return [
                load(folder / _model(at, share), threads=1, device=self.device)
                for at in range(len(self.splits))
            ]

        return OutOfFold(self._judged, [split.val for split in self.splits], models)

    def _sources(self, network: ScoredMethod, own: Callable[[], Seeds]) -> dict[str, ScoredMethod]:
        """All methods by name, as they are compared; `own` gives the models' seeds."""
        others = [name for name in self.compared.methods if name != NETWORK]
        made = {NETWORK: network}
        if others:
            seeds = own() if self.compared.seeds.source else self._named_seeds()
            made |= {name: classical_method(name, self._judged, seeds) for name in others}
        return {name: made[name] for name in self.compared.methods}

    def _named_seeds(self) -> Seeds:
        return find_seeds(
            self.compared.seeds,
            data=self._judged.root,
            limits=self._judged.limits,
            photos=[example.name for example in self._judged.examples],
        )

    def _curve(self, full: Sequence[float], found: OutOfFold) -> LearningCurve:
        """The learning curve of models trained on shares of the photos, and on all of them."""
        dataset = self.trainer.setup.dataset
        sizes, ious = [], []
        for share, splits in self.shares.items():
            method = ScoredMethod(self._out_of_fold(share))
            rows = score_sources(self._judged, {NETWORK: method}, workers=self.workers).rows
            sizes.append(mean_photos(dataset, splits))
            ious.append([row.iou for row in rows])
        names = [example.name for example in self._judged.examples]
        return learning_curve(
            [*sizes, mean_photos(dataset, self.splits)],
            np.array([*ious, full]),
            [found.fold[name] for name in names],
            [dataset.sources[name] for name in names],
            labelled=len(names),
        )

    def _ranked(self, found: OutOfFold) -> Ranking:
        folder, setup = self.extras.unlabelled, self.trainer.setup
        if folder is None:
            return Ranking((), ())
        minutes = None if setup.request.steps else minutes_asked(setup.request, setup.recipe)
        return rank_unlabelled(
            folder,
            setup.dataset,
            found.models,
            workers=self.workers,
            seconds=None if not minutes else 60 * minutes * _FOR_UNLABELLED,
        )


def seeds_of(found: OutOfFold) -> Seeds:
    """Seeds for classical methods: each photo's probabilities, by the model not trained on it."""

    def find(name: str, image: Image, _height: int, _width: int) -> Probs:
        return found.models[found.fold[name]](image)

    return Seeds("the probabilities of the models of the folds", find, lambda _: None)


def _model(fold: int, share: str) -> str:
    return f"fold-{fold + 1}-{share}" if share else f"fold-{fold + 1}"


def _what_it_is(study: StudyResults) -> str:
    return (
        f"cross-validation: each photo is scored by the one of {study.folds} models that was not "
        f"trained on it or on a photo of the same source; each model took {study.steps} steps"
    )
