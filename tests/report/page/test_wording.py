"""Sentences agree with the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.evaluation.tiles import DisputeMap
from maskwright.metrics.comparison import Comparison
from maskwright.report.page.tables import as_gain
from maskwright.report.page.wording import accepted, comparison_sentence, summary, title
from tests.support.reports import several_classes, two_methods

CLEAR = Comparison("unet", "siox", "iou", 0.2, 0.1, 0.3, 60, 10, 4, 74)


def test_a_clear_difference_names_the_better_one_with_its_photos() -> None:
    said = comparison_sentence(CLEAR)
    assert said == (
        "unet is better than siox by 0.200 in IoU (95 % interval 0.100 to 0.300): better on 60 "
        "photos, worse on 10, equal on 4."
    )
    other = comparison_sentence(
        replace(CLEAR, difference=-0.2, low=-0.3, high=-0.1, wins=10, losses=60)
    )
    assert other == said.replace("unet", "?").replace("siox", "unet").replace("?", "siox")


def test_an_interval_that_holds_0_proves_nothing() -> None:
    said = comparison_sentence(replace(CLEAR, difference=0.01, low=-0.1, high=0.12, ties=0))
    assert said.startswith("unet and siox do not differ clearly: +0.010 in IoU")
    assert "−0.100 to +0.120" in said and "is better than" not in said
    assert "equal on" not in said


@pytest.mark.parametrize(("units", "what"), [(2, "photos"), (1, "groups of photos")])
def test_few_photos_prove_nothing(units: int, what: str) -> None:
    said = comparison_sentence(replace(CLEAR, wins=2, losses=0, ties=0, units=units))
    assert said == (
        "unet was better than siox on 2 photos, worse on 0 (+0.200 in IoU). There are too few "
        f"{what} to tell which method is better."
    )


def test_a_method_below_a_constant_mask_is_called_useless(tmp_path: Path) -> None:
    scores = two_methods(tmp_path)
    assert "near is better by " in " ".join(summary(scores, ()))
    far = replace(scores, methods=scores.methods[::-1])
    best = replace(far.summary, iou=1.0)
    lost = " ".join(summary(replace(far, baselines={"all leaf": best}), ()))
    assert "far & <b>off</b> is not better, and so of no use on these photos" in lost


def test_two_classes_in_words(tmp_path: Path) -> None:
    scores = two_methods(tmp_path, photos=10)
    compared = list(map(as_gain, scores.comparisons))
    first, *others = summary(scores, tuple(one for one in compared if one.figure == "iou"))
    assert first.startswith("near was scored on 10 photos")
    assert "leaf <i>x</i>" in first and f"IoU {scores.summary.iou:.3f}" in first
    low, high = scores.methods[0].intervals["iou"]
    assert f"{low:.3f} to {high:.3f}" in first
    text = " ".join(others)
    assert f"{100 * scores.summary.error_rate:.1f} % of a photo's pixels" in text
    assert "near is better than far & <b>off</b>" in text
    best = max(one.iou for one in scores.baselines.values())
    assert f"would reach an IoU of {best:.3f}" in text
    poor = sum(row.iou < 0.5 for row in scores.rows)
    assert ("No photo has an IoU below" in text) == (poor == 0)


@pytest.mark.parametrize(
    ("regions", "count", "area", "said"),
    [
        (
            17,
            3,
            0.0123,
            "GrabCut's change accepted in 3 of 17 disputed regions, 1.2 % of the photo",
        ),
        (
            1,
            1,
            1e-4,
            "GrabCut's change accepted in 1 of 1 disputed region, under 0.1 % of the photo",
        ),
        (1200, 0, 0.0, "GrabCut's change accepted in 0 of 1,200 disputed regions"),
        (0, 0, 0.0, "no disputed regions"),
    ],
)
def test_accepted_regions_in_words(regions: int, count: int, area: float, said: str) -> None:
    assert accepted(DisputeMap(b"", regions, count, area)) == said


def test_several_classes_in_words(tmp_path: Path) -> None:
    scores = several_classes(tmp_path, 4)
    text = " ".join(summary(scores, ()))
    ious = scores.summary.pooled_ious
    assert f"The best class is {max(ious, key=lambda name: ious[name] or 0)}" in text
    assert "averaged over 4 classes" in text


@pytest.mark.parametrize(
    ("folder", "said"), [("plants", "plants"), ("plants/test", "plants/test"), ("/", "/")]
)
def test_the_title_is_the_data_folder(tmp_path: Path, folder: str, said: str) -> None:
    scores = several_classes(tmp_path, 3, photos=1)
    assert title(replace(scores, data=Path("/some" if folder != "/" else "/") / folder)) == said
