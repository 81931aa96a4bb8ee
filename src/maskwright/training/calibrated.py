"""`train --folds`: a model of all photos, judged and calibrated by models of parts of them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from maskwright.classical.methods import NETWORK
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.split import Split, folds
from maskwright.data.threads import cores
from maskwright.evaluation.methods import ScoredMethod, segmenter_method
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import score_sources
from maskwright.evaluation.timing import scoring_seconds
from maskwright.fusion.gate import Gate
from maskwright.metrics.study_results import Calibration
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.network import OnnxNetwork
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import LoadedModel, load
from maskwright.study.finishing import Finishing, finishing_of_folds, finishing_seconds
from maskwright.study.folds import FoldModels
from maskwright.study.gating import gate_of_folds, gate_seconds
from maskwright.study.out_of_fold import OutOfFold
from maskwright.training.cross_budget import affordable_share
from maskwright.training.crossing import judged_by
from maskwright.training.folds import Trainer
from maskwright.training.loop import Training
from maskwright.training.plan import FOLDS, Plan, Request
from maskwright.training.recipes import PAPER, Recipe
from maskwright.training.run import Run, TrainResult
from maskwright.training.start import refuse_seen
from maskwright.training.validate import training_iou
from maskwright.training.verdict import verdict
from maskwright.training.write import finish_network

_log = logging.getLogger(__name__)


class CalibratedRun(Run):
    """A run that trains a model for each fold before its own, which is trained on everything.

    The folds take half of the time. With a number of steps instead, every model takes so many.

    Args:
        recipe: how to train.
        request: what was asked for, with folds.
        dataset: where the pairs are from.
        parts: the folds, see `parts_of`.
        out: the model directory, claimed.
        accelerator: device; a single process.
        encoder_weights: the encoder's ImageNet file, where no package holds it.
        device: that the models of the folds score photos on.
        progress: draw a progress bar for each fold.
    """

    def __init__(
        self,
        recipe: Recipe,
        request: Request,
        dataset: Dataset,
        parts: Sequence[Split],
        out: Path,
        accelerator: Accelerator,
        *,
        encoder_weights: Path | None,
        device: str,
        progress: bool,
    ) -> None:
        self._parts = parts
        everything = {name for part in self._parts for name in (*part.train, *part.val)}
        split = Split(tuple(sorted(everything)), ())
        super().__init__(recipe, request, dataset, split, out, accelerator)
        self._trainer = Trainer(
            recipe,
            request,
            dataset,
            {pair.name: pair for pair in self.train_pairs},
            accelerator,
            encoder_weights,
        )
        self._judged = judged_by(dataset, self._parts)
        self._held_out = [part.val for part in self._parts]
        self._device, self._progress = device, progress
        self._fold_steps = 0
        self._scores: Scores | None = None
        self._calibration: Calibration | None = None
        self._finishing: Finishing | None = None
        self._gate: Gate | None = None

    def _affordable(self, training: Training, left: float) -> int:
        many = len(self._parts)
        return many * affordable_share(
            left,
            self._trainer,
            self._parts[0],
            trainings=many + 1,
            shares=2 * many,
            scoring=self._scoring_seconds,
        )

    def _scoring_seconds(self, segmenter: Segmenter) -> float:
        # Twice: for the threshold, and with all that was found.
        sources = {NETWORK: segmenter_method(segmenter, self._judged)}
        seconds = 2 * scoring_seconds(self._judged, sources)
        if self.recipe.name != PAPER.name:
            resize = Resize(self.recipe.resize, self.recipe.size)
            seconds += finishing_seconds(self._judged, segmenter, resize)
            seconds += gate_seconds(self._judged, segmenter, resize)
        return seconds

    def _prepare(self, plan: Plan) -> None:
        """Train the models of the folds; find out by them how the own model is to be used."""
        asked = self._trainer.steps_asked(self._parts[0]) is not None
        self._fold_steps = plan.steps if asked else plan.steps // len(self._parts)
        sets = {f"fold-{at}": part for at, part in enumerate(self._parts, 1)}
        paths = self._trainer.train(
            sets, self.folder / FOLDS, steps=self._fold_steps, progress=self._progress
        )
        models = tuple(paths.values())
        used: dict[str, Any] = {}
        if self.recipe.name != PAPER.name:
            self._finishing = finishing_of_folds(self._fold_models(models, used))
            used["enlarge"] = self._finishing.enlarge
        found, self._scores = self._scored(models, used)
        self._calibration = found.calibration(self.dataset.sources)
        if self._calibration is None:
            _log.info("more than two classes: there is no threshold to calibrate")
        clean = None if self._finishing is None else self._finishing.clean
        if any(self._shift()) or clean is not None:
            used["logit_shift"] = self._shift()
            used["clean"] = None if clean is None else asdict(clean)
            _, self._scores = self._scored(models, used)
        if self.recipe.name != PAPER.name:
            self._gate = gate_of_folds(self._fold_models(models, used))

    def _fold_models(self, models: Sequence[Path], used: Mapping[str, Any]) -> FoldModels:
        return FoldModels(self._judged, self._held_out, self._loaded(models, used), cores())

    def _scored(self, models: Sequence[Path], used: Mapping[str, Any]) -> tuple[OutOfFold, Scores]:
        """Score every photo by the model that never saw it."""
        found = OutOfFold(self._judged, self._held_out, lambda: self._loaded(models, used))
        scores = score_sources(self._judged, {NETWORK: ScoredMethod(found)}, workers=cores())
        return found, scores

    def _loaded(self, models: Sequence[Path], used: Mapping[str, Any]) -> list[LoadedModel]:
        """The models of the folds, with metadata that say how they are to be used."""
        return [
            LoadedModel(
                OnnxNetwork(
                    with_metadata((model / "model.onnx").read_bytes(), used),
                    str(model),
                    threads=1,
                    device=self._device,
                )
            )
            for model in models
        ]

    def _splits(self) -> Sequence[Split]:
        return self._parts

    def _finish(self) -> dict[str, Any]:
        found = self._finishing
        return {} if found is None else finish_network(self.out, found, self._gate)

    def _shift(self) -> tuple[float, ...]:
        return super()._shift() if self._calibration is None else self._calibration.shift

    def _metrics(self) -> dict[str, Any]:
        assert self._scores is not None
        seen = training_iou(load(self.out / "model.onnx"), self.train_pairs)
        iou = self._scores.summary.iou
        if self._calibration is not None and any(self._calibration.shift):
            iou = self._calibration.iou_after
        return {
            "how": f"out of fold, at the photos' own size: each photo by that one of "
            f"{len(self._parts)} models, of {self._fold_steps} steps each, which was not trained "
            "on it nor on anything of the same source; this model was trained on all photos. "
            "Figures of validation are of masks made as this model makes them; its threshold, the "
            "way to enlarge and what is cleaned were chosen on the same photos. What the choices "
            "are worth on photos that made none is in calibration and finishing; the sentence has "
            "the figure of calibration where the threshold was moved",
            "folds": len(self._parts),
            "fold_steps": self._fold_steps,
            "validation": _as_validation(self._scores),
            "calibration": None if self._calibration is None else asdict(self._calibration),
            "training_mean_iou": seen,
            "sentence": verdict(
                iou, seen, pairs=len(self.train_pairs), held_out=len(self._scores.rows)
            ),
        }

    def _finished(self, training: Training, plan: Plan) -> TrainResult:
        result = super()._finished(training, plan)
        if not result.interrupted:
            shutil.rmtree(self.folder / FOLDS, ignore_errors=True)
        return result


def _as_validation(scores: Scores) -> dict[str, Any]:
    """Out-of-fold figures as metrics.json keeps those of held-out pairs, and their interval."""
    background = next(iter(scores.baselines.values()))
    interval = scores.methods[0].intervals.get("iou")
    return {
        "mean_iou": scores.summary.iou,
        "interval": None if interval is None else list(interval),
        "accuracy": 1 - scores.summary.pooled_error_rate,
        "background_accuracy": 1 - background.pooled_error_rate,
        "images": [asdict(row) for row in scores.rows],
    }


def parts_of(dataset: Dataset, many: int, *, start: str, seed: int) -> list[Split]:
    """Split into folds, each of them unknown to the weights that training starts from.

    Raises:
        DataError: there are fewer sources than folds.
        UsageError: fewer than two folds, or `start` is a model of these very photos.
    """
    parts = folds(dataset, many, seed=seed)
    refuse_seen(start, dataset, "--folds")
    return parts
