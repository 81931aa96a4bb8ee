"""`train --folds`: models of parts of the photos score and calibrate the model of all photos."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from maskwright.classical.methods import NETWORK
from maskwright.core import Segmenter
from maskwright.data.threads import cores
from maskwright.evaluation.methods import segmenter_method
from maskwright.evaluation.predicted import ScoredMethod
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import score_sources
from maskwright.evaluation.timing import scoring_seconds
from maskwright.metrics.study_results import Calibration
from maskwright.runtime.directory import TRAINING
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.network import OnnxNetwork
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import LoadedModel, load
from maskwright.study.finishing import finishing_of_folds, finishing_seconds
from maskwright.study.folds import FoldModels
from maskwright.study.gating import gate_of_folds, gate_seconds
from maskwright.study.out_of_fold import OutOfFold
from maskwright.training.batches import BatchSource
from maskwright.training.claim import FOLDS
from maskwright.training.control import Control
from maskwright.training.folds.trainer import Trainer
from maskwright.training.loop import Training
from maskwright.training.plan import Plan
from maskwright.training.recipes import Recipe
from maskwright.training.run import Validation
from maskwright.training.scores import summary_sentence, training_iou
from maskwright.training.write import Finish, finish_network

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folds:
    """Trains a model for each fold before the model of all photos, and judges by them.

    The folds take half of the time. With a number of steps instead, every model takes that many.

    Attributes:
        trainer: of the models of the folds.
        out: the model directory, claimed.
        control: how the caller watches and stops them.
    """

    trainer: Trainer
    out: Path
    control: Control

    @property
    def validation(self) -> Validation:
        """What the run of the model of all photos needs to know of the folds."""
        return Validation(self._prepare, self._affordable_steps)

    def _affordable_steps(
        self, _training: Training, _recipe: Recipe, _batches: BatchSource, seconds: float
    ) -> int:
        many = len(self.trainer.splits)
        return many * self.trainer.affordable_share(
            seconds,
            trainings=many + 1,
            shares=2 * many,
            scoring=self._scoring_seconds,
        )

    def _prepare(self, plan: Plan) -> Finish:
        """Train the models of the folds."""
        splits, asked = self.trainer.splits, self.trainer.steps_asked is not None
        steps = plan.steps if asked else plan.steps // len(splits)
        paths = self.trainer.train(
            {f"fold-{at}": split for at, split in enumerate(splits, 1)},
            self.out / TRAINING / FOLDS,
            steps=steps,
            control=replace(self.control, later_steps=plan.steps),
        )
        return self._chosen(tuple(paths.values()), steps)

    def _chosen(self, models: Sequence[Path], steps: int) -> Finish:
        """Choose enlarging, threshold, cleaning and gate on the photos that the folds hold out."""
        dataset, finishes = self.trainer.setup.dataset, self.trainer.setup.recipe.finish
        finishing = finishing_of_folds(self._fold_models(models, {})) if finishes else None
        used: dict[str, Any] = {} if finishing is None else {"enlarge": finishing.enlarge}
        found, scores = self._scored(models, used)
        calibration = found.calibration(dataset.sources)
        if calibration is None:
            _log.info("more than two classes: there is no threshold to calibrate")
        shift = (0.0,) * len(dataset.classes) if calibration is None else calibration.shift
        clean = None if finishing is None else finishing.clean
        if any(shift) or clean is not None:
            used["logit_shift"] = shift
            used["clean"] = None if clean is None else asdict(clean)
            _, scores = self._scored(models, used)
        gate = gate_of_folds(self._fold_models(models, used)) if finishes else None

        def finish(model: Path) -> dict[str, Any]:
            finished = {} if finishing is None else finish_network(model, finishing, gate)
            return finished | self._metrics(model, steps, scores, calibration)

        return Finish(self.trainer.splits, finish, shift)

    def _scoring_seconds(self, segmenter: Segmenter) -> float:
        # Twice: for the threshold, and with all that was chosen.
        judged, recipe = self.trainer.judged, self.trainer.setup.recipe
        seconds = 2 * scoring_seconds(judged, {NETWORK: segmenter_method(segmenter, judged)})
        if recipe.finish:
            resize = Resize(recipe.resize, recipe.size)
            seconds += finishing_seconds(judged, segmenter, resize)
            seconds += gate_seconds(judged, segmenter, resize)
        return seconds

    def _fold_models(self, models: Sequence[Path], used: Mapping[str, Any]) -> FoldModels:
        held_out = [split.val for split in self.trainer.splits]
        return FoldModels(self.trainer.judged, held_out, self._loaded(models, used), cores())

    def _scored(self, models: Sequence[Path], used: Mapping[str, Any]) -> tuple[OutOfFold, Scores]:
        """Score every photo by the model that was not trained on it."""
        found = self.trainer.out_of_fold(lambda: self._loaded(models, used))
        scores = score_sources(
            self.trainer.judged,
            {NETWORK: ScoredMethod(found)},
            workers=cores(),
            on_photo=self.control.check,
        )
        return found, scores

    def _loaded(self, models: Sequence[Path], used: Mapping[str, Any]) -> list[LoadedModel]:
        """The models of the folds, with metadata that say how they are used."""

        def loaded(model: Path) -> LoadedModel:
            data = with_metadata((model / "model.onnx").read_bytes(), used)
            network = OnnxNetwork(data, str(model), threads=1, device=self.trainer.device)
            return LoadedModel(network)

        return [loaded(model) for model in models]

    def _metrics(
        self, model: Path, steps: int, scores: Scores, calibration: Calibration | None
    ) -> dict[str, Any]:
        """The content of metrics.json, but for how masks are finished."""
        pairs = self.trainer.pairs
        seen = training_iou(load(model / "model.onnx"), list(pairs.values()))
        iou = scores.summary.iou
        if calibration is not None and any(calibration.shift):
            iou = calibration.iou_after
        return {
            "how": f"out of fold, at the photos' own size: each photo by that one of "
            f"{len(self.trainer.splits)} models, of {steps} steps each, which was not trained "
            "on it nor on anything of the same source; this model was trained on all photos. "
            "Figures of validation are of masks made as this model makes them; its threshold, the "
            "way to enlarge and what is cleaned were chosen on the same photos. What the choices "
            "are worth on photos that made none is in calibration and finishing; the sentence has "
            "the figure of calibration where the threshold was moved",
            "folds": len(self.trainer.splits),
            "fold_steps": steps,
            "validation": _as_validation(scores),
            "calibration": None if calibration is None else asdict(calibration),
            "training_mean_iou": seen,
            "sentence": summary_sentence(iou, seen, pairs=len(pairs), held_out=len(scores.rows)),
        }


def _as_validation(scores: Scores) -> dict[str, Any]:
    """Out-of-fold figures under the names for held-out pairs in metrics.json, and an interval."""
    background = next(iter(scores.baselines.values()))
    interval = scores.methods[0].intervals.get("iou")
    return {
        "mean_iou": scores.summary.iou,
        "interval": None if interval is None else list(interval),
        "accuracy": 1 - scores.summary.pooled_error_rate,
        "background_accuracy": 1 - background.pooled_error_rate,
        "images": [asdict(row) for row in scores.rows],
    }
