"""Predicted masks in a folder: how they are paired and read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskwright import evaluate
from maskwright.core import VOID
from maskwright.errors import DataError
from tests.support.folders import PREDICTED, TRUTHS, save, white, write_data, write_masks


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data", TRUTHS, scale=255)


def test_missing_predictions_are_named(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", white({"a": PREDICTED["a"]}))
    with pytest.raises(DataError, match=r"2 of 3 photos .*deep/b, deep/c"):
        evaluate(data, predictions=folder)


def test_predictions_without_a_photo_are_left_out_aloud(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", white({**PREDICTED, "z": PREDICTED["a"]}))
    scores = evaluate(data, predictions=folder)
    assert len(scores.rows) == 3
    assert any("1 predicted mask without a photo" in note for note in scores.notes)


def test_two_predictions_for_one_photo_are_named(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", white(PREDICTED))
    save(folder / "a.tif", PREDICTED["a"])
    with pytest.raises(DataError, match=r"a\.png, a\.tif"):
        evaluate(data, predictions=folder)


def test_sizes_that_differ_are_named_with_the_cure(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", white({**PREDICTED, "a": PREDICTED["a"][:-1]}))
    with pytest.raises(DataError, match=r"a\.png \(60 x 39, its photo 60 x 40\).*nearest"):
        evaluate(data, predictions=folder)


@pytest.mark.parametrize(("value", "message"), [(3, "class indices 0 to 1"), (VOID, "255, void")])
def test_values_that_are_no_class_are_refused(
    data: Path, tmp_path: Path, value: int, message: str
) -> None:
    wrong = PREDICTED["a"].copy()
    wrong[:5] = value
    folder = write_masks(tmp_path / "p", {**PREDICTED, "a": wrong})
    with pytest.raises(DataError, match=message):
        evaluate(data, predictions=folder)


def test_a_damaged_prediction_is_named(data: Path, tmp_path: Path) -> None:
    folder = write_masks(tmp_path / "p", white(PREDICTED))
    (folder / "a.png").write_bytes((folder / "a.png").read_bytes()[:40])
    with pytest.raises(DataError, match=r"a\.png"):
        evaluate(data, predictions=folder)


def test_a_folder_that_is_not_there(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        evaluate(data, predictions=tmp_path / "nowhere")


def test_probabilities_of_another_size_are_named(data: Path, tmp_path: Path) -> None:
    write_masks(tmp_path / "out" / "masks", white(PREDICTED))
    write_masks(tmp_path / "out" / "probs", white({**PREDICTED, "a": PREDICTED["a"][:-1]}))
    with pytest.raises(DataError, match=r"probs.a\.png"):
        evaluate(data, predictions=tmp_path / "out")


def test_missing_probabilities_cost_only_the_mae(data: Path, tmp_path: Path) -> None:
    write_masks(tmp_path / "out" / "masks", white(PREDICTED))
    write_masks(tmp_path / "out" / "probs", white({"a": PREDICTED["a"]}))
    scores = evaluate(data, predictions=tmp_path / "out")
    assert scores.summary.mae is None
    assert any("no MAE" in note and "deep/b" in note for note in scores.notes)


def test_eight_bit_probabilities_count_from_0_to_255(data: Path, tmp_path: Path) -> None:
    write_masks(tmp_path / "out" / "masks", white(PREDICTED))
    write_masks(tmp_path / "out" / "probs", white(PREDICTED))
    scores = evaluate(data, predictions=tmp_path / "out")
    assert [row.mae for row in scores.rows] == pytest.approx([r.error_rate for r in scores.rows])
