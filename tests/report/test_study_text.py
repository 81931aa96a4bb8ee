"""What cross-validation found out, in words."""

from __future__ import annotations

from maskwright.metrics.held_out import (
    Calibration,
    CurvePoint,
    LearningCurve,
    Study,
    Suspect,
    Unlabelled,
)
from maskwright.report.study_text import study_blocks


def study(**parts: object) -> Study:
    nothing = {"calibration": None, "curve": None, "suspects": (), "label_next": ()}
    return Study(folds=5, recipe="fast", steps=100, minutes=9.5, **{**nothing, **parts})  # type: ignore[arg-type]


def test_what_is_not_there_is_not_said() -> None:
    assert study_blocks(study()) == []


def test_a_threshold_that_helps_and_one_that_does_not() -> None:
    helps = Calibration(0.42, (0.0, 0.32), 0.75, 0.77, 0.01, 0.03)
    ((line,),) = study_blocks(study(calibration=helps))
    assert line.startswith("threshold: 0.42 is better than 0.5")
    assert "0.750" in line and "0.770" in line and "+0.020, +0.010 to +0.030" in line
    idle = Calibration(0.5, (0.0, 0.0), 0.75, 0.74, -0.02, 0.01)
    ((line,),) = study_blocks(study(calibration=idle))
    assert line.startswith("threshold: 0.5, none is sure to help")


def test_each_part_has_its_lines() -> None:
    curve = LearningCurve((CurvePoint(15, 0.6, 0.55, 0.65),), "It pays.")
    blocks = study_blocks(
        study(
            curve=curve,
            suspects=tuple(Suspect(f"photo{n}", 0.9, "swapped") for n in range(12)),
            label_next=(Unlabelled("deep/a.jpg", 0.4),),
        )
    )
    assert blocks[0] == ["learning curve", "15 photos: IoU 0.600 (0.550 to 0.650)", "It pays."]
    assert blocks[1][1] == "photo0  0.90  swapped"
    assert len(blocks[1]) == 12 and blocks[1][-1] == "... and 2 more in scores.json"
    assert blocks[2] == ["label these next", "deep/a.jpg  0.40"]
