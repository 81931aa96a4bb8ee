"""`train --folds`: models of parts of the photos score and calibrate the model of all photos."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from maskwright.classical.methods import NETWORK
from maskwright.core import Segmenter
from maskwright.data.dataset import Dataset
from maskwright.data.split import Split
from maskwright.data.threads import cores
from maskwright.evaluation.methods import Source, segmenter_source
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import score_sources
from maskwright.evaluation.timing import scoring_seconds
from maskwright.fusion.gate import Gate
from maskwright.metrics.held_out import Calibration
from maskwright.runtime.directory import TRAINING
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import OnnxSegmenter, load
from maskwright.study.finishing import Finishing, finishing_of_folds, finishing_seconds
from maskwright.study.gating import gate_of_folds, gate_seconds
from maskwright.study.out_of_fold import OutOfFold
from maskwright.training.batches import BatchSource
from maskwright.training.control import Control
from maskwright.training.folds.budget import affordable_share
from maskwright.training.folds.trainer import Trainer
from maskwright.training.loop import Training
from maskwright.training.plan import FOLDS, Plan
from maskwright.training.recipes import Recipe
from maskwright.training.run import Finish
from maskwright.training.scores import training_iou
from maskwright.training.sentence import summary_sentence
from maskwright.training.write import finish_network

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutOfFoldValidation:
    """Trains a model for each fold before the model of all photos, and judges by them.

    The folds take half of the time. With a number of steps instead, every model takes that many.

    Attributes:
        trainer: of the models of the folds.
        judged: the photos to score, see `judged_by`.
        splits: the folds.
        out: the model directory, claimed.
        device: for scoring photos with the models of the folds.
        control: how the caller watches and stops them.
    """

    trainer: Trainer
    judged: Dataset
    splits: Sequence[Split]
    out: Path
    device: str
    control: Control

    def affordable_steps(
        self, _training: Training, _recipe: Recipe, _batches: BatchSource, seconds: float
    ) -> int:
        """How many steps of the model of all photos fit into the seconds left.

        Raises:
            UsageError: a fold would have fewer than ten.
        """
        many = len(self.splits)
        return many * affordable_share(
            seconds,
            self.trainer,
            self.splits[0],
            trainings=many + 1,
            shares=2 * many,
            scoring=self._scoring_seconds,
        )

    def prepare(self, plan: Plan) -> Finish:
        """Train the models of the folds, and choose by them how the model of all is used.

        Raises:
            Stopped: the caller stopped the training.
            KeyboardInterrupt: Ctrl-C; the step at hand was kept.
        """
        asked = self.trainer.steps_asked(self.splits[0]) is not None
        steps = plan.steps if asked else plan.steps // len(self.splits)
        paths = self.trainer.train(
            {f"fold-{at}": split for at, split in enumerate(self.splits, 1)},
            self._folder,
            steps=steps,
            control=replace(self.control, later_steps=plan.steps),
        )
        chosen = self._chosen(tuple(paths.values()), steps)
        return Finish(self.splits, partial(self._finish, chosen), chosen.shift)

    def score(self, training: Training) -> float | None:
        """Return None: the model of all photos has no held-out photos."""
        return None

    @property
    def _folder(self) -> Path:
        return self.out / TRAINING / FOLDS

    @property
    def _held_out(self) -> list[Sequence[str]]:
        return [split.val for split in self.splits]

    def _scoring_seconds(self, segmenter: Segmenter) -> float:
        # Twice: for the threshold, and with all that was chosen.
        sources = {NETWORK: segmenter_source(segmenter, self.judged)}
        seconds = 2 * scoring_seconds(self.judged, sources)
        recipe = self.trainer.setup.recipe
        if recipe.finish:
            resize = Resize(recipe.resize, recipe.size)
            seconds += finishing_seconds(self.judged, segmenter, resize)
            seconds += gate_seconds(self.judged, segmenter, resize)
        return seconds

    def _chosen(self, models: Sequence[Path], steps: int) -> _Chosen:
        """Choose enlarging, threshold, cleaning and gate on the held-out photos of all folds."""
        dataset, finish = self.trainer.setup.dataset, self.trainer.setup.recipe.finish
        used: dict[str, Any] = {}
        finishing: Finishing | None = None
        if finish:
            finishing = finishing_of_folds(
                self.judged, self._held_out, self._loaded(models, used), workers=cores()
            )
            used["enlarge"] = finishing.enlarge
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
        gate: Gate | None = None
        if finish:
            gate = gate_of_folds(
                self.judged, self._held_out, self._loaded(models, used), workers=cores()
            )
        return _Chosen(steps, scores, shift, calibration, finishing, gate)

    def _scored(self, models: Sequence[Path], used: Mapping[str, Any]) -> tuple[OutOfFold, Scores]:
        """Score every photo by the model that was not trained on it."""
        found = OutOfFold(self.judged, self._held_out, lambda: self._loaded(models, used))
        scores = score_sources(
            self.judged,
            {NETWORK: Source(found, {})},
            workers=cores(),
            on_photo=self.control.check,
        )
        return found, scores

    def _loaded(self, models: Sequence[Path], used: Mapping[str, Any]) -> list[OnnxSegmenter]:
        """The models of the folds, with metadata that say how they are used."""
        return [
            OnnxSegmenter(
                with_metadata((model / "model.onnx").read_bytes(), used),
                str(model),
                threads=1,
                device=self.device,
            )
            for model in models
        ]

    def _finish(self, chosen: _Chosen, model: Path) -> dict[str, Any]:
        """Write the choices into the model of all photos, and return its metrics."""
        metrics: dict[str, Any] = {}
        if chosen.finishing is not None:
            metrics = finish_network(model, chosen.finishing, chosen.gate)
        pairs, scores, calibration = self.trainer.pairs, chosen.scores, chosen.calibration
        seen = training_iou(load(model / "model.onnx"), list(pairs.values()))
        iou = scores.summary.iou
        if calibration is not None and any(calibration.shift):
            iou = calibration.iou_after
        return metrics | {
            "how": f"out of fold, at the photos' own size: each photo by that one of "
            f"{len(self.splits)} models, of {chosen.fold_steps} steps each, which was not trained "
            "on it nor on anything of the same source; this model was trained on all photos. "
            "Figures of validation are of masks made as this model makes them; its threshold, the "
            "way to enlarge and what is cleaned were chosen on the same photos. What the choices "
            "are worth on photos that made none is in calibration and finishing; the sentence has "
            "the figure of calibration where the threshold was moved",
            "folds": len(self.splits),
            "fold_steps": chosen.fold_steps,
            "validation": _as_validation(scores),
            "calibration": None if calibration is None else asdict(calibration),
            "training_mean_iou": seen,
            "sentence": summary_sentence(iou, seen, pairs=len(pairs), held_out=len(scores.rows)),
        }


@dataclass(frozen=True)
class _Chosen:
    """What the models of the folds have shown, and what was chosen by it.

    Attributes:
        fold_steps: steps of each model of a fold.
        scores: of every photo, with all that was chosen but the gate.
        shift: of the logits of each class, which moves the threshold; zeros leave it.
        calibration: the threshold; None with more than two classes.
        finishing: how masks are enlarged and cleaned; None where the recipe does not finish.
        gate: where GrabCut may change masks; None where it was not learned.
    """

    fold_steps: int
    scores: Scores
    shift: tuple[float, ...]
    calibration: Calibration | None
    finishing: Finishing | None
    gate: Gate | None


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
