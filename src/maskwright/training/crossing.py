"""One cross-validation, from decoded pairs to scores."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from maskwright.classical.methods import NETWORK
from maskwright.classical.seeds.find import Seeds, find_seeds
from maskwright.core import Image, Probs, Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.photo import find_photos
from maskwright.data.split import Split
from maskwright.data.threads import cores
from maskwright.engine.build import MethodOptions
from maskwright.evaluation.methods import (
    ScoredMethod,
    classical_method,
    segmenter_method,
    without_copies,
)
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import Progress, score_sources
from maskwright.evaluation.timing import scoring_seconds
from maskwright.metrics.study_results import LearningCurve, StudyResults
from maskwright.runtime.segmenter import load
from maskwright.study.calibration import calibration_notes
from maskwright.study.learning_curve import learning_curve
from maskwright.study.out_of_fold import OutOfFold
from maskwright.study.unlabelled import Ranking, rank_unlabelled
from maskwright.training.budget import minutes_asked
from maskwright.training.cross_budget import affordable_share
from maskwright.training.folds import Trainer, mean_photos
from maskwright.training.plan import FOLDS, Plan, check_same, read_plan, write_plan
from maskwright.training.start import weights_digest

_log = logging.getLogger(__name__)
_FOR_UNLABELLED = 0.15  # of the time, at most


@dataclass(frozen=True)
class Extras:
    """What is wanted beside the scores.

    Attributes:
        unlabelled: a folder of photos to put in the order in which to label them.
        gallery: of how many photos pictures are made.
        on_photo: called after each photo.
    """

    unlabelled: Path | None
    gallery: int
    on_photo: Progress | None


class Crossing:
    """Everything that the steps of one cross-validation share.

    Args:
        trainer: trains the models.
        splits: the folds.
        shares: by its name, the same folds with a share of the training photos.
        compared: the methods, and where the seeds of classical ones come from.
        work: the work folder, claimed.
        threads: processor threads, all cores where none are given.
        device: of the finished models.
    """

    def __init__(
        self,
        trainer: Trainer,
        splits: Sequence[Split],
        shares: Mapping[str, Sequence[Split]],
        compared: MethodOptions,
        work: Path,
        threads: int | None,
        device: str,
    ) -> None:
        self._trainer, self._splits, self._shares = trainer, splits, shares
        self._compared, self._work, self._device = compared, work, device
        self._workers = threads or cores()
        self._judged = judged_by(trainer.dataset, splits)

    def run(self, extras: Extras, *, begin: float, progress: bool) -> Scores:
        """Train what is missing, score every photo, and study the result.

        Args:
            extras: what is wanted beside.
            begin: `time.perf_counter()` when the time that was asked for began.
            progress: draw a progress bar for each training.
        """
        found = self._out_of_fold("")
        # First of all: methods and seeds that cannot be had are told before anything is trained.
        network = ScoredMethod(found, self._method())
        sources = self._sources(network, lambda: seeds_of(found))
        plan = self._earlier_plan() or self._new_plan(extras, begin)
        folder = self._work / FOLDS
        self._trainer.train(self._sets(), folder, steps=plan.steps, progress=progress)
        sources[NETWORK] = replace(network, method={**network.method, "steps": plan.steps})
        scores = score_sources(
            self._judged,
            sources,
            workers=self._workers,
            gallery=extras.gallery,
            on_photo=extras.on_photo,
        )
        rows = next(one.rows for one in scores.methods if one.name == NETWORK)
        curve = self._curve([row.iou for row in rows], found) if self._shares else None
        ranking = self._ranked(extras, found)
        calibration = found.calibration(self._trainer.dataset.sources)
        study = StudyResults(
            folds=len(self._splits),
            recipe=self._trainer.recipe.name,
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

    def _sets(self) -> dict[str, Split]:
        """What is trained on, by the name of the model."""
        sets = {_model(at, ""): split for at, split in enumerate(self._splits)}
        for share, splits in self._shares.items():
            sets |= {_model(at, share): split for at, split in enumerate(splits)}
        return sets

    def _earlier_plan(self) -> Plan | None:
        earlier = read_plan(self._work)
        if earlier is not None:
            check_same(earlier, self._plan(earlier.steps))
        return earlier

    def _new_plan(self, extras: Extras, begin: float) -> Plan:
        plan = self._plan(self._steps(extras, begin))
        write_plan(self._work, plan)
        return plan

    def _plan(self, steps: int) -> Plan:
        return Plan(
            request=self._trainer.request,
            fingerprint=self._trainer.dataset.fingerprint(),
            split=hashlib.sha256(repr(self._sets()).encode()).hexdigest(),
            first_weights=weights_digest(self._trainer.new_network()),
            steps=steps,
            threads=torch.get_num_threads(),
            processes=1,
        )

    def _steps(self, extras: Extras, begin: float) -> int:
        asked = self._trainer.steps_asked(self._splits[0])
        if asked is not None:
            return asked
        seconds = 60 * minutes_asked(self._trainer.request, self._trainer.recipe)
        sets = self._sets()
        return affordable_share(
            seconds - (time.perf_counter() - begin),
            self._trainer,
            self._splits[0],
            trainings=len(sets),
            shares=len(sets),
            scoring=lambda segmenter: self._scoring_seconds(segmenter, extras, seconds),
        )

    def _scoring_seconds(self, segmenter: Segmenter, extras: Extras, seconds: float) -> float:
        """How long everything takes that is no training."""
        network = segmenter_method(segmenter, self._judged)
        alone = scoring_seconds(self._judged, {NETWORK: network})
        compared = alone
        if len(self._compared.methods) > 1:
            limits, options = self._judged.limits, self._compared.seeds
            sources = self._sources(
                network, lambda: find_seeds(options, model=segmenter, limits=limits)
            )
            compared = scoring_seconds(self._judged, sources)
        needed = compared + len(self._shares) * alone
        if extras.unlabelled is not None:
            photos = len(find_photos([extras.unlabelled]))
            one = alone / len(self._judged.examples)
            needed += min(len(self._splits) * photos * one, _FOR_UNLABELLED * seconds)
        return needed

    def _out_of_fold(self, share: str) -> OutOfFold:
        folder = self._work / FOLDS

        def models() -> list[Segmenter]:
            return [
                load(folder / _model(at, share), threads=1, device=self._device)
                for at in range(len(self._splits))
            ]

        return OutOfFold(self._judged, [split.val for split in self._splits], models)

    def _sources(self, network: ScoredMethod, own: Callable[[], Seeds]) -> dict[str, ScoredMethod]:
        """All methods by name, as they are compared; `own` gives the models' seeds."""
        others = [name for name in self._compared.methods if name != NETWORK]
        made = {NETWORK: network}
        if others:
            seeds = own() if self._compared.seeds.source else self._named_seeds()
            made |= {name: classical_method(name, self._judged, seeds) for name in others}
        return {name: made[name] for name in self._compared.methods}

    def _named_seeds(self) -> Seeds:
        return find_seeds(
            self._compared.seeds,
            data=self._judged.root,
            limits=self._judged.limits,
            photos=[example.name for example in self._judged.examples],
        )

    def _method(self) -> dict[str, Any]:
        return {
            "cross_validation": len(self._splits),
            "recipe": self._trainer.recipe.name,
            "start": self._trainer.request.start,
            "seed": self._trainer.request.seed,
        }

    def _curve(self, full: Sequence[float], found: OutOfFold) -> LearningCurve:
        """The learning curve from models of parts of the photos, and those of all of them."""
        dataset = self._trainer.dataset
        sizes, ious = [], []
        for share, splits in self._shares.items():
            method = ScoredMethod(self._out_of_fold(share))
            rows = score_sources(self._judged, {NETWORK: method}, workers=self._workers).rows
            sizes.append(mean_photos(dataset, splits))
            ious.append([row.iou for row in rows])
        names = [example.name for example in self._judged.examples]
        return learning_curve(
            [*sizes, mean_photos(dataset, self._splits)],
            np.array([*ious, full]),
            [found.fold[name] for name in names],
            [dataset.sources[name] for name in names],
            labelled=len(names),
        )

    def _ranked(self, extras: Extras, found: OutOfFold) -> Ranking:
        if extras.unlabelled is None:
            return Ranking((), ())
        asked = self._trainer.request
        minutes = None if asked.steps else minutes_asked(asked, self._trainer.recipe)
        return rank_unlabelled(
            extras.unlabelled,
            self._trainer.dataset,
            found.models,
            workers=self._workers,
            seconds=None if not minutes else 60 * minutes * _FOR_UNLABELLED,
        )


def seeds_of(found: OutOfFold) -> Seeds:
    """Let classical methods start from what the model says that never saw the photo."""

    def find(name: str, image: Image, _height: int, _width: int) -> Probs:
        return found.models[found.fold[name]](image)

    return Seeds("the probabilities of the models of the folds", find, lambda _: None)


def judged_by(dataset: Dataset, splits: Sequence[Split]) -> Dataset:
    """The photos that some fold holds out, and what is to be said of the others."""
    held = {name for split in splits for name in split.val}
    originals = without_copies(dataset)
    judged = tuple(example for example in originals.examples if example.name in held)
    left_out = len(originals.examples) - len(judged)
    notes = originals.notes
    if left_out:
        notes = (*notes, f"{left_out} photos of the part test are left out")
    return replace(dataset, examples=judged, notes=notes)


def _model(fold: int, share: str) -> str:
    return f"fold-{fold + 1}-{share}" if share else f"fold-{fold + 1}"


def _what_it_is(study: StudyResults) -> str:
    return (
        f"cross-validation: each photo is scored by that one of {study.folds} models which was not "
        f"trained on it, nor on anything of the same source; each took {study.steps} steps"
    )
