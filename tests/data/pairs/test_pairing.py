from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskwright.data.findings import Finding
from maskwright.data.folder import DataFolder
from maskwright.data.pairs.pairing import find_pairs
from tests.support.data_folders import blob, picture, write


def lay(root: Path, *files: str) -> Path:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def names(root: Path, masks: str | None = None) -> dict[str, str]:
    """Name of each pair and its mask; no findings but notes are allowed."""
    pairs, findings = find_pairs(DataFolder(root, masks))
    assert [finding for finding in findings if finding.severity != "note"] == []
    return {pair.name: pair.mask.relative_to(root).as_posix() for pair in pairs}


def wrong(root: Path, masks: str | None = None) -> dict[str, Finding]:
    return {finding.kind: finding for finding in find_pairs(DataFolder(root, masks))[1]}


@pytest.mark.parametrize(
    ("photo", "mask"),
    [
        ("a.b.jpg", "a.b.png"),
        ("a.JPG", "a.PNG"),
        ("a.jpeg", "a.tif"),
        ("two words.jpg", "two words.png"),
        ("x.jpg", "x_mask.png"),
        ("x.jpg", "x_masks.png"),
        ("x.jpg", "x.jpg.png"),
        ("X.JPG", "X.JPG.png"),
        ("deep/er/x.jpg", "deep/er/x.png"),
        ("n" * 200 + ".jpg", "n" * 200 + ".png"),
        (unicodedata.normalize("NFD", "käfer.jpg"), unicodedata.normalize("NFC", "käfer.png")),
        (unicodedata.normalize("NFC", "käfer.jpg"), unicodedata.normalize("NFD", "käfer_mask.png")),
    ],
)
def test_names_that_belong_together(tmp_path: Path, photo: str, mask: str) -> None:
    assert list(names(lay(tmp_path, f"images/{photo}", f"masks/{mask}")).values()) == [
        f"masks/{mask}"
    ]


def test_equal_beginnings_and_folders_are_told_apart(tmp_path: Path) -> None:
    stems = ["train1", "train10", "one/x", "two/x", "x", "x_mask"]
    files = [f"{folder}/{stem}.png" for stem in stems for folder in ("images", "masks")]
    found = names(lay(tmp_path, *files))
    assert found == {stem: f"masks/{stem}.png" for stem in sorted(stems)}


def test_what_is_no_image_is_passed_over(tmp_path: Path) -> None:
    junk = [
        "images/.DS_Store",
        "images/._a.jpg",
        "images/Thumbs.db",
        "masks/notes.txt",
        "boxes.json",
    ]
    assert names(lay(tmp_path, "images/a.jpg", "masks/a.png", *junk)) == {"a": "masks/a.png"}


def test_the_papers_folders_and_other_mask_folders(tmp_path: Path) -> None:
    paper = lay(tmp_path / "p", "input_image/a.jpg", "segmentation_true/a.png")
    assert names(paper) == {"a": "segmentation_true/a.png"}
    seed = lay(tmp_path / "s", "input_image/a.jpg", "segmentation_seed/a.png")
    assert names(seed) == {"a": "segmentation_seed/a.png"}
    both = lay(paper, "segmentation_seed/a.png")
    assert names(both) == {"a": "segmentation_true/a.png"}
    assert "not from segmentation_seed" in wrong(both)["mask-folder"].problem
    assert names(both, "segmentation_seed") == {"a": "segmentation_seed/a.png"}
    upper = lay(tmp_path / "u", "Images/a.jpg", "Masks/a.png")
    assert names(upper) == {"a": "Masks/a.png"}
    assert wrong(both, "nothing")["no-masks"].severity == "error"


def test_split_folders_are_the_split(tmp_path: Path) -> None:
    files = [
        f"{part}/{kind}/a.png" for part in ("train", "val", "test") for kind in ("images", "masks")
    ]
    pairs, findings = find_pairs(DataFolder(lay(tmp_path, *files)))
    assert not findings
    assert {pair.name: pair.split for pair in pairs} == {
        "train/a": "train",
        "val/a": "val",
        "test/a": "test",
    }
    assert "two-layouts" in wrong(lay(tmp_path, "images/b.png", "masks/b.png"))


def test_masks_beside_photos(tmp_path: Path) -> None:
    found = names(lay(tmp_path, "a.jpg", "a_mask.png", "sub/b.jpg", "sub/b_mask.png"))
    assert found == {"a": "a_mask.png", "sub/b": "sub/b_mask.png"}


def test_photos_without_folders_are_told_where_to_go(tmp_path: Path) -> None:
    finding = wrong(lay(tmp_path, "a.jpg", "b.PNG", ".hidden.jpg", "notes.txt"))["no-photos"]
    assert finding.problem == f"{tmp_path}: 2 photos, but no folders images/ and masks/ in it"
    assert str(tmp_path / "images") in finding.cure and str(tmp_path / "masks") in finding.cure


def test_two_candidates_are_an_error_that_names_both(tmp_path: Path) -> None:
    masks = wrong(lay(tmp_path / "m", "images/x.jpg", "masks/x.png", "masks/x_mask.png"))
    assert masks["ambiguous"].files == ("masks/x.png", "masks/x_mask.png")
    photos = wrong(lay(tmp_path / "p", "images/x.jpg", "images/x.png", "masks/x.png"))
    assert photos["ambiguous"].files == ("images/x.jpg", "images/x.png")
    assert "mask-without-photo" not in photos
    forms = [unicodedata.normalize(form, "masks/ü.png") for form in ("NFC", "NFD")]
    twice = wrong(lay(tmp_path / "u", "images/ü.jpg", *forms))
    assert set(twice["ambiguous"].files) == set(forms)


def test_photos_of_one_stem_with_masks_of_their_own(tmp_path: Path) -> None:
    root = lay(tmp_path, "images/x.jpg", "images/x.png", "masks/x.jpg.png", "masks/x.png.png")
    assert names(root) == {"x.jpg": "masks/x.jpg.png", "x.png": "masks/x.png.png"}


def test_unpaired_files_are_named_with_a_hint(tmp_path: Path) -> None:
    found = wrong(
        lay(tmp_path, "images/a.jpg", "masks/a.png", "images/cat01.jpg", "masks/cat1.png")
    )
    assert found["photo-without-mask"].files == ("images/cat01.jpg",)
    assert found["photo-without-mask"].severity == "warning"
    orphan = found["mask-without-photo"]
    assert orphan.severity == "error" and orphan.files == ("masks/cat1.png",)
    assert "cat01" in orphan.cure


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ([], "no-photos"),
        (["images/a.jpg"], "no-masks"),
        (["images/a.jpg", "masks/readme.txt"], "no-pairs"),
        (["images/readme.txt", "masks/readme.txt"], "no-pairs"),
        (["images/a.jpg", "input_image/a.jpg", "masks/a.png"], "two-folders"),
        (["images/a.jpg", "masks/a.png", "segmentation_true/a.png"], "two-folders"),
    ],
)
def test_folders_of_no_use(tmp_path: Path, files: list[str], kind: str) -> None:
    found = wrong(lay(tmp_path, *files))
    assert found[kind].severity == "error" and found[kind].cure


def test_a_missing_folder(tmp_path: Path) -> None:
    assert wrong(tmp_path / "nothing")["no-folder"].severity == "error"


@settings(deadline=None)
@given(st.sets(st.text("ab._-ü 1", min_size=1, max_size=6), min_size=1, max_size=8))
def test_equal_stems_always_pair_and_nothing_else_does(
    tmp_path_factory: pytest.TempPathFactory, drawn: set[str]
) -> None:
    stems = {f"s{stem}e" for stem in drawn}  # neither hidden nor ending in a dot or a blank
    root = tmp_path_factory.mktemp("data")
    lay(root, *(f"images/{stem}.jpg" for stem in stems), *(f"masks/{stem}.PNG" for stem in stems))
    assert names(root) == {stem: f"masks/{stem}.PNG" for stem in stems}


def test_real_files_pair_too(tmp_path: Path) -> None:
    write(tmp_path / "images" / "a.webp", picture(0))
    write(tmp_path / "masks" / "a.bmp", blob())
    assert names(tmp_path) == {"a": "masks/a.bmp"}
