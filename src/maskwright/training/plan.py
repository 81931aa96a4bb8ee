"""The plan of a run: its options and decisions, written before the first step. A resumed run
follows the plan instead of a clock, and is refused with other options."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.errors import ModelError, UsageError
from maskwright.files import write_json
from maskwright.runtime.directory import PLAN


@dataclass(frozen=True)
class TrainingRequest:
    """The options of a call, and of its `DataFolder`; a resumed run must have the same."""

    recipe: str
    start: str
    encoder: str | None = None
    size: int | None = None
    augment: str | None = None
    minutes: float | None = None
    steps: int | None = None
    seed: int = 0
    masks: str | None = None
    values: str | None = None
    ignore: str | None = None
    groups: str | None = None
    folds: int | None = None
    photos: str | None = None
    suffixes: str | None = None


def check_length(request: TrainingRequest) -> None:
    """Check the requested minutes or steps.

    Raises:
        UsageError: both are given, or one that is not positive and finite.
    """
    if request.minutes is not None and request.steps is not None:
        raise UsageError("--minutes and --steps: give one of them")
    lengths = [one for one in (request.minutes, request.steps) if one is not None]
    if any(one <= 0 or not math.isfinite(one) for one in lengths):
        raise UsageError("--minutes and --steps must be positive, and finite")


@dataclass(frozen=True)
class Plan:
    """The options of a run, and what was decided from them.

    Attributes:
        request: the options.
        fingerprint: of the data: files, mask values, groups and parts.
        split: of which pairs are trained on and which are held out.
        first_weights: of the network before the first step.
        steps: how many.
        threads: of each process; with others the sums differ in their last bits.
        processes: that train together.
        pretrained_score: of the start, 0..1, where the learning rates depend on it; see
            `pretrained_score`.
    """

    request: TrainingRequest
    fingerprint: str
    split: str
    first_weights: str
    steps: int
    threads: int
    processes: int
    pretrained_score: float | None = None

    def __post_init__(self) -> None:
        if not all(isinstance(n, int) for n in (self.steps, self.threads, self.processes)):
            raise TypeError("steps, threads and processes are whole numbers")
        if not (self.pretrained_score is None or 0 <= self.pretrained_score <= 1):
            raise ValueError("the score of the start is not between 0 and 1")

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values, under the names that plan.json and model.json have."""
        values = asdict(self)
        values["known"] = values.pop("pretrained_score")
        return values


def write_plan(folder: Path, plan: Plan) -> None:
    """Keep the plan in a training folder, or in the work folder of a cross-validation."""
    write_json(folder / PLAN, plan.to_json())


def read_plan(folder: Path) -> Plan | None:
    """Read the plan of an earlier try; None when it was stopped before it had one.

    Raises:
        ModelError: the file is damaged.
    """
    path = folder / PLAN
    if not path.exists():
        return None
    try:
        return plan_of(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelError(f"{path}: damaged ({error}); train again with --overwrite") from error


def plan_of(values: dict[str, Any]) -> Plan:
    """Make a plan from `to_json` values; earlier versions kept fewer.

    Raises:
        ValueError, TypeError, KeyError: these values are not a plan.
    """
    rest = dict(values)
    score = rest.pop("known", None)
    request = TrainingRequest(**rest.pop("request"))
    return Plan(**rest, request=request, pretrained_score=score)


def check_same(plan: Plan, now: Plan) -> None:
    """Refuse to resume a run with other options or data.

    Raises:
        UsageError: an option, the data, the threads or the processes differ.
    """
    before, after = asdict(plan.request), asdict(now.request)
    odd = [
        f"{name} was {before[name]!r}, now {after[name]!r}"
        for name in before
        if before[name] != after[name]
    ]
    changes = {
        "fingerprint": "the photos, the masks or how they are read have changed",
        "split": "other pairs are held out",
        "first_weights": "the weights that training starts from have changed",
    }
    odd += [said for name, said in changes.items() if getattr(plan, name) != getattr(now, name)]
    if plan.threads != now.threads:
        odd.append(f"--threads was {plan.threads}, now {now.threads}")
    if plan.processes != now.processes:
        odd.append(f"there were {plan.processes} processes, now {now.processes}")
    if odd:
        raise UsageError(
            f"--resume goes on with the same run only, but {'; '.join(odd)}. "
            "Give the same options, or start anew with --overwrite"
        )
