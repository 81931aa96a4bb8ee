from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maskwright.core import VOID
from maskwright.data.dataset import open_dataset
from maskwright.data.decoding.decode import Limits
from maskwright.data.doctor.check import check
from maskwright.data.folder import DataFolder
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import (
    blob,
    data_folder,
    display_p3,
    orientation_exif,
    picture,
    write,
)


def test_load_gives_an_upright_photo_and_mask_of_one_size(tmp_path: Path) -> None:
    write(tmp_path / "images" / "a.jpg", picture(0, 80, 120), exif=orientation_exif(6))
    write(tmp_path / "masks" / "a.png", blob(120, 80))
    pair = open_dataset(tmp_path).load(open_dataset(tmp_path).examples[0])
    assert pair.name == "a"
    assert pair.image.shape == (120, 80, 3) and pair.mask.shape == (120, 80)


def test_masks_have_their_exif_orientation_applied(tmp_path: Path) -> None:
    upright = blob(48, 64)
    upright[:10, :10] = 255
    write(tmp_path / "images" / "a.png", picture(0))
    write(tmp_path / "masks" / "a.png", np.rot90(upright, 1).copy(), exif=orientation_exif(6))
    dataset = open_dataset(tmp_path)
    np.testing.assert_array_equal(dataset.load(dataset.examples[0]).mask, upright == 255)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_drawn_on_the_raw_photo_is_an_error(tmp_path: Path, orientation: int) -> None:
    write(tmp_path / "images" / "a.jpg", picture(0), exif=orientation_exif(orientation))
    write(tmp_path / "masks" / "a.png", blob())
    with pytest.raises(DataError, match=rf"(?s)EXIF orientation {orientation}.*turn the mask"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("size", [(301, 200), (64, 48), (1, 40)])
def test_shrinking_keeps_photo_and_mask_together(
    tmp_path: Path, ending: str, size: tuple[int, int]
) -> None:
    mask = blob(*size, on=1)
    mask[:, 0] = 255
    photo = np.repeat(np.where(mask == 1, 255, 0).astype(np.uint8)[..., None], 3, axis=2)
    write(tmp_path / "images" / f"a.{ending}", photo)
    write(tmp_path / "masks" / "a.png", mask)
    write(tmp_path / "images" / "b.png", picture(0))  # a mask may be too thin to show anything
    write(tmp_path / "masks" / "b.png", blob(on=1))
    dataset = open_dataset(DataFolder(tmp_path, values="0=background,1=leaf", ignore="255"))
    pair = dataset.load(dataset.examples[0], shrink_to=50)
    assert pair.image.shape[:2] == pair.mask.shape
    assert max(pair.mask.shape) == min(50, max(size))
    assert set(np.unique(pair.mask)) <= {0, 1, VOID}
    bright = pair.image[..., 0] > 127
    assert (bright == (pair.mask == 1)).mean() > 0.95


def test_photos_are_loaded_in_srgb(tmp_path: Path) -> None:
    colour = np.full((8, 8, 3), (180, 100, 60), np.uint8)
    write(tmp_path / "images" / "a.png", colour, icc_profile=display_p3())
    write(tmp_path / "masks" / "a.png", blob(8, 8))
    dataset = open_dataset(tmp_path)
    loaded = dataset.load(dataset.examples[0]).image
    assert np.abs(loaded.astype(int) - colour).max() > 5


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"good": blob(), "small": blob(), "torn": blob()})
    write(root / "masks" / "small.png", blob(24, 30))
    (root / "images" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    write(root / "masks" / "stray.png", blob())
    with pytest.raises(DataError) as error:
        open_dataset(root)
    text = str(error.value)
    for said in ("masks/small.png", "30 x 24", "torn.png", "masks/stray.png", "cure:"):
        assert said in text


def test_limits_hold_for_photos_and_masks(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"a": blob()})
    with pytest.raises(DataError, match="limit"):
        open_dataset(DataFolder(root, limits=Limits(pixels=1000)))


def test_photos_without_masks_are_left_out_aloud(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"a": blob(), "b": blob()})
    write(root / "images" / "c.png", picture(9))
    dataset = open_dataset(root)
    assert [example.name for example in dataset.examples] == ["a", "b"]
    assert any("1 photos without a mask" in one for one in dataset.warnings)


def test_fingerprint_changes_with_any_byte_and_with_nothing_else(tmp_path: Path) -> None:
    masks = {"a": blob(), "b": blob()}
    one = open_dataset(data_folder(tmp_path / "one", masks))
    two = open_dataset(data_folder(tmp_path / "two", masks))
    assert one.fingerprint() == two.fingerprint()
    changed = blob()
    changed[0, 0] = 255
    write(tmp_path / "two" / "masks" / "b.png", changed)
    assert one.fingerprint() != two.fingerprint()


@pytest.mark.parametrize(
    "row", ["p00,plant,,,", "p00,,p01,,", "p00,,p01,rotate,", "p00,,,,train", "p00,,,,test"]
)
def test_fingerprint_changes_with_what_is_said_of_the_files(tmp_path: Path, row: str) -> None:
    root = data_folder(tmp_path, {"p00": blob(), "p01": blob()})
    table = root / "pairs.csv"
    prints = [open_dataset(root).fingerprint()]
    for text in ("p00,,,,", row):
        table.write_text(f"name,group,parent,technique,split\n{text}\n")
        prints.append(open_dataset(root).fingerprint())
    assert prints[0] == prints[1] != prints[2]


def test_fingerprint_changes_with_what_mask_values_mean(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "one", {"a": blob()})
    plain = open_dataset(root)
    swapped = open_dataset(DataFolder(root, values="255=background,0=foreground"))
    assert plain.fingerprint() != swapped.fingerprint()


def test_a_copy_is_in_its_parents_part_or_in_one_that_is_guarded_more(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {name: blob() for name in ("a", "b", "c", "d", "e", "f", "g")})
    (root / "pairs.csv").write_text(
        "name,parent,split\na,,val\nb,a.png,\nc,b,\nd,a,train\ne,e,\nf,,train\ng,f,val\n"
    )
    dataset = open_dataset(root)
    examples = dataset.examples
    assert [e.split for e in examples] == ["val", "val", "val", "val", None, "train", "val"]
    assert [e.parent for e in examples] == [None, "a", "b", "a", "e", None, "f"]
    torn = [finding for finding in check(root).findings if finding.kind == "torn-copies"]
    assert [finding.files for finding in torn] == [("images/d.png", "images/g.png")]


def test_pairs_csv_gives_groups_parents_and_splits(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"a": blob(), "a_copy": blob(), "b": blob()})
    (root / "pairs.csv").write_text(
        "\ufeffname,group,parent,technique,split\n"
        "a,plant1,,,train\na_copy,,a,rotate,train\nb.png,plant2,,,val\n",
        encoding="utf-8",
    )
    a, copy, b = open_dataset(root).examples
    assert (a.group, a.split, b.group, b.split) == ("plant1", "train", "plant2", "val")
    assert (copy.parent, copy.technique, copy.group) == ("a", "rotate", "a")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("photo\na\n", "unknown column 'photo'"),
        ("group\nx\n", "no column name"),
        ("name,grupp\na,x\n", "unknown column 'grupp'"),
        ("name,split\na,learning\n", "line 2: split is 'learning'"),
        ("name\na\na\n", "'a' is listed twice"),
        ("name,group\na\n", "number of cells"),
        ("name\nnobody\n", "not among the pairs"),
        ("name,weight\na,heavy\n", "line 2: weight is 'heavy', not a number above 0"),
        ("name,weight\na,0\n", "line 2: weight is '0'"),
        ("name,weight\na,-1\n", "line 2: weight is '-1'"),
        ("name,weight\na,inf\n", "line 2: weight is 'inf'"),
        ("name,weight\na,nan\n", "line 2: weight is 'nan'"),
        ("name\n\xff\n", "UTF-8"),
    ],
)
def test_a_wrong_pairs_csv_says_where(tmp_path: Path, text: str, said: str) -> None:
    root = data_folder(tmp_path, {"a": blob()})
    (root / "pairs.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=said):
        open_dataset(root)


def test_pairs_csv_weighs_pairs(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {name: blob() for name in ("a", "b", "c")})
    plain = open_dataset(root).fingerprint()
    (root / "pairs.csv").write_text("name,weight\na,2.5\nb,\n")
    dataset = open_dataset(root)
    assert [example.weight for example in dataset.examples] == [2.5, 1.0, 1.0]
    assert dataset.fingerprint() != plain  # a run is not resumed with other weights
    (root / "pairs.csv").write_text("name,weight\na,1\n")
    assert open_dataset(root).fingerprint() == plain


def test_groups_from_a_pattern_in_names(tmp_path: Path) -> None:
    names = ("plant1_left", "plant1_right", "plant2_left", "other")
    root = data_folder(tmp_path, {name: blob() for name in names})
    by_bracket = open_dataset(DataFolder(root, groups=r"^(plant\d+)_"))
    assert [e.group for e in by_bracket.examples] == ["other", "plant1", "plant1", "plant2"]
    whole = open_dataset(DataFolder(root, groups=r"plant\d"))
    assert whole.examples[1].group == "plant1"
    with pytest.raises(UsageError, match="regular expression"):
        open_dataset(DataFolder(root, groups="("))


def test_a_known_encoding_is_used_as_it_is(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"a": blob(on=128), "b": blob(on=255)})
    known = open_dataset(DataFolder(root, values="0=background,128=cell,255=core")).encoding
    only_cells = data_folder(tmp_path / "next", {"a": blob(on=128)})
    assert open_dataset(only_cells, encoding=known).classes == ("background", "cell", "core")
    other = data_folder(tmp_path / "other", {"a": blob(on=7)})
    with pytest.raises(DataError, match="mask value 7"):
        open_dataset(other, encoding=known)


def test_many_classes_and_few_are_indices(tmp_path: Path) -> None:
    areas = np.kron(np.arange(150, dtype=np.uint8).reshape(10, 15), np.ones((8, 8), np.uint8))
    dataset = open_dataset(data_folder(tmp_path, {"a": areas}))
    assert dataset.encoding.kind == "index" and len(dataset.classes) == 150


def test_masks_may_lie_in_another_place(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data", {"a": blob()})
    (root / "masks").rename(tmp_path / "elsewhere")
    assert len(open_dataset(DataFolder(root, masks=str(tmp_path / "elsewhere"))).examples) == 1
    write(tmp_path / "elsewhere" / "stray.png", blob())
    with pytest.raises(DataError, match=r"elsewhere/stray\.png"):
        open_dataset(DataFolder(root, masks=str(tmp_path / "elsewhere")))
