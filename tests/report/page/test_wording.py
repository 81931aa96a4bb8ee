"""Sentences say what the figures say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.evaluation.tiles import Pieces
from maskwright.report.page.versus import Versus, turned
from maskwright.report.page.wording import decided, summary, title, versus_sentence
from tests.support.reports import several_classes, two_methods

CLEAR = Versus("unet", "siox", "iou", 0.2, 0.1, 0.3, 60, 10, 4, 74)


def test_a_clear_difference_names_the_better_one_with_its_photos() -> None:
    said = versus_sentence(CLEAR)
    assert said == (
        "unet is better than siox by 0.200 in IoU (95 % interval 0.100 to 0.300): better on 60 "
        "photos, worse on 10, as good on 4."
    )
    other = versus_sentence(replace(CLEAR, gain=-0.2, low=-0.3, high=-0.1, wins=10, losses=60))
    assert other == said.replace("unet", "?").replace("siox", "unet").replace("?", "siox")


def test_an_interval_that_holds_0_proves_nothing() -> None:
    said = versus_sentence(replace(CLEAR, gain=0.01, low=-0.1, high=0.12, ties=0))
    assert said.startswith("Between unet and siox no difference is proven: +0.010 in IoU")
    assert "−0.100 to +0.120" in said and "is better than" not in said
    assert "as good on" not in said


@pytest.mark.parametrize(("units", "what"), [(2, "photos"), (1, "groups of photos")])
def test_few_photos_prove_nothing(units: int, what: str) -> None:
    said = versus_sentence(replace(CLEAR, wins=2, losses=0, ties=0, units=units))
    assert said == (
        "unet was better than siox on 2 photos, worse on 0 (+0.200 in IoU): too few "
        f"{what} to tell which is better."
    )


def test_a_method_that_loses_to_a_constant_mask_is_said_to(tmp_path: Path) -> None:
    scores = two_methods(tmp_path)
    assert "near is above that by " in " ".join(summary(scores, ()))
    far = replace(scores, methods=scores.methods[::-1])
    best = replace(far.summary, iou=1.0)
    lost = " ".join(summary(replace(far, baselines={"all leaf": best}), ()))
    assert "far & <b>off</b> is not above that, and so of no use here" in lost


def test_two_classes_in_words(tmp_path: Path) -> None:
    scores = two_methods(tmp_path, photos=10)
    compared = turned(scores.comparisons, [one.name for one in scores.methods])
    first, *others = summary(scores, tuple(one for one in compared if one.figure == "iou"))
    assert first.startswith("near was judged on 10 photos")
    assert "leaf <i>x</i>" in first and f"IoU {scores.summary.iou:.3f}" in first
    low, high = scores.methods[0].intervals["iou"]
    assert f"{low:.3f} to {high:.3f}" in first
    text = " ".join(others)
    assert f"{100 * scores.summary.error_rate:.1f} % of a photo's pixels" in text
    assert "near is better than far & <b>off</b>" in text
    best = max(one.iou for one in scores.baselines.values())
    assert f"would reach an IoU of {best:.3f}" in text
    poor = sum(row.iou < 0.5 for row in scores.rows)
    assert ("No photo is below" in text) == (poor == 0)


@pytest.mark.parametrize(
    ("many", "given", "share", "said"),
    [
        (17, 3, 0.0123, "GrabCut decided 3 of 17 disputed pieces, 1.2 % of the photo"),
        (1, 1, 0.0001, "GrabCut decided 1 of 1 disputed piece, under 0.1 % of the photo"),
        (1200, 0, 0.0, "GrabCut decided 0 of 1,200 disputed pieces"),
        (0, 0, 0.0, "nothing was disputed"),
    ],
)
def test_who_decided_in_words(many: int, given: int, share: float, said: str) -> None:
    assert decided(Pieces(b"", many, given, share)) == said


def test_several_classes_in_words(tmp_path: Path) -> None:
    scores = several_classes(tmp_path, 4)
    text = " ".join(summary(scores, ()))
    ious = scores.summary.pooled_ious
    assert f"finds {max(ious, key=lambda name: ious[name] or 0)} best" in text
    assert "on average over 4 classes" in text


@pytest.mark.parametrize(
    ("folder", "said"), [("plants", "plants"), ("plants/test", "plants/test"), ("/", "/")]
)
def test_the_title_is_the_data_folder(tmp_path: Path, folder: str, said: str) -> None:
    scores = several_classes(tmp_path, 3, photos=1)
    assert title(replace(scores, data=Path("/some" if folder != "/" else "/") / folder)) == said
