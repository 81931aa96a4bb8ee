"""Minutes become steps that fit."""

from __future__ import annotations

import pytest
import torch

from maskwright.errors import UsageError
from maskwright.training.budget import (
    EXPORT_SECONDS,
    affordable_steps,
    check_enough,
    validation_steps,
)


@pytest.mark.parametrize("per_step", [0.05, 0.4, 2.0])
@pytest.mark.parametrize("validations", [0.0, 30.0])
def test_steps_fill_the_time_and_do_not_exceed_it(per_step: float, validations: float) -> None:
    steps = affordable_steps(600.0, per_step=per_step, beside=validations)
    spent = steps * per_step + validations
    assert 0.93 * 600 < spent + 12 < 612  # the export takes some seconds, a reserve is kept
    assert spent < 600


def test_no_time_is_no_steps() -> None:
    assert affordable_steps(5.0, per_step=1.0, beside=3.0) <= 0


@pytest.mark.parametrize("steps", [1, 3, 10, 11, 1035])
def test_the_last_step_is_validated_and_ten_at_most(steps: int) -> None:
    chosen = validation_steps(steps)
    assert max(chosen) == steps
    assert min(chosen) >= 1
    assert len(chosen) == min(10, steps)


@pytest.mark.parametrize("trainings", [2, 5, 15])
@pytest.mark.parametrize("per_step", [0.1, 1.5])
def test_several_trainings_share_the_time(trainings: int, per_step: float) -> None:
    steps = affordable_steps(600.0, per_step=per_step, beside=60.0, trainings=trainings)
    each = steps // trainings
    spent = trainings * (each * per_step + EXPORT_SECONDS) + 60.0
    assert 0.85 * 600 < spent < 600


@pytest.mark.parametrize("threads", [1, 2])
def test_too_little_time_says_what_takes_it(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    check_enough(10, 60.0, 1.5, per_step=1.0, beside=20.0)
    with pytest.raises(UsageError) as refused:
        check_enough(9, 60.0, 1.5, per_step=1.0, beside=20.0, trainings=3)
    said = str(refused.value)
    assert "1.5 minutes are too few: 1.0 are left" in said
    assert "a step of each of 3 trainings takes 1.0 seconds, and scoring and writing 38;" in said
    assert ("--threads 1" in said) == (threads > 1)
