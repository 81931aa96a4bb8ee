from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

from maskwright.data.dataset import Dataset, Example, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.groups import connected
from maskwright.data.split import (
    Split,
    fewer,
    folds,
    holdout,
    read_splits,
    trained_on,
    write_splits,
)
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import blob, data_folder, picture, write


def dataset_of(root: Path, count: int, rows: str = "", groups: str | None = None) -> Dataset:
    data_folder(root, {f"p{number:02d}": blob() for number in range(count)})
    if rows:
        (root / "pairs.csv").write_text("name,group,parent,split\n" + rows)
    return open_dataset(DataFolder(root, groups=groups))


def test_holdout_is_seeded_whole_and_of_the_wanted_size(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, 20)
    split = holdout(dataset, fraction=0.2, seed=3)
    assert len(split.val) == 4
    assert sorted(split.train + split.val) == [example.name for example in dataset.examples]
    assert holdout(dataset, fraction=0.2, seed=3) == split
    assert any(holdout(dataset, fraction=0.2, seed=seed) != split for seed in range(5))


def test_groups_are_never_separated(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, 20, groups=r"p\d")  # p0... and p1...
    for seed in range(6):
        for split in (holdout(dataset, seed=seed), *folds(dataset, 2, seed=seed)):
            assert {name[:2] for name in split.train}.isdisjoint({name[:2] for name in split.val})


def test_copies_follow_their_parents_and_are_never_in_val(tmp_path: Path) -> None:
    rows = "".join(f"p{number:02d},,p{number - 10:02d},\n" for number in range(10, 20))
    dataset = dataset_of(tmp_path, 20, rows)
    splits = [holdout(dataset, seed=1), *folds(dataset, 5, seed=1)]
    for split in splits:
        assert split.val and all(name < "p10" for name in split.val)
        twins = {f"p{int(name[1:]) + 10:02d}" for name in split.val}
        assert twins.isdisjoint(split.train)
    assert sorted(name for split in splits[1:] for name in split.val) == [
        f"p{number:02d}" for number in range(10)
    ]


def test_copies_of_copies_and_copies_of_a_photo_elsewhere_stay_together(tmp_path: Path) -> None:
    rows = "p01,,p00.png,\np02,,p01,\np03,,gone,\np04,,gone,\n"
    dataset = dataset_of(tmp_path, 8, rows)
    sources = dataset.sources
    assert sources["p00"] == sources["p01"] == sources["p02"]
    assert sources["p03"] == sources["p04"]
    assert len(set(sources.values())) == 5
    for split in (*(holdout(dataset, seed=seed) for seed in range(8)), *folds(dataset, 4)):
        held = {sources[name] for name in split.val}
        assert held and held.isdisjoint(sources[name] for name in split.train)
        assert {"p03", "p04"} <= set(split.train)


def test_nothing_but_copies_cannot_be_split(tmp_path: Path) -> None:
    rows = "".join(f"p{number:02d},,gone{number % 2},\n" for number in range(12))
    with pytest.raises(DataError, match="all photos are augmented copies"):
        dataset_of(tmp_path / "all", 12, rows)
    dataset = dataset_of(tmp_path / "but one", 13, rows)
    copies = replace(dataset, examples=dataset.examples[:12])
    for split in (holdout, lambda data: folds(data, 2)):
        with pytest.raises(DataError, match="all photos are augmented copies"):
            split(copies)


def test_near_duplicates_are_of_one_source(tmp_path: Path) -> None:
    root = tmp_path
    dataset_of(root, 10)
    smaller = PilImage.fromarray(picture(4, 200, 266)).resize((133, 100))
    write(root / "images" / "p04.png", picture(4, 200, 266))
    write(root / "masks" / "p04.png", blob(200, 266))
    write(root / "images" / "again.jpg", np.asarray(smaller), quality=60)
    write(root / "masks" / "again.png", blob(100, 133))
    dataset = open_dataset(root)
    assert dataset.sources["p04"] == dataset.sources["again"]
    assert len(set(dataset.sources.values())) == 10
    for seed in range(8):
        split = holdout(dataset, seed=seed)
        assert ("p04" in split.val) == ("again" in split.val)


def test_real_duplicates_are_found_and_nothing_is_chained(shared_data: Path) -> None:
    for name, twins in (
        ("soybean_rust63", 1),
        ("wbc1_300", 2),
        ("chase28", 0),
        ("crackforest118", 0),
    ):
        values = "0=a,128=b,255=c" if name == "wbc1_300" else None
        dataset = open_dataset(DataFolder(shared_data / "domains" / name, values=values))
        assert len(dataset.examples) - len(set(dataset.sources.values())) == twins


def test_named_splits_are_used(tmp_path: Path) -> None:
    for number, part in enumerate(("train", "train", "val", "test")):
        name = f"{part}/images/x{number}.png"
        write(tmp_path / name, picture(number))
        write(tmp_path / name.replace("images", "masks"), blob())
    split = holdout(open_dataset(tmp_path))
    assert split == Split(("train/x0", "train/x1"), ("val/x2",))
    assert sorted(n for s in folds(open_dataset(tmp_path), 3) for n in s.val) == [
        "train/x0",
        "train/x1",
        "val/x2",
    ]


def test_what_cannot_be_split_says_why(tmp_path: Path) -> None:
    one = dataset_of(tmp_path / "one", 3, groups="p")
    with pytest.raises(DataError, match="2 sources are needed"):
        holdout(one)
    few = dataset_of(tmp_path / "few", 3)
    with pytest.raises(DataError, match=r"5 sources are needed.*there are 3"):
        folds(few, 5)
    with pytest.raises(UsageError, match="2 folds"):
        folds(few, 1)
    for fraction in (0.0, 1.0):
        with pytest.raises(UsageError, match="between 0 and 1"):
            holdout(few, fraction=fraction)
    tests = dataset_of(tmp_path / "test", 2, "p00,,,test\np01,,,test\n")
    with pytest.raises(DataError, match="all photos are of the test part"):
        holdout(tests)


def test_two_photos_give_one_on_each_side(tmp_path: Path) -> None:
    split = holdout(dataset_of(tmp_path, 2))
    assert len(split.train) == len(split.val) == 1


def test_fewer_photos_are_whole_sources_and_nested(tmp_path: Path) -> None:
    rows = "p01,film,,\np02,film,,\np03,film,,\np09,,p08,\n"
    dataset = dataset_of(tmp_path, 16, rows)
    for split in folds(dataset, 3):
        quarter, half = (fewer(dataset, split, share) for share in (0.25, 0.5))
        assert quarter.val == half.val == split.val
        assert set(quarter.train) < set(half.train) < set(split.train)
        for part in (quarter, half):
            assert len({"p01", "p02", "p03"} & set(part.train)) in (0, 3)
            assert ("p09" in part.train) == ("p08" in part.train)  # a copy with its original
        assert fewer(dataset, split, 1.0) == split


def test_splits_are_written_and_read(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path / "data", 6, "p05,,p00,\n")
    splits = folds(dataset, 2)
    path = tmp_path / "splits.json"
    write_splits(path, dataset, splits)
    assert read_splits(path) == splits
    stored = json.loads(path.read_text())
    photo = (tmp_path / "data" / "images" / "p05.png").read_bytes()
    assert stored["names"]["p05"] == {
        "group": "p00",
        "parent": "p00",
        "sha256": hashlib.sha256(photo).hexdigest(),
    }
    path.write_text(json.dumps([{"train": ["a"], "val": ["b"]}]))
    assert read_splits(path) == [Split(("a",), ("b",))]
    for text in ("{", "{}", "[1]", '[{"train": ["a"], "val": "b"}]', '{"format": 9, "splits": []}'):
        path.write_text(text)
        with pytest.raises(DataError, match="not a list of splits"):
            read_splits(path)
    path.write_text(json.dumps([{"train": ["a", "b"], "val": ["b"]}]))
    with pytest.raises(DataError, match="'b' is in train and in val"):
        read_splits(path)


def test_photos_trained_on_are_known_by_their_content(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path / "data", 6)
    path = tmp_path / "splits.json"
    assert trained_on(path, dataset) == []
    write_splits(path, dataset, [Split(("p01", "p04"), ("p02",))])
    assert trained_on(path, dataset) == ["p01", "p04"]
    for kind in ("images", "masks"):  # another name is no other photo
        folder = tmp_path / "data" / kind
        (folder / "p04.png").rename(folder / "renamed.png")
    assert trained_on(path, open_dataset(tmp_path / "data")) == ["p01", "renamed"]
    for names in ('{"p01": {"group": "p01"}}', '"x"', "[]", "3"):
        for train in ('["p01"]', "[true]", "[0]"):
            path.write_text(f'{{"splits": [{{"train": {train}}}], "names": {names}}}')
            assert trained_on(path, dataset) == []


def test_splits_nested_too_deeply_are_no_splits(tmp_path: Path) -> None:
    path = tmp_path / "splits.json"
    path.write_text("[" * 200_000)
    with pytest.raises(DataError, match=r"splits\.json: not a list of splits"):
        read_splits(path)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_joined_is_connectivity(links: list[tuple[int, int]]) -> None:
    found = connected([str(n) for n in range(10)], [(str(a), str(b)) for a, b in links])
    reach = np.eye(10, dtype=bool)
    for one, other in links:
        reach[one, other] = reach[other, one] = True
    for _ in range(10):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    for one in range(10):
        for other in range(10):
            assert (found[str(one)] == found[str(other)]) == reach[one, other]


@settings(deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=10), st.integers(0, 99), st.data())
def test_any_groups_split_into_whole_groups(
    sizes: list[int], seed: int, data: st.DataObject
) -> None:
    examples = tuple(
        Example(f"g{group}n{number}", Path(), Path(), group=f"g{group}")
        for group, size in enumerate(sizes)
        for number in range(size)
    )
    # Photos are never read here: the sources are known.
    sources = {example.name: example.group for example in examples}
    dataset = Dataset(Path("data"), examples, encoding=None, sources=sources)  # type: ignore[arg-type]
    k = data.draw(st.integers(2, len(sizes)))
    splits = [holdout(dataset, seed=seed), *folds(dataset, k, seed=seed)]
    for split in splits:
        assert split.train and split.val
        assert set(split.train) | set(split.val) == {example.name for example in examples}
        assert {name.split("n")[0] for name in split.train}.isdisjoint(
            {name.split("n")[0] for name in split.val}
        )
    assert sum(len(split.val) for split in splits[1:]) == len(examples)
