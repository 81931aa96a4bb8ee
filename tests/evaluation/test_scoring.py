"""Several methods over the same photos: decoded once, in one order, with pictures of the worst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maskwright.core import Image, Probs, from_function
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.photo import read_photo
from maskwright.engine import photo
from maskwright.evaluation.methods import segmenter_method
from maskwright.evaluation.predicted import ScoredMethod, folder_method
from maskwright.evaluation.scores import Scores
from maskwright.evaluation.scoring import score_sources
from tests.support.folders import disc, write_data, write_masks

MASKS = {f"photo {at:02}": disc(30 + at, 40, radius=0.2 + 0.02 * at) for at in range(12)}


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return open_dataset(write_data(tmp_path / "data", MASKS, scale=255))


def by_redness(dataset: Dataset, level: int) -> ScoredMethod:
    """Foreground is what is redder than some level."""

    def found(image: Image, _prior: Probs | None) -> Probs:
        redder = (image[:, :, 0] > level).astype(np.float32)
        return np.stack([1 - redder, redder], axis=2)

    return segmenter_method(from_function(dataset.classes, found), dataset)


@pytest.fixture
def sources(dataset: Dataset, tmp_path: Path) -> dict[str, ScoredMethod]:
    """One of masks in files, of which the later ones are the worse, and two that predict."""
    spoilt = {name: mask.copy() for name, mask in MASKS.items()}
    for at, mask in enumerate(spoilt.values()):
        mask[: 10 + at] = 0
    folder = write_masks(tmp_path / "spoilt", spoilt)
    return {
        "spoilt": folder_method(folder, dataset),
        "loose": by_redness(dataset, 30),
        "right": by_redness(dataset, 120),
    }


def scored(dataset: Dataset, sources: Mapping[str, ScoredMethod], **how: Any) -> Scores:
    return score_sources(dataset, sources, **{"workers": 2, **how})


def test_each_method_is_scored_as_if_alone(
    dataset: Dataset, sources: dict[str, ScoredMethod]
) -> None:
    together = scored(dataset, sources)
    assert [one.name for one in together.methods] == list(sources)
    for one in together.methods:
        alone = scored(dataset, {one.name: sources[one.name]})
        assert alone.methods == (one,)
        assert alone.baselines == together.baselines
    assert together.rows == together.methods[0].rows
    assert together.summary == together.methods[0].summary
    assert together.methods[2].summary.iou == 1
    assert len(together.comparisons) == 3 * 3
    assert together.comparisons[0].first == "loose" and together.comparisons[0].second == "spoilt"


def test_a_photo_is_decoded_once_for_all_methods_and_not_for_masks_in_files(
    dataset: Dataset, sources: dict[str, ScoredMethod], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Counter[str] = Counter()
    really = read_photo

    def counting(path: Path, **how: Any) -> Any:
        read[path.stem] += 1
        return really(path, **how)

    monkeypatch.setattr(photo, "read_photo", counting)
    scored(dataset, sources, gallery=3)
    assert read == dict.fromkeys(MASKS, 1)
    read.clear()
    scored(dataset, {"spoilt": sources["spoilt"]})
    assert not read
    scored(dataset, {"spoilt": sources["spoilt"]}, gallery=1)
    assert 1 <= len(read) <= len(MASKS)


def test_threads_change_nothing(dataset: Dataset, sources: dict[str, ScoredMethod]) -> None:
    assert scored(dataset, sources, workers=1, gallery=4) == scored(
        dataset, sources, workers=8, gallery=4
    )


def test_the_gallery_shows_the_headlines_worst_photos_by_every_method(
    dataset: Dataset, sources: dict[str, ScoredMethod]
) -> None:
    for first in sources:
        ordered = {first: sources[first], **sources}
        scores = scored(dataset, ordered, gallery=5, workers=3)
        assert [tile.name for tile in scores.gallery] == [row.name for row in scores.worst(5)]
        assert all(list(tile.masks) == list(ordered) for tile in scores.gallery)
    assert scored(dataset, sources).gallery == ()
    assert len(scored(dataset, sources, gallery=100).gallery) == len(MASKS)


def test_the_caller_hears_of_every_photo_in_order(
    dataset: Dataset, sources: dict[str, ScoredMethod]
) -> None:
    heard: list[tuple[str, int]] = []
    scores = scored(dataset, sources, on_photo=lambda row, photos: heard.append((row.name, photos)))
    assert heard == [(row.name, len(MASKS)) for row in scores.rows]


def test_whole_groups_are_drawn_where_the_data_names_groups(
    dataset: Dataset, sources: dict[str, ScoredMethod], tmp_path: Path
) -> None:
    alone = scored(dataset, sources)
    rows = "".join(f"{name},{'ab'[at % 2]}\n" for at, name in enumerate(MASKS))
    (tmp_path / "data" / "pairs.csv").write_text("name,group\n" + rows)
    grouped = scored(open_dataset(tmp_path / "data"), sources)
    assert grouped.rows == alone.rows
    assert grouped.methods[0].intervals != alone.methods[0].intervals
    assert any("over 2 groups of photos" in note for note in grouped.notes)
    assert any("2 groups of photos are few" in one for one in grouped.warnings)
    assert any("over 12 photos" in note for note in alone.notes)
    assert not any("few" in one for one in alone.warnings)


def test_one_photo_or_one_group_says_nothing_of_others(
    dataset: Dataset, sources: dict[str, ScoredMethod], tmp_path: Path
) -> None:
    rows = "".join(f"{name},a\n" for name in MASKS)
    (tmp_path / "data" / "pairs.csv").write_text("name,group\n" + rows)
    scores = scored(open_dataset(tmp_path / "data"), sources)
    assert scores.methods[0].intervals == {}
    assert scores.comparisons == ()
    assert any("no intervals" in one for one in scores.warnings)
    assert scores.summary.iou == scored(dataset, sources).summary.iou


def test_the_empty_rule_and_its_photos_are_stated(tmp_path: Path) -> None:
    masks = {"a": disc(20, 20), "b": np.zeros((20, 20), np.uint8), "c": disc(20, 20)}
    data = open_dataset(write_data(tmp_path / "data", masks, scale=255))
    folder = write_masks(tmp_path / "p", {**masks, "c": np.zeros((20, 20), np.uint8)})
    found = scored(data, {"p": folder_method(folder, data), "red": by_redness(data, 120)})
    (note,) = (note for note in found.notes if note.startswith("empty masks"))
    assert "1 and 1 of foreground by p, 1 and 0 of foreground by red" in note


def test_confusions_add_up_to_all_pixels(
    dataset: Dataset, sources: dict[str, ScoredMethod]
) -> None:
    for one in scored(dataset, sources).methods:
        counts = np.array(one.confusion)
        assert counts.sum() == sum(mask.size for mask in MASKS.values())
        assert counts[1].sum() == sum(int(mask.sum()) for mask in MASKS.values())
        pooled = one.summary.pooled[0].iou
        assert pooled == counts[1, 1] / (counts.sum() - counts[0, 0])
