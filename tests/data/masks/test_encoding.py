"""Mask encodings, as a person meets them: through a folder on disk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

from maskwright.core import VOID, Mask
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.masks.encoding import MaskEncoding, Rule
from maskwright.data.masks.meaning import parse_meaning
from maskwright.data.masks.read import RawMask
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import blob, data_folder, picture, write

INSIDE = blob() == 255


def masks_of(dataset: Dataset) -> dict[str, Mask]:
    return {example.name: dataset.load(example).mask for example in dataset.examples}


def replace_masks(root: Path, ending: str = "png") -> Path:
    """A folder with three photos and no masks yet."""
    for name in "abc":
        write(root / "images" / f"{name}.png", picture(ord(name)))
    (root / "masks").mkdir()
    return root


def test_zero_and_255_is_foreground_and_said(tmp_path: Path) -> None:
    dataset = open_dataset(data_folder(tmp_path, {"a": blob(), "b": blob()}))
    assert dataset.classes == ("background", "foreground")
    np.testing.assert_array_equal(masks_of(dataset)["a"], INSIDE)
    assert "0 and 255: foreground from 128 on" in dataset.notes[0]


def test_zero_and_one_are_indices_and_255_is_void(tmp_path: Path) -> None:
    with_void = blob(on=1)
    with_void[:5] = 255
    dataset = open_dataset(data_folder(tmp_path, {"a": blob(on=1), "b": with_void}))
    np.testing.assert_array_equal(masks_of(dataset)["a"], INSIDE)
    np.testing.assert_array_equal(masks_of(dataset)["b"], with_void)
    assert "void: 255" in dataset.notes[0]


def test_the_encoding_is_decided_once_for_all_files(tmp_path: Path) -> None:
    # Alone, b would be a 0/255 mask. Among class indices its 255 may be void, if that is said.
    root = data_folder(tmp_path, {"a": blob(on=1), "b": blob(on=255)})
    dataset = open_dataset(DataFolder(root, ignore="255"))
    assert set(np.unique(masks_of(dataset)["b"])) == {0, VOID}
    # Alone, c would be empty class indices. Among 0/255 masks it is an empty mask.
    other = data_folder(tmp_path / "other", {"a": blob(), "c": blob(on=0)})
    assert set(np.unique(masks_of(open_dataset(other))["c"])) == {0}


def test_several_classes(tmp_path: Path) -> None:
    three = blob(on=2)
    three[:, :10] = 1
    dataset = open_dataset(data_folder(tmp_path, {"a": three, "b": blob(on=1)}))
    assert dataset.classes == ("background", "class1", "class2")
    np.testing.assert_array_equal(masks_of(dataset)["a"], three)


def test_soft_edges_of_a_painted_mask(tmp_path: Path) -> None:
    large = cv2.resize(blob(), None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    soft = {
        name: cv2.GaussianBlur(large, (0, 0), sigma)[::4, ::4]
        for name, sigma in (("a", 2), ("b", 4), ("c", 6))
    }
    assert len(np.unique(soft["c"])) > 20
    dataset = open_dataset(data_folder(tmp_path, soft))
    assert dataset.encoding.kind == "binary"
    for name, mask in masks_of(dataset).items():
        np.testing.assert_array_equal(mask, soft[name] >= 128)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_jpeg_masks_and_pngs_made_of_them(tmp_path: Path, quality: int) -> None:
    root = replace_masks(tmp_path)
    for name in "abc":
        write(root / "masks" / f"{name}.jpg", blob(), quality=quality)
    dataset = open_dataset(root)
    assert dataset.encoding.kind == "binary"
    assert (masks_of(dataset)["a"] != INSIDE).mean() < 0.01
    for name in "abc":
        noisy = np.asarray(PilImage.open(root / "masks" / f"{name}.jpg"))
        (root / "masks" / f"{name}.jpg").unlink()
        write(root / "masks" / f"{name}.png", noisy)
    assert open_dataset(root).encoding.kind == "binary"


def test_class_indices_in_jpeg_files_are_an_error(tmp_path: Path) -> None:
    root = replace_masks(tmp_path)
    for name in "abc":
        write(root / "masks" / f"{name}.jpg", blob(on=2), quality=100)
    with pytest.raises(DataError, match=r"(?s)JPEG.*save the masks as PNG"):
        open_dataset(root)


def test_0_128_255_is_an_error_that_prints_the_cure(tmp_path: Path) -> None:
    banded = blob()
    banded[20:24] = 128
    root = data_folder(tmp_path, {"a": banded, "b": blob()})
    with pytest.raises(DataError) as error:
        open_dataset(root)
    text = str(error.value)
    assert "masks/a.png" in text and "masks/b.png" not in text
    assert "--values 0=background,128=class1,255=class2" in text
    assert "--values 0=background,255=foreground --ignore 128" in text


def test_the_printed_cures_work(tmp_path: Path) -> None:
    banded = blob()
    banded[20:24] = 128
    root = data_folder(tmp_path, {"a": banded, "b": blob()})
    three = open_dataset(DataFolder(root, values="0=background,128=cytoplasm,255=nucleus"))
    assert three.classes == ("background", "cytoplasm", "nucleus")
    assert (masks_of(three)["a"][20:24] == 1).all()
    for values in ("0=background,255=foreground", None):
        void = open_dataset(DataFolder(root, values=values, ignore="128"))
        assert void.classes == ("background", "foreground")
        assert (masks_of(void)["a"][20:24] == VOID).all()
        np.testing.assert_array_equal(masks_of(void)["b"], INSIDE)
    soft = open_dataset(DataFolder(root, values="0-127=background,128-255=foreground"))
    assert (masks_of(soft)["a"][20:24] == 1).all()


@pytest.mark.parametrize(
    "values", [{0, 2, 255}, {0, 3, 8, 255}, {1, 2, 3}, {0, 85, 170, 255}, {0, 100}, {7}]
)
def test_other_grey_values_are_never_guessed(tmp_path: Path, values: set[int]) -> None:
    stripes = np.repeat(np.array(sorted(values), np.uint8), 20)[:, None].repeat(30, axis=1)
    with pytest.raises(DataError, match=r"--values"):
        open_dataset(data_folder(tmp_path, {"a": stripes, "b": stripes}))


def test_thin_lines_of_one_grey_are_not_taken_for_soft_edges(tmp_path: Path) -> None:
    lined = blob()
    lined[24] = 100
    lined[:, 30] = 150
    with pytest.raises(DataError, match="100, 150"):
        open_dataset(data_folder(tmp_path, {"a": lined, "b": blob()}))


def test_photos_given_as_masks_are_refused(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"a": picture(1, 200, 300), "b": picture(2, 200, 300)})
    with pytest.raises(DataError, match=r"(?s)hundreds of colours.*--masks NAME"):
        open_dataset(root)
    grey = {name: picture(seed, 200, 300)[..., 0] for seed, name in enumerate("ab")}
    with pytest.raises(DataError, match="neither class indices"):
        open_dataset(data_folder(tmp_path / "grey", grey))


def test_unknown_values_under_given_ones_name_value_file_and_cure(tmp_path: Path) -> None:
    stray = blob()
    stray[0, 0] = 77
    root = data_folder(tmp_path, {"a": blob(), "b": stray})
    with pytest.raises(DataError, match=r"(?s)mask value 77.*masks/b\.png.*--ignore 77"):
        open_dataset(DataFolder(root, values="0=background,255=leaf"))


def test_colours_are_classes_and_listed(tmp_path: Path) -> None:
    painted = np.zeros((48, 64, 3), np.uint8)
    painted[INSIDE] = (255, 0, 0)
    painted[:, :8] = (0, 0, 255)
    grey = np.repeat(blob()[..., None], 3, axis=2)  # white is a colour among colours
    root = data_folder(tmp_path, {"a": painted, "b": grey})
    dataset = open_dataset(root)
    assert dataset.classes == ("background", "#0000ff", "#ff0000", "#ffffff")
    found = masks_of(dataset)
    assert (found["a"][:, :8] == 1).all() and found["a"][24, 32] == 2
    np.testing.assert_array_equal(found["b"], np.where(INSIDE, 3, 0))
    assert "#ff0000" in dataset.notes[0]
    values = "#000000=background,#ff0000=cell,#0000ff=wall"
    named = open_dataset(DataFolder(root, values=values, ignore="#ffffff"))
    assert named.classes == ("background", "cell", "wall")
    assert masks_of(named)["b"][24, 32] == VOID


def test_grey_masks_stored_as_rgb_are_grey(tmp_path: Path) -> None:
    rgb = np.repeat(blob()[..., None], 3, axis=2)
    dataset = open_dataset(data_folder(tmp_path, {"a": rgb, "b": blob()}))
    assert dataset.encoding.kind == "binary"
    np.testing.assert_array_equal(masks_of(dataset)["a"], INSIDE)


def save_palette(path: Path, indices: np.ndarray, colours: dict[int, tuple[int, int, int]]) -> None:
    image = PilImage.fromarray(indices, "P")
    palette = [0] * 768
    for index, colour in colours.items():
        palette[3 * index : 3 * index + 3] = colour
    image.putpalette(palette)
    image.save(path)


VOC = {0: (0, 0, 0), 3: (128, 128, 0), 8: (64, 0, 0), 255: (224, 224, 192)}


def test_palette_indices_are_classes_with_gaps(tmp_path: Path) -> None:
    root = replace_masks(tmp_path)
    indices = {"a": blob(on=8), "b": blob(on=3), "c": blob(on=255)}
    for name, mask in indices.items():
        save_palette(root / "masks" / f"{name}.png", mask, VOC)
    dataset = open_dataset(root)
    assert len(dataset.classes) == 9 and dataset.classes[8] == "class8"
    for name, mask in masks_of(dataset).items():
        np.testing.assert_array_equal(mask, indices[name])


def test_palettes_that_differ_mean_their_colours(tmp_path: Path) -> None:
    root = replace_masks(tmp_path)
    red, green, black = (255, 0, 0), (0, 255, 0), (0, 0, 0)
    save_palette(root / "masks" / "a.png", blob(on=1, off=0), {0: black, 1: red})
    save_palette(root / "masks" / "b.png", blob(on=1, off=0), {0: black, 1: green})
    save_palette(root / "masks" / "c.png", blob(on=0, off=1), {0: red, 1: black})
    dataset = open_dataset(root)
    assert dataset.classes == ("background", "#00ff00", "#ff0000")
    found = masks_of(dataset)
    np.testing.assert_array_equal(found["a"], found["c"])
    assert found["b"][24, 32] == 1 and found["a"][24, 32] == 2


def test_black_and_white_palettes_are_what_one_sees(tmp_path: Path) -> None:
    root = replace_masks(tmp_path)
    for name in "abc":  # index 0 is white here
        colours = {0: (255, 255, 255), 1: (0, 0, 0)}
        save_palette(root / "masks" / f"{name}.png", blob(on=0, off=1), colours)
    np.testing.assert_array_equal(masks_of(open_dataset(root))["a"], INSIDE)


def test_one_bit_masks(tmp_path: Path) -> None:
    root = replace_masks(tmp_path)
    for name in "abc":
        PilImage.fromarray(INSIDE).save(root / "masks" / f"{name}.png")
    with PilImage.open(root / "masks" / "a.png") as image:
        assert image.mode == "1"
    np.testing.assert_array_equal(masks_of(open_dataset(root))["a"], INSIDE)
    write(root / "masks" / "b.png", blob())
    np.testing.assert_array_equal(masks_of(open_dataset(root))["b"], INSIDE)
    write(root / "masks" / "b.png", blob(on=1))  # now 255 would be void
    with pytest.raises(DataError, match="black-and-white masks"):
        open_dataset(root)


@pytest.mark.parametrize("paint", [(0, 0, 0), (255, 0, 0), None])
def test_masks_in_the_alpha_channel(tmp_path: Path, paint: tuple[int, int, int] | None) -> None:
    root = replace_masks(tmp_path)
    for name in "abc":  # None: a cut-out of the photo itself
        colours = picture(1) if paint is None else np.full((48, 64, 3), paint, np.uint8)
        write(root / "masks" / f"{name}.png", np.dstack([colours, blob()]))
    dataset = open_dataset(root)
    assert dataset.encoding.source == "alpha"
    np.testing.assert_array_equal(masks_of(dataset)["b"], INSIDE)


def test_colours_painted_on_nothing(tmp_path: Path) -> None:
    root = replace_masks(tmp_path)
    for name, colour in zip("abc", [(255, 0, 0), (0, 255, 0), (255, 0, 0)], strict=True):
        colours = np.full((48, 64, 3), colour, np.uint8)
        write(root / "masks" / f"{name}.png", np.dstack([colours, blob()]))
    dataset = open_dataset(root)
    assert dataset.classes == ("background", "#00ff00", "#ff0000")
    np.testing.assert_array_equal(masks_of(dataset)["a"], np.where(INSIDE, 2, 0))


def test_alpha_and_opaque_masks_together_are_an_error(tmp_path: Path) -> None:
    root = replace_masks(tmp_path)
    for name in "ab":
        write(root / "masks" / f"{name}.png", np.dstack([np.zeros_like(picture(1)), blob()]))
    write(root / "masks" / "c.png", blob())
    with pytest.raises(DataError, match=r"(?s)alpha channel.*, these are not.*masks/c\.png"):
        open_dataset(root)


def test_deep_masks_mean_their_numbers(tmp_path: Path) -> None:
    indices = blob(on=2).astype(np.uint16)
    indices[:, :9] = 1
    dataset = open_dataset(data_folder(tmp_path, {"a": indices, "b": indices}))
    np.testing.assert_array_equal(masks_of(dataset)["a"], indices)
    white = blob().astype(np.uint16) * 257
    other = open_dataset(data_folder(tmp_path / "white", {"a": white, "b": white}))
    np.testing.assert_array_equal(masks_of(other)["a"], INSIDE)
    heights = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64)
    with pytest.raises(DataError, match=r"(?s)up to 3071.*masks.a\.png.*8-bit PNG of class"):
        open_dataset(data_folder(tmp_path / "heights", {"a": heights}))


def test_dataset_yaml_names_classes_values_and_void(tmp_path: Path) -> None:
    banded = blob()
    banded[20:24] = 128
    root = data_folder(tmp_path, {"a": banded, "b": blob()})
    yaml = root / "dataset.yaml"
    yaml.write_text("values: {0: ground, 255: leaf}\nignore: [128]\n")
    assert open_dataset(root).classes == ("ground", "leaf")
    assert open_dataset(DataFolder(root, values="0=a,128=b,255=c")).classes == ("a", "b", "c")
    yaml.write_text("classes: [leaf, ground]\nvalues: '0=ground,255=leaf'\nignore: 128\n")
    assert masks_of(open_dataset(root))["b"][24, 32] == 0
    yaml.write_text("clases: [a, b]\n")
    with pytest.raises(DataError, match="unknown key 'clases'"):
        open_dataset(root)
    yaml.write_text("!!python/object/apply:os.system ['echo no']\n")
    with pytest.raises(DataError, match="YAML"):
        open_dataset(root)


def test_named_classes_allow_gaps_in_grey_indices(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {"a": blob(on=3), "b": blob(on=3)})
    (root / "dataset.yaml").write_text("classes: [ground, oak, ash, elm]\n")
    dataset = open_dataset(root)
    assert dataset.classes == ("ground", "oak", "ash", "elm")
    np.testing.assert_array_equal(masks_of(dataset)["a"], blob(on=3))


@pytest.mark.parametrize(
    ("values", "ignore", "said"),
    [
        ("0:background", None, "VALUE=CLASS"),
        ("0=a,300=b", None, "not a value from 0 to 255"),
        ("0=a,9-3=b", None, "not a value"),
        ("0=a,0=b", None, "named twice"),
        ("0-200=a,128=b", None, "named twice"),
        ("0=a,255=b", "255", "named twice"),
        ("0=a", None, "at least two classes"),
        ("#000000=a,255=b", None, "not both"),
        (None, "#00", "not a value"),
    ],
)
def test_malformed_options_fail_loudly(values: str | None, ignore: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_meaning(values, ignore)


def raw(pixels: np.ndarray) -> RawMask:
    return RawMask(pixels)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 255), min_size=2, max_size=12, unique=True),
    st.integers(0, 2**32 - 1),
)
def test_values_decode_to_the_classes_that_were_said(values: list[int], seed: int) -> None:
    void, *named = values
    text = ",".join(f"{value}=c{value}" for value in named)
    if len(named) < 2:
        return
    meaning = parse_meaning(text, str(void))
    encoding = MaskEncoding("values", meaning.classes, meaning.rules())
    pixels = np.random.default_rng(seed).choice(np.array(values, np.uint8), (5, 7))
    mask = encoding.decode(raw(pixels))
    for value, label in zip(pixels.ravel(), mask.ravel(), strict=True):
        assert label == VOID if value == void else meaning.classes[label] == f"c{value}"
    assert MaskEncoding.from_json(encoding.to_json()) == encoding


def test_decode_refuses_unknown_values_and_from_json_unknown_words() -> None:
    encoding = MaskEncoding("values", ("a", "b"), (Rule(0, 0, 0), Rule(9, 9, 1)))
    with pytest.raises(DataError, match="without a meaning: 7"):
        encoding.decode(raw(np.array([[0, 7, 9]], np.uint8)))
    for change in ({"kind": "magic"}, {"rules": [[0, 0, 5]]}, {"source": "x"}, {"classes": None}):
        with pytest.raises(DataError, match="not a mask encoding"):
            MaskEncoding.from_json({**encoding.to_json(), **change})


def test_real_sets(shared_data: Path) -> None:
    train = shared_data / "animals74" / "train"
    assert open_dataset(train).classes == ("background", "foreground")
    voc = open_dataset(DataFolder(train, masks="classes"))
    assert voc.classes[:3] == ("background", "class1", "class2") and len(voc.classes) == 21
    pair = voc.load(voc.examples[0])
    raw_mask = np.asarray(PilImage.open(voc.examples[0].mask))
    np.testing.assert_array_equal(pair.mask, raw_mask)
    with pytest.raises(DataError, match="--values 0=background,255=foreground --ignore 128"):
        open_dataset(shared_data / "grabcut20")
    cured = open_dataset(
        DataFolder(shared_data / "grabcut20", values="0=background,255=foreground", ignore="128")
    )
    assert len(cured.examples) == 20
    cells = shared_data / "domains" / "wbc1_300"
    assert (
        len(open_dataset(DataFolder(cells, values="0=none,128=cytoplasm,255=nucleus")).classes) == 3
    )
    for name in ("davis100", "domains/crackforest118", "domains/isbi_membrane30"):
        assert open_dataset(shared_data / name).encoding.kind == "binary"
