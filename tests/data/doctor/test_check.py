from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.doctor.check import check
from maskwright.data.findings import Finding
from maskwright.data.folder import DataFolder
from tests.support.data_folders import blob, data_folder, orientation_exif, picture, write


def found(root: Path, **options: Any) -> dict[str, Finding]:
    return {finding.kind: finding for finding in check(DataFolder(root, **options)).findings}


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    """Twelve pairs that nothing is wrong with."""
    return data_folder(tmp_path / "data", {f"p{number:02d}": blob() for number in range(12)})


def test_a_healthy_folder_is_usable(healthy: Path) -> None:
    report = check(healthy)
    assert report.usable and report.pairs == 12
    assert [finding.kind for finding in report.findings] == ["encoding"]
    assert report.text().endswith("12 pairs, the data can be used")


def test_every_error_has_a_cure_and_makes_data_unusable(healthy: Path) -> None:
    write(healthy / "masks" / "p00.png", blob(20, 20))
    (healthy / "images" / "p01.png").write_text("no photo")
    (healthy / "masks" / "p02.png").write_bytes(b"")
    write(healthy / "masks" / "p03_mask.png", blob())
    write(healthy / "masks" / "stray.png", blob())
    write(healthy / "images" / "p04.png", picture(4, 64, 48))
    whole = (healthy / "images" / "p05.png").read_bytes()
    (healthy / "images" / "p05.png").write_bytes(whole[: len(whole) // 2])
    report = check(healthy)
    assert not report.usable
    errors = [finding for finding in report.findings if finding.severity == "error"]
    kinds = {finding.kind for finding in errors}
    assert kinds == {"sizes-differ", "unreadable", "ambiguous", "mask-without-photo"}
    assert all(finding.cure for finding in errors)
    text = report.text()
    for name in ("p00", "p01", "p02", "p03_mask", "stray", "p04", "p05"):
        assert f"{name}.png" in text
    assert report.findings[0].severity == "error" and report.findings[-1].severity == "note"


def test_undecided_values_are_an_error(healthy: Path) -> None:
    write(healthy / "masks" / "p00.png", blob(on=128))
    assert not check(healthy).usable
    assert check(DataFolder(healthy, values="0=a,128=b,255=c")).usable
    assert check(DataFolder(healthy, ignore="128")).usable


def test_empty_full_and_inverted_masks(healthy: Path) -> None:
    write(healthy / "masks" / "p00.png", blob(on=0))
    write(healthy / "masks" / "p01.png", blob(off=255))
    write(healthy / "masks" / "p02.png", 255 - blob())
    seen = found(healthy)
    assert seen["empty-masks"].files == ("masks/p00.png",)
    assert seen["full-masks"].files == ("masks/p01.png",)
    assert seen["inverted"].files == ("masks/p02.png",)
    assert "128-255=background,0-127=foreground" in seen["inverted"].cure
    assert check(healthy).usable


def test_swapping_the_classes_as_said_cures_inverted_masks(healthy: Path) -> None:
    for number in range(12):
        write(healthy / "masks" / f"p{number:02d}.png", 255 - blob())
    assert "all masks" in found(healthy)["inverted"].problem
    assert "inverted" not in found(healthy, values="128-255=background,0-127=foreground")


def test_nothing_to_learn_is_an_error(healthy: Path) -> None:
    for number in range(12):
        write(healthy / "masks" / f"p{number:02d}.png", blob(on=0))
    assert found(healthy)["nothing-to-learn"].severity == "error"


def test_rare_and_absent_classes(healthy: Path) -> None:
    for number in range(12):
        write(healthy / "masks" / f"p{number:02d}.png", blob(on=1 if number else 2))
    (healthy / "dataset.yaml").write_text("classes: [ground, oak, ash, elm]\n")
    seen = found(healthy)
    assert "ash in 1" in seen["rare-classes"].problem and "oak" not in seen["rare-classes"].problem
    assert "elm" in seen["absent-classes"].problem


def test_more_void_than_class(healthy: Path) -> None:
    small = np.where(blob() == 255, 255, 0).astype(np.uint8)
    small[0, 0] = 1
    for number in range(12):
        write(healthy / "masks" / f"p{number:02d}.png", small)
    assert "much-void" in found(healthy)


def test_duplicate_photos(healthy: Path) -> None:
    (healthy / "images" / "p01.png").write_bytes((healthy / "images" / "p00.png").read_bytes())
    write(healthy / "masks" / "p01.png", np.roll(blob(), 5, axis=1) | blob())
    seen = found(healthy)
    assert seen["near-duplicates"].files == ("images/p00.png = images/p01.png",)
    assert seen["two-truths"].severity == "warning"
    assert check(healthy).usable


def test_duplicates_across_splits(healthy: Path) -> None:
    rows = ["name,split", *(f"p{n:02d},{'val' if n < 3 else 'train'}" for n in range(12))]
    (healthy / "pairs.csv").write_text("\n".join(rows) + "\n")
    assert check(healthy).usable
    near = np.asarray(PilImage.fromarray(picture(0)), np.int16) + 1
    write(healthy / "images" / "p05.png", near.clip(0, 255).astype(np.uint8))
    assert found(healthy)["near-in-splits"].severity == "warning"
    (healthy / "images" / "p05.png").write_bytes((healthy / "images" / "p00.png").read_bytes())
    same = found(healthy)["same-in-splits"]
    assert same.severity == "error" and same.files == ("images/p00.png = images/p05.png",)


def test_groups_in_two_splits(healthy: Path) -> None:
    rows = ["name,group,split", "p00,leaf,train", "p01,leaf,val"]
    (healthy / "pairs.csv").write_text("\n".join(rows) + "\n")
    assert found(healthy)["torn-groups"].files == ("leaf",)


def test_missing_parents(healthy: Path) -> None:
    (healthy / "pairs.csv").write_text("name,parent\np00,p01\np02,p03.png\np04,gone\np05,gone\n")
    finding = found(healthy)["unknown-parents"]
    assert (finding.severity, finding.files) == ("warning", ("gone",))
    assert check(healthy).usable


def test_nothing_but_copies_is_an_error(healthy: Path) -> None:
    rows = ["name,parent", *(f"p{number:02d},gone" for number in range(12))]
    (healthy / "pairs.csv").write_text("\n".join(rows) + "\n")
    seen = found(healthy)
    assert seen["only-copies"].severity == "error" and "few-pairs" not in seen
    (healthy / "pairs.csv").write_text("\n".join(rows).replace("parent", "group") + "\n")
    assert check(healthy).usable


def test_orientation_that_sizes_cannot_show(healthy: Path) -> None:
    write(healthy / "images" / "p00.png", picture(0), exif=orientation_exif(3))
    assert found(healthy)["turned-unseen"].files == ("images/p00.png",)


def test_a_mask_that_lies_as_the_photo_is_stored(healthy: Path) -> None:
    write(healthy / "images" / "p00.png", picture(0), exif=orientation_exif(8))
    finding = found(healthy)["mask-not-turned"]
    assert finding.severity == "error" and "EXIF orientation 8" in finding.problem
    assert finding.files == ("images/p00.png", "masks/p00.png")


def test_jpeg_masks_tiny_photos_first_frames_few_pairs(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"a": blob(), "b": blob(16, 16)})
    (root / "masks" / "a.png").unlink()
    write(root / "masks" / "a.jpg", blob())
    (root / "images" / "a.png").unlink()
    frames = [PilImage.fromarray(picture(seed)) for seed in (1, 2)]
    frames[0].save(root / "images" / "a.gif", save_all=True, append_images=frames[1:])
    seen = found(root)
    assert seen["lossy-masks"].files == ("masks/a.jpg",)
    assert seen["tiny"].files == ("images/b.png",)
    assert "2 frames" in seen["photo-read"].problem
    assert "only 2 photos" in seen["few-pairs"].problem
    assert check(root).usable


def test_long_lists_are_cut_for_people_and_whole_for_programs(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {f"p{number:02d}": blob(on=128) for number in range(20)})
    report = check(root)
    assert "and 12 more" in report.text()
    assert len(report.to_json()["findings"][0]["files"]) == 20


def test_the_74_animals_are_usable_in_seconds(shared_data: Path) -> None:
    start = time.process_time()
    report = check(shared_data / "animals74" / "train")
    assert report.usable and report.pairs == 74
    assert [finding.kind for finding in report.findings] == ["encoding"]
    assert time.process_time() - start < 10


def test_many_findings_of_one_kind_are_cut_for_people(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {f"p{number:02d}": blob() for number in range(20)})
    for number in range(20):
        write(root / "masks" / f"p{number:02d}.png", blob(10 + number, 30))
    report = check(root)
    assert report.text().count("its mask") == 8
    assert "12 more of the kind sizes-differ" in report.text()
    assert len(report.errors()) == 20
