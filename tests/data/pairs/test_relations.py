"""What tables and lists say of the pairs, beside their folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maskwright.data.dataset import open_dataset
from maskwright.data.findings import Finding, errors
from maskwright.data.folder import DataFolder
from maskwright.data.groups import group_sources
from maskwright.data.split import folds, holdout
from maskwright.data.survey import survey
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import blob, data_folder

NAMES = ("a", "b c", "deep/d")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "data", {name: blob(8, 12) for name in NAMES})


def seen(root: Path, **options: str) -> dict[str, Finding]:
    folder = DataFolder(root, **options)  # type: ignore[arg-type]
    return {one.kind: one for one in survey(folder).findings}


def splits(root: Path) -> dict[str, str | None]:
    return {example.name: example.split for example in survey(DataFolder(root)).examples}


def test_a_split_by_folders_is_said_and_kept(tmp_path: Path) -> None:
    names = [f"{part}/{n}" for part in ("train", "valid", "test") for n in range(2)]
    root = data_folder(tmp_path, {name: blob(8, 12) for name in names})
    assert seen(root)["split"].problem == "split by folders: 2 train, 2 val (valid/), 2 test"
    dataset = open_dataset(root)
    split = holdout(dataset)
    assert split.train == ("train/0", "train/1") and split.val == ("valid/0", "valid/1")
    for fold in folds(dataset, 2):
        assert not any(name.startswith("test") for name in (*fold.train, *fold.val))


@pytest.mark.parametrize(
    "lines",
    [
        ("a", "b c", "deep/d"),
        ("a.png\n", "\nb c.png", "deep/d.png"),
        ("images/a.png masks/a.png", "images/b c.png", "images/deep/d.png,masks/deep/d.png"),
        ("./images/a.png", "'b c'", "C:\\data\\images\\deep\\d.png"),
        ("/home/me/images/a.png 1", "b c", "d"),
    ],
)
def test_lists_are_the_split(data: Path, lines: tuple[str, ...]) -> None:
    for split, text in zip(("train", "val", "test"), lines, strict=True):
        (data / f"{split}.txt").write_text(text)
    assert splits(data) == {"a": "train", "b c": "val", "deep/d": "test"}


@pytest.mark.parametrize("place", ["splits/{}_list.txt", "ImageSets/Segmentation/{}.txt"])
def test_lists_may_lie_in_a_folder(data: Path, place: str) -> None:
    for split, name in zip(("train", "val"), NAMES[:2], strict=True):
        path = data / place.format(split)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    files = f"{place.format('train')}, {place.format('val')}"
    assert seen(data)["split"].problem == f"split by {files}: 1 train, 1 val"


def test_photos_on_no_list_are_left_out_aloud(data: Path) -> None:
    (data / "train.txt").write_text("a\nnobody\n")
    (data / "trainval.txt").write_text("a\nb c\n")
    assert splits(data) == {"a": "train"}
    assert seen(data)["on-no-list"].files == ("b c", "deep/d")
    assert seen(data)["split-lists"].files == ("nobody",)
    (data / "pairs.csv").write_text("name,split\nb c,val\n")
    assert splits(data) == {"a": "train", "b c": "val"}


def test_a_test_list_alone_leaves_the_rest_to_train_on(data: Path) -> None:
    (data / "test.txt").write_text("a")
    assert splits(data) == {"a": "test", "b c": None, "deep/d": None}
    assert seen(data)["split"].problem == "split by test.txt: 2 train, 1 test"


@pytest.mark.parametrize(
    "lists", [{"train": "a", "test": "a"}, {"test": "some notes"}, {"val": "x1\nx2"}]
)
def test_lists_that_cannot_hold_are_refused(data: Path, lists: dict[str, str]) -> None:
    for split, text in lists.items():
        (data / f"{split}.txt").write_text(text)
    assert seen(data)["split-lists"].severity == "error"


def test_a_table_does_not_take_photos_out_of_the_test_folder(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {name: blob(8, 12) for name in ("test/a", "val/b", "c")})
    (root / "pairs.csv").write_text("name,split\nval/b,train\n")
    assert seen(root)["split-against-folder"].severity == "warning"
    assert splits(root)["val/b"] == "train"
    (root / "pairs.csv").write_text("name,split\ntest/a,train\nc,test\n")
    assert seen(root)["split-against-folder"].files == ("images/test/a.png",)
    assert seen(root)["split-against-folder"].severity == "error"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Pairs.csv", "name,group\na,x\n"),
        ("PAIRS.CSV", "name;group\na;x\n"),
        ("pairs.csv", "name\tgroup\na\tx\n"),
        ("pairs.tsv", "name\tgroup\na\tx\n"),
        ("pairs.csv", " name , group \r\na,x\r\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_spreadsheets_are_read(data: Path, name: str, text: str, encoding: str) -> None:
    (data / name).write_bytes(text.encode(encoding))
    assert survey(DataFolder(data)).examples[0].group == "x"


def test_words_of_splits_in_a_table(data: Path) -> None:
    (data / "pairs.csv").write_text("name,split\na,Training\nb c,valid\ndeep/d,held-out\n")
    assert splits(data) == {"a": "train", "b c": "val", "deep/d": "test"}


@pytest.mark.parametrize(
    ("text", "said"), [("name,name\na,b\n", "twice"), ("name,technique\na,\udcff\n", "UTF-8")]
)
def test_tables_that_are_refused(data: Path, text: str, said: str) -> None:
    (data / "pairs.csv").write_bytes(text.encode(errors="surrogateescape"))
    assert said in seen(data)["table"].problem


def test_large_tables_are_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "pairs.csv").write_text("name\na\nb c\n")
    monkeypatch.setattr("maskwright.data.pairs.tables._MOST_ROWS", 1)
    assert "more than 1 rows" in seen(data)["table"].problem
    monkeypatch.setattr("maskwright.data.pairs.tables._MOST_BYTES", 3)
    assert "MiB" in seen(data)["table"].problem


@pytest.mark.parametrize(
    "name", ["pairs.txt", "classes.txt", "data.yaml", "_classes.csv", "labelmap.txt", "obj.names"]
)
def test_tables_that_are_not_read_are_named(data: Path, name: str) -> None:
    (data / name).write_text("x")
    finding = seen(data)["table-not-read"]
    assert finding.severity == "warning" and name in finding.problem and finding.cure


@pytest.mark.parametrize("name", ["train.csv", "test.lst", "splits.json", "my_folds.csv"])
def test_splits_that_are_not_read_are_named_unless_another_is(data: Path, name: str) -> None:
    (data / name).write_text("a.png")
    finding = seen(data)["table-not-read"]
    assert name in finding.problem and "train.txt" in finding.cure
    (data / "pairs.csv").write_text("name,split\na,test\n")
    assert "table-not-read" not in seen(data)


def test_a_split_in_metadata_is_pointed_out(data: Path) -> None:
    (data / "metadata.csv").write_text("file,site\n")
    assert seen(data)["table-not-read"].severity == "note"
    (data / "metadata.csv").write_text("file,split\n")
    assert "warning" in {one.severity for one in survey(DataFolder(data)).findings}


@pytest.mark.parametrize("home", ["ImageSets/Main", "annotations"])
def test_lists_lie_in_known_folders(data: Path, home: str) -> None:
    (data / home).mkdir(parents=True)
    (data / home / "test.txt").write_text("a 1\n")
    assert splits(data)["a"] == "test"


def test_lists_that_name_masks_in_folders_of_any_case(data: Path) -> None:
    (data / "Splits").mkdir()
    (data / "Splits" / "Test.TXT").write_text("masks/deep/d.png\n", encoding="utf-16")
    assert splits(data) == {"a": None, "b c": None, "deep/d": "test"}


def test_lists_of_folds_are_not_passed_over_in_silence(data: Path) -> None:
    (data / "splits").mkdir()
    (data / "splits" / "fold1_test.txt").write_text("a\n")
    assert seen(data)["split-lists"].files == ("splits/fold1_test.txt",)
    (data / "splits" / "fold1_test.txt").rename(data / "splits" / "default.txt")
    assert "split-lists" not in seen(data)


def test_lists_of_names_that_several_photos_have_are_refused(data: Path) -> None:
    for kind in ("images", "masks"):
        shutil.copytree(data / kind / "deep", data / kind / "other")
    (data / "train.txt").write_text("a\nd\n")
    finding = next(one for one in errors(survey(DataFolder(data)).findings))
    assert "fit several photos" in finding.problem and finding.files == ("d",)
    (data / "train.txt").write_text("a\nother/d\n")
    assert not errors(survey(DataFolder(data)).findings)


def test_versions_of_one_photo_are_one_source(data: Path) -> None:
    for version in ("aaaa1111", "bbbb2222"):
        for kind in ("images", "masks"):
            shutil.copy(data / kind / "a.png", data / kind / f"a_jpg.rf.{version}.png")
    assert "2 photos are versions of 1" in seen(data)["versions"].problem
    examples = survey(DataFolder(data)).examples
    sources = group_sources(examples)
    assert sources["a_jpg.rf.aaaa1111"] == sources["a_jpg.rf.bbbb2222"] != sources["a"]


def test_misplaced_and_doubled_tables(data: Path) -> None:
    (data / "images" / "pairs.csv").write_text("name\na\n")
    assert "images/pairs.csv" in seen(data)["table-not-read"].problem
    (data / "dataset.yaml").write_text("ignore: 7")
    (data / "dataset.yml").write_text("ignore: 8")
    assert seen(data)["table"].files == ("dataset.yaml", "dataset.yml")


def test_groups_are_counted_and_a_pattern_without_a_match_is_refused(data: Path) -> None:
    assert seen(data, groups="^([ab])")["groups"].problem == (
        "--groups makes 2 groups of 2 photos; it matches nothing in the names of 1 others"
    )
    for pattern in ("^plant", "z*", "a(z)?"):
        with pytest.raises(UsageError, match="matches no name, such as 'a'"):
            open_dataset(DataFolder(data, groups=pattern))


@pytest.mark.parametrize("option", ["masks", "values", "ignore", "groups", "photos", "suffixes"])
def test_empty_options_are_refused(option: str) -> None:
    with pytest.raises(UsageError, match=f"--{option} is empty"):
        DataFolder("data", **{option: " "})  # type: ignore[arg-type]


def test_all_in_val_cannot_be_trained_on(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"val/a": blob(8, 12), "val/b": blob(8, 12)})
    assert seen(root)["split"].problem == "split by folders: 0 train, 2 val"
    with pytest.raises(DataError, match="split train is empty"):
        holdout(open_dataset(root))
