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
from maskwright.core import Segmenter
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
from maskwright.training.claim import FOLDS
from maskwright.training.control import Control
from maskwright.training.folds.trainer import Trainer, mean_photos
from maskwright.training.plan import Plan
from maskwright.training.planning import Planner
from maskwright.training.start.weights import weights_digest

_FOR_UNLABELLED = 0.15  # of the time, at most


@dataclass(frozen=True)
class CrossValidation:
    """One cross-validation.

    Attributes:
        trainer: trains the models of the folds.
        shares: the same folds with a share of the training photos, by the name of the share.
        compared: the methods, and where the seeds of classical ones come from.
        work: the work folder, claimed.
        workers: how many photos are scored at once.
        control: how the caller watches and stops.
        unlabelled: a folder of photos to put in the order in which to label them.
        gallery: of how many photos pictures are made.
        on_photo: called after each scored photo.
    """

    trainer: Trainer
    shares: Mapping[str, Sequence[Split]]
    compared: MethodOptions
    work: Path
    workers: int
    control: Control
    unlabelled: Path | None
    gallery: int
    on_photo: Progress | None

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
            "cross_validation": len(self.trainer.splits),
            "recipe": setup.recipe.name,
            "start": setup.request.start,
            "seed": setup.request.seed,
        }
        network = ScoredMethod(found, method)
        # Before anything is trained: this refuses methods and seeds that cannot be used.
        sources = self._sources(network, lambda name: found.models[found.fold[name]])
        planner = Planner(setup, sets, self.work)
        first_weights = weights_digest(setup.new_network())
        plan = planner.earlier(first_weights)
        if plan is None:
            plan = planner.new(first_weights, self._steps(begin))
        control = replace(self.control, models=len(sets))
        self.trainer.train(sets, self.work / FOLDS, steps=plan.steps, control=control)
        sources[NETWORK] = replace(network, method={**method, "steps": plan.steps})
        scores = score_sources(
            self.trainer.judged,
            sources,
            workers=self.workers,
            gallery=self.gallery,
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
            folds=len(self.trainer.splits),
            recipe=setup.recipe.name,
            steps=plan.steps,
            minutes=(time.perf_counter() - begin) / 60,
            calibration=calibration,
            curve=curve,
            suspects=found.suspects(),
            label_next=ranking.photos,
        )
        doubted = [] if calibration is None else calibration_notes(calibration, scores.baselines)
        what = (
            f"cross-validation: each photo is scored by the one of {study.folds} models that was "
            "not trained on it or on a photo of the same source; each model took "
            f"{study.steps} steps"
        )
        notes = (what, *scores.notes, *doubted, *ranking.notes)
        return replace(scores, study=study, notes=notes)

    @cached_property
    def _sets(self) -> dict[str, Split]:
        """The splits by the name of the model."""
        return {
            _model(at, share): split
            for share, splits in {"": self.trainer.splits, **self.shares}.items()
            for at, split in enumerate(splits)
        }

    def _on_photo(self, row: PhotoScores, photos: int) -> None:
        self.control.check()
        if self.on_photo is not None:
            self.on_photo(row, photos)

    def _steps(self, begin: float) -> int:
        if self.trainer.steps_asked is not None:
            return self.trainer.steps_asked
        seconds = 60 * self.trainer.setup.minutes
        return self.trainer.affordable_share(
            seconds - (time.perf_counter() - begin),
            trainings=len(self._sets),
            shares=len(self._sets),
            scoring=lambda segmenter: self._scoring_seconds(segmenter, seconds),
        )

    def _scoring_seconds(self, segmenter: Segmenter, seconds: float) -> float:
        """How long everything but training takes."""
        judged = self.trainer.judged
        network = segmenter_method(segmenter, judged)
        alone = compared = scoring_seconds(judged, {NETWORK: network})
        if len(self.compared.methods) > 1:
            compared = scoring_seconds(judged, self._sources(network, lambda _: segmenter))
        needed = compared + len(self.shares) * alone
        if self.unlabelled is not None:
            photos = len(find_photos([self.unlabelled]))
            one = alone / len(judged.examples)
            needed += min(len(self.trainer.splits) * photos * one, _FOR_UNLABELLED * seconds)
        return needed

    def _out_of_fold(self, share: str) -> OutOfFold:
        folder = self.work / FOLDS

        def models() -> list[Segmenter]:
            return [
                load(folder / _model(at, share), threads=1, device=self.trainer.device)
                for at in range(len(self.trainer.splits))
            ]

        return self.trainer.out_of_fold(models)

    def _sources(
        self, network: ScoredMethod, model_of: Callable[[str], Segmenter]
    ) -> dict[str, ScoredMethod]:
        """All methods by name, as they are compared.

        Args:
            network: the models' own method.
            model_of: the model for a photo by name; gives the seeds if the options ask for it.
        """
        judged, options = self.trainer.judged, self.compared.seeds
        if set(self.compared.methods) == {NETWORK}:
            return {NETWORK: network}
        if options.source:
            seeds = Seeds(
                "the probabilities of the models of the folds",
                lambda name, image, _height, _width: model_of(name)(image),
                lambda _name: None,
            )
        else:
            names = [example.name for example in judged.examples]
            seeds = find_seeds(options, data=judged.root, limits=judged.limits, photos=names)
        return {
            name: network if name == NETWORK else classical_method(name, judged, seeds)
            for name in self.compared.methods
        }

    def _curve(self, full: Sequence[float], found: OutOfFold) -> LearningCurve:
        """The learning curve of models trained on shares of the photos, and on all of them."""
        dataset = self.trainer.setup.dataset
        sizes, ious = [], []
        for share, splits in self.shares.items():
            method = ScoredMethod(self._out_of_fold(share))
            rows = score_sources(self.trainer.judged, {NETWORK: method}, workers=self.workers).rows
            sizes.append(mean_photos(dataset, splits))
            ious.append([row.iou for row in rows])
        names = [example.name for example in self.trainer.judged.examples]
        return learning_curve(
            [*sizes, mean_photos(dataset, self.trainer.splits)],
            np.array([*ious, full]),
            [found.fold[name] for name in names],
            [dataset.sources[name] for name in names],
            labelled=len(names),
        )

    def _ranked(self, found: OutOfFold) -> Ranking:
        folder, setup = self.unlabelled, self.trainer.setup
        if folder is None:
            return Ranking((), ())
        minutes = None if setup.request.steps else setup.minutes
        return rank_unlabelled(
            folder,
            setup.dataset,
            found.models,
            workers=self.workers,
            seconds=None if not minutes else 60 * minutes * _FOR_UNLABELLED,
        )


def _model(fold: int, share: str) -> str:
    return f"fold-{fold + 1}-{share}" if share else f"fold-{fold + 1}"
