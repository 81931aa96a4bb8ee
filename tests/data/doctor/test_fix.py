from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from maskwright.data.dataset import open_dataset
from maskwright.data.decoding.decode import DEFAULT_LIMITS
from maskwright.data.doctor.check import check
from maskwright.data.doctor.fix import fix
from maskwright.data.folder import DataFolder
from maskwright.data.masks.read import read_mask
from maskwright.data.survey import survey
from maskwright.errors import DataError, UsageError
from maskwright.files import beside
from maskwright.locks import claimed
from tests.support.data_folders import (
    blob,
    data_folder,
    display_p3,
    orientation_exif,
    picture,
    write,
)


@pytest.fixture
def sick(tmp_path: Path) -> Path:
    """Twelve good pairs and one of each complaint."""
    root = data_folder(tmp_path / "data", {f"p{number:02d}": blob() for number in range(12)})
    write(root / "images" / "photo.jpg", picture(20))
    write(root / "masks" / "photo_mask.jpg", blob())
    write(root / "images" / "turned.jpg", picture(21), exif=orientation_exif(6))
    write(root / "masks" / "turned.png", blob())
    write(root / "images" / "larger.png", picture(22, 96, 128))
    write(root / "masks" / "larger.png", blob())
    write(root / "images" / "sub" / "deep.tif", (picture(23)[..., 0].astype(np.uint16) * 257))
    write(root / "masks" / "sub" / "deep.png", blob())
    write(root / "images" / "wrong.png", picture(24))
    write(root / "masks" / "wrong.png", blob(40, 20))
    (root / "images" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    write(root / "masks" / "torn.png", blob())
    cut = write(root / "images" / "cut.jpg", picture(26, 200, 200)).read_bytes()
    (root / "images" / "cut.jpg").write_bytes(cut[: len(cut) // 2])
    write(root / "masks" / "cut.png", blob(200, 200))
    write(root / "masks" / "stray.png", blob())
    write(root / "images" / "bare.png", picture(25))
    return root


def test_the_copy_is_usable_and_says_what_it_left_out(sick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert not check(sick).usable
    fixed = fix(sick, out)
    assert check(out).usable
    left_out = dict(fixed.left_out)
    assert set(left_out) == {
        "images/wrong.png",
        "images/torn.png",
        "images/cut.jpg",
        "masks/stray.png",
        "images/bare.png",
    }
    assert all(left_out.values())
    assert fixed.pairs == 16 == len(open_dataset(out).examples)
    assert [finding.severity for finding in check(out).findings] == ["note"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "out"]


def test_masks_become_indices_turned_and_enlarged(sick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fix(sick, out)

    def mask(name: str) -> np.ndarray:
        with PilImage.open(out / "masks" / f"{name}.png") as image:
            assert image.mode == "L"
            return np.asarray(image)

    np.testing.assert_array_equal(mask("p00"), blob() == 255)
    np.testing.assert_array_equal(mask("turned"), np.rot90(blob() == 255, -1))
    np.testing.assert_array_equal(mask("larger"), np.kron(blob() == 255, np.ones((2, 2))))
    assert mask("sub/deep").shape == (48, 64)
    assert set(np.unique(mask("photo"))) == {0, 1}


def test_photos_are_upright_and_copied_where_nothing_changes(sick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fix(sick, out)
    before = (sick / "images" / "photo.jpg").read_bytes()
    assert (out / "images" / "photo.jpg").read_bytes() == before
    with PilImage.open(out / "images" / "turned.png") as image:
        assert image.size == (48, 64) and image.getexif().get(274, 1) == 1
    with PilImage.open(out / "images" / "sub" / "deep.png") as image:
        np.testing.assert_array_equal(np.asarray(image)[..., 0], picture(23)[..., 0])


def test_profiles_groups_splits_weights_and_void_survive(tmp_path: Path) -> None:
    banded = blob()
    banded[20:24] = 128
    root = tmp_path / "data"
    for number, part in enumerate(("train", "train", "val")):
        options = {"icc_profile": display_p3(), "exif": orientation_exif(1 + 2 * (number == 0))}
        write(root / part / "images" / f"x{number}.png", picture(number), **options)
        write(root / part / "masks" / f"x{number}.png", banded)
    (root / "pairs.csv").write_text(f"name,group,weight\ntrain/x0,leaf,{1 / 3}\ntrain/x1,leaf,\n")
    out = tmp_path / "out"
    folder = DataFolder(root, values="0=ground,255=leaf", ignore="128")
    fix(folder, out)
    was = open_dataset(folder)
    dataset = open_dataset(out)
    assert dataset.classes == ("ground", "leaf")
    for old, new in zip(was.examples, dataset.examples, strict=True):
        assert (old.name, old.group, old.split) == (new.name, new.group, new.split)
        assert old.weight == new.weight == (1 / 3 if old.name == "train/x0" else 1)
        one, other = was.load(old), dataset.load(new)
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.mask, other.mask)


def test_masks_that_are_only_void_stay_void(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {"a": blob(on=255), "b": blob(on=1)})
    fix(DataFolder(root, ignore="255"), tmp_path / "out")
    (tmp_path / "out" / "masks" / "b.png").write_bytes(
        (tmp_path / "out" / "masks" / "a.png").read_bytes()
    )
    encoding = survey(DataFolder(tmp_path / "out")).encoding
    assert encoding is not None  # dataset.yaml keeps {0, 255} from becoming binary
    mask = encoding.decode(read_mask(tmp_path / "out" / "masks" / "a.png", DEFAULT_LIMITS))
    assert set(np.unique(mask)) == {0, 255}


def test_duplicates_across_splits_are_removed_from_train(tmp_path: Path) -> None:
    root = tmp_path / "data"
    for part, numbers in (("train", range(4)), ("val", (3, 4))):
        for number in numbers:
            write(root / part / "images" / f"x{number}.png", picture(number))
            write(root / part / "masks" / f"x{number}.png", blob())
    assert not check(root).usable
    fixed = fix(root, tmp_path / "out")
    assert [file for file, _ in fixed.left_out] == ["train/images/x3.png"]
    assert check(tmp_path / "out").usable


def test_colliding_names_survive(tmp_path: Path) -> None:
    root = tmp_path / "data"
    write(root / "images" / "x.jpg", picture(0))
    write(root / "images" / "x.png", picture(1))
    write(root / "masks" / "x.jpg.png", blob())
    write(root / "masks" / "x.png.png", 255 - blob())
    fix(root, tmp_path / "out")
    names = [example.name for example in open_dataset(tmp_path / "out").examples]
    assert names == ["x.jpg", "x.png"] == [e.name for e in open_dataset(root).examples]


def test_an_existing_place_is_refused_and_replaced_when_told(sick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    fix(sick, out)  # an empty folder is as good as none
    (out / "masks" / "p00.png").unlink()
    with pytest.raises(UsageError, match="--overwrite"):
        fix(sick, out)
    fix(sick, out, overwrite=True)
    assert check(out).usable
    for place in (sick / "out", tmp_path):
        with pytest.raises(UsageError, match="inside it or around it"):
            fix(sick, place, overwrite=True)


def test_what_is_no_clean_copy_is_never_replaced(sick: Path, tmp_path: Path) -> None:
    thesis, mixed, file = (tmp_path / name for name in ("thesis", "mixed", "file"))
    thesis.mkdir()
    file.write_text("keep")
    fix(sick, mixed)
    for folder in (thesis, mixed):
        (folder / "mine.txt").write_text("keep")
    for place in (thesis, mixed, file):
        for overwrite in (False, True):
            with pytest.raises(UsageError, match=f"{place.name} exists and is not a clean copy"):
                fix(sick, place, overwrite=overwrite)
    kept = (thesis / "mine.txt", mixed / "mine.txt", file)
    assert [path.read_text() for path in kept] == ["keep"] * 3


def test_failure_leaves_nothing_behind(sick: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fix(sick, out)
    before = (out / "masks" / "p00.png").read_bytes()
    write(sick / "masks" / "p00.png", blob(on=128))
    with pytest.raises(DataError, match="--values"):
        fix(sick, out, overwrite=True)
    hopeless = data_folder(tmp_path / "hopeless", {"a": blob(), "b": blob()})
    for name in "ab":
        write(hopeless / "masks" / f"{name}.png", blob(10, 40))
    with pytest.raises(DataError, match="no pair can be repaired"):
        fix(hopeless, out, overwrite=True)
    assert (out / "masks" / "p00.png").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "hopeless", "out"]


def test_the_animals_survive(shared_data: Path, tmp_path: Path) -> None:
    fix(shared_data / "animals74" / "train", tmp_path / "out")
    was, now = open_dataset(shared_data / "animals74" / "train"), open_dataset(tmp_path / "out")
    assert len(now.examples) == 74
    for old, new in zip(was.examples[:5], now.examples[:5], strict=True):
        assert old.image.read_bytes() == new.image.read_bytes()
        np.testing.assert_array_equal(was.load(old).mask, now.load(new).mask)


def test_what_a_killed_run_left_is_removed_and_a_running_one_is_not_disturbed(
    tmp_path: Path,
) -> None:
    root, out = data_folder(tmp_path / "data", {"a": blob(), "b": blob()}), tmp_path / "out"
    half = beside(out, ".tmp")
    with claimed(out):
        half.mkdir()
        with pytest.raises(UsageError, match="another run is writing there"):
            fix(root, out)
        assert half.exists()
    (half / "images").mkdir()
    assert fix(root, out).pairs == 2
    out.rename(beside(out, ".old"))  # killed in the middle of --overwrite
    with pytest.raises(UsageError, match="give --overwrite"):
        fix(root, out)
    assert len(open_dataset(out).examples) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]
