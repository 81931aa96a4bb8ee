from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maskwright.data.dataset import open_dataset
from maskwright.data.doctor.check import check
from maskwright.data.doctor.fix import fix
from maskwright.data.pairs.copy_names import PREFIXES, copy_name, origins_by_name, untraced
from maskwright.data.split import folds, holdout
from tests.support.data_folders import blob, data_folder, picture, write


@pytest.mark.parametrize("name", ["rose", "garden/wild/rose", "a.b", "rose_2", "train/rt_rose"])
@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("number", [None, 1, 12])
def test_a_copys_name_tells_its_origin(name: str, prefix: str, number: int | None) -> None:
    copy = copy_name(name, prefix, number)
    assert copy.rpartition("/")[0] == name.rpartition("/")[0]
    assert origins_by_name(["other", name, copy])[copy] == (name, PREFIXES[prefix])


def test_other_names_are_no_copies() -> None:
    names = ["rose", "xx_rose", "art_rose", "rt_tulip", "rtrose", "rose_rt", "rt_"]
    assert origins_by_name(names) == {}


def test_the_photo_beside_the_copy_goes_first() -> None:
    names = ["val/a", "train/a", "train/rt_a", "train/rt_b", "val/b", "rt_hf_c", "hf_c", "c"]
    parents = {name: origin.parent for name, origin in origins_by_name(names).items()}
    assert parents == {
        "train/rt_a": "train/a",
        "train/rt_b": "val/b",
        "rt_hf_c": "hf_c",
        "hf_c": "c",
    }


def test_a_copy_of_a_copy_that_is_gone_is_one_of_the_photo() -> None:
    names = ["rose", "rt_hf_rose", "zr2_rt_vf_rose", "RT_rose", "Hf3_rose"]
    origins = origins_by_name(names)
    assert {name: origin.parent for name, origin in origins.items()} == dict.fromkeys(
        names[1:], "rose"
    )
    assert origins["rt_hf_rose"].technique == origins["RT_rose"].technique == "rotation"
    assert origins["Hf3_rose"].technique == "horizontal-flip"


def test_of_several_photos_of_one_name_the_folder_tells() -> None:
    originals = ["oak/000", "ash/000", "val/elm/001", "val/fir/001", "002"]
    copies = ["copies/ash/rt_000", "copies/oak/rt_hf_000", "train/fir/vf_001", "copies/rt_002"]
    names = [*originals, *copies, "copies/rt_000", "hf_001"]
    assert [origin.parent for origin in origins_by_name(names).values()] == [
        "ash/000",
        "oak/000",
        "val/fir/001",
        "002",
    ]
    assert untraced(names) == ["copies/rt_000", "hf_001"]  # of either: nobody knows


def test_copies_whose_origin_nobody_knows_are_reported(tmp_path: Path) -> None:
    names = ["rt_0_4711", "d/hf_13_22", "rt_x", "vf_x", "rt_once", "hf_7", "rose", "rt_rose"]
    assert untraced(names) == ["d/hf_13_22", "rt_0_4711", "rt_x", "vf_x"]
    root = data_folder(tmp_path, {name: blob() for name in names})
    (finding,) = (f for f in check(root).findings if f.kind == "untraced-copies")
    assert finding.severity == "warning" and len(finding.files) == 4
    rows = "".join(f"{name},g\n" for name in names)
    (root / "pairs.csv").write_text(f"name,group\n{rows}")
    assert not [f for f in check(root).findings if f.kind == "untraced-copies"]
    # Files may be named with their ending; a table that names no parent tells nothing.
    (root / "pairs.csv").write_text("name,parent\nrt_0_4711.png,rose\nrt_x,\nvf_x.png,\n")
    (finding,) = (f for f in check(root).findings if f.kind == "untraced-copies")
    assert finding.files == ("d/hf_13_22", "rt_x", "vf_x")


def test_a_clean_copy_still_says_what_nobody_knows(tmp_path: Path) -> None:
    names = ["rt_0_4711", "hf_0_33", "rose", "tulip"]
    fix(data_folder(tmp_path / "data", {name: blob() for name in names}), tmp_path / "out")
    (finding,) = (f for f in check(tmp_path / "out").findings if f.kind == "untraced-copies")
    assert finding.files == ("hf_0_33", "rt_0_4711")


def with_copies(root: Path, rows: str | None = None) -> Path:
    names = [f"p{number:02d}" for number in range(12)]
    data_folder(root, {name: blob() for name in [*names, *(f"rt_{name}" for name in names)]})
    if rows is not None:
        (root / "pairs.csv").write_text(rows)
    return root


@pytest.mark.parametrize("rows", [None, "name,group\nrt_p03,plant\n", "name,parent\np01,\n"])
def test_names_count_where_no_table_says_what_copies_are_of(
    tmp_path: Path, rows: str | None
) -> None:
    dataset = open_dataset(with_copies(tmp_path, rows))
    copies = [example for example in dataset.examples if example.name.startswith("rt_")]
    assert [f"rt_{e.parent}" for e in copies] == [e.name for e in copies]
    assert {e.technique for e in copies} == {"rotation"}
    assert any("12 photos are named like augmented copies" in note for note in dataset.notes)
    for seed in range(10):
        for split in (holdout(dataset, seed=seed), *folds(dataset, 3, seed=seed)):
            assert split.val and not {f"rt_{name}" for name in split.val} & set(split.train)
            assert not [name for name in split.val if name.startswith("rt_")]


def test_a_table_that_names_no_parent_has_the_last_word(tmp_path: Path) -> None:
    dataset = open_dataset(with_copies(tmp_path, "name,parent\nrt_p03,\nrt_p04,p05\n"))
    parents = {example.name: example.parent for example in dataset.examples}
    assert parents["rt_p03"] is None and parents["rt_p04"] == "p05" and parents["rt_p06"] == "p06"


def test_copies_sorted_into_another_part_than_their_photo_are_not_used(tmp_path: Path) -> None:
    """What happens to those who augment first and then split at random, as the paper did."""
    for number in range(12):
        part = "val" if number % 3 == 0 else "train"
        write(tmp_path / part / "images" / f"p{number:02d}.png", picture(number))
        write(tmp_path / part / "masks" / f"p{number:02d}.png", blob())
        other = "val" if number % 4 == 0 else "train"
        write(tmp_path / other / "images" / f"hf_p{number:02d}.png", picture(number)[:, ::-1])
        write(tmp_path / other / "masks" / f"hf_p{number:02d}.png", blob())
    split = holdout(open_dataset(tmp_path))
    assert split.val == tuple(f"val/p{number:02d}" for number in range(0, 12, 3))
    learnt = {name.removeprefix("train/").removeprefix("hf_") for name in split.train}
    assert learnt == {f"p{number:02d}" for number in range(12) if number % 3}
    (finding,) = (f for f in check(tmp_path).findings if f.kind == "torn-copies")
    assert "train/images/hf_p03.png" in finding.files
    assert "val/images/hf_p04.png" in finding.files and len(finding.files) == 5


def test_a_copy_of_a_test_photo_is_never_trained_on(tmp_path: Path) -> None:
    root = with_copies(tmp_path)
    for kind in ("images", "masks"):
        for path in sorted((root / kind).glob("*.png")):
            part = "test" if path.stem in ("p00", "p01") else "train"
            moved = root / part / kind / path.name
            moved.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, moved)
        (root / kind).rmdir()
    dataset = open_dataset(root)
    for split in (holdout(dataset), *folds(dataset, 3)):
        assert not [name for name in split.train + split.val if name.endswith(("p00", "p01"))]
