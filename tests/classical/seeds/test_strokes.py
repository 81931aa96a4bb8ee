"""Strokes in every way in which people paint them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures
from PIL import ImageColor

from maskwright.classical.seeds.strokes import read_strokes
from maskwright.core import Image, shrunk
from maskwright.data.decoding.decode import Limits
from maskwright.errors import DataError
from tests.support.data_folders import orientation_exif, picture, write

SIZE = (30, 40)
GREEN, RED = (0, 255, 0), (255, 0, 0)


def strokes() -> np.ndarray:
    """A bar of foreground over a bar of background, (30, 40)."""
    marks = np.zeros(SIZE, np.uint8)
    marks[10:13, 8:30] = 1
    marks[24:27, 3:37] = 2
    return marks


def painted(canvas: np.ndarray, marks: np.ndarray | None = None) -> np.ndarray:
    """The strokes in green and red on a canvas (H, W, C)."""
    marks = strokes() if marks is None else marks
    opaque = (255,) * (canvas.shape[2] - 3)
    canvas = canvas.copy()
    canvas[marks == 1], canvas[marks == 2] = (*GREEN, *opaque), (*RED, *opaque)
    return canvas


def read(path: Path, image: Image | None = None, size: tuple[int, int] = SIZE) -> np.ndarray:
    image = picture(1, *SIZE) if image is None else image
    return read_strokes(path, image, size, Limits())


def flat(*colour: int) -> np.ndarray:
    return np.tile(np.array(colour, np.uint8), (*SIZE, 1))


@pytest.mark.parametrize(
    "canvas",
    [flat(0, 0, 0), flat(255, 255, 255), flat(128, 128, 128), flat(0, 0, 0, 0), picture(1, *SIZE)],
    ids=["black", "white", "grey", "transparent", "photo"],
)
def test_green_and_red_on_anything(canvas: np.ndarray, tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", painted(canvas))
    np.testing.assert_array_equal(read(path), strokes())


def test_transparent_colours_are_no_strokes(tmp_path: Path) -> None:
    canvas = painted(flat(0, 0, 0, 0))
    canvas[:5, :, :3] = GREEN  # an eraser leaves the colour and takes the alpha
    np.testing.assert_array_equal(read(write(tmp_path / "a.png", canvas)), strokes())


def test_numbers_in_a_grey_file_and_in_any_palette(tmp_path: Path) -> None:
    grey = write(tmp_path / "grey.png", strokes())
    np.testing.assert_array_equal(read(grey), strokes())
    # The palette of Pascal VOC has a dark red first and a dark green second.
    for name, colours in {
        "voc": [0, 0, 0, 128, 0, 0, 0, 128, 0],
        "other": [0, 0, 0, 255, 255, 0, 0, 0, 255],
    }.items():
        file = Pictures.fromarray(strokes(), "P")
        file.putpalette(colours)
        file.save(tmp_path / f"{name}.png")
        np.testing.assert_array_equal(read(tmp_path / f"{name}.png"), strokes())


def test_a_palette_that_an_editor_made_is_read_by_its_colours(tmp_path: Path) -> None:
    Pictures.fromarray(painted(flat(255, 255, 255))).quantize(8).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read(tmp_path / "a.png"), strokes())


def test_soft_edges_and_jpeg_lose_no_stroke_and_make_none(tmp_path: Path) -> None:
    Pictures.fromarray(painted(flat(255, 255, 255))).save(tmp_path / "a.jpg", quality=92)
    found = read(tmp_path / "a.jpg")
    assert (found[found > 0] == strokes()[found > 0]).mean() > 0.98
    assert (found[11, 9:29] == 1).all()
    assert (found[25, 4:36] == 2).all()


def test_the_photos_own_green_and_red_are_no_strokes(tmp_path: Path) -> None:
    image = picture(1, *SIZE).copy()
    image[:6, :20], image[:6, 20:] = (20, 230, 30), (235, 30, 20)
    path = write(tmp_path / "a.png", painted(image))
    np.testing.assert_array_equal(read(path, image), strokes())
    # On a canvas of its own the same green is a stroke, whatever the photo shows there.
    over = strokes()
    over[2:4, :20] = 1
    green_photo = image.copy()
    path = write(tmp_path / "b.png", painted(flat(0, 0, 0), over))
    np.testing.assert_array_equal(read(path, green_photo), over)


def test_thin_strokes_survive_shrinking(tmp_path: Path) -> None:
    marks = np.zeros((300, 400), np.uint8)
    marks[101, 50:350] = 1
    marks[201, 50:350] = 2
    marks[241, 50:350], marks[243, 50:350] = 1, 2
    path = write(tmp_path / "a.png", marks)
    found = read(path, picture(1, *SIZE), (300, 400))
    assert (found[10, 5:35] == 1).all()
    assert (found[20, 5:35] == 2).all()
    assert (found[24, 5:35] == 1).all()  # as much of one as of the other
    assert not np.delete(found, [10, 20, 24], axis=0).any()


def test_strokes_on_a_large_photo_are_told_from_it(tmp_path: Path) -> None:
    image = picture(1, 300, 400).copy()
    image[:60, :200] = (10, 240, 10)
    marks = np.kron(strokes(), np.ones((10, 10), np.uint8))
    path = write(tmp_path / "a.png", painted(image, marks))
    found = read(path, shrunk(image, 40), (300, 400))
    np.testing.assert_array_equal(found, strokes())


def test_strokes_follow_the_orientation_of_their_file(tmp_path: Path) -> None:
    turned = np.ascontiguousarray(painted(flat(0, 0, 0)).transpose(1, 0, 2)[:, ::-1])
    Pictures.fromarray(turned).save(tmp_path / "a.png", exif=orientation_exif(8))
    np.testing.assert_array_equal(read(tmp_path / "a.png"), strokes())


def test_what_is_wrong_is_said_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.png: 40 x 30 pixels.*50 x 30"):
        read(write(tmp_path / "a.png", strokes()), size=(30, 50))
    only_foreground = np.where(strokes() == 1, strokes(), 0)
    for number, pixels in enumerate(
        [only_foreground, painted(flat(0, 0, 0), only_foreground), picture(1, *SIZE)]
    ):
        with pytest.raises(DataError, match=r"no stroke on the background.*\(255, 0, 0\)"):
            read(write(tmp_path / f"b{number}.png", pixels))
    with pytest.raises(DataError, match="values up to 240 are not strokes"):
        read(write(tmp_path / "c.png", strokes() * np.uint8(120)))
    (tmp_path / "d.png").write_text("no picture")
    with pytest.raises(DataError, match=r"d\.png"):
        read(tmp_path / "d.png")
    with pytest.raises(DataError, match="limit"):
        read_strokes(tmp_path / "a.png", picture(1, *SIZE), SIZE, Limits(pixels=10))


def drawn(
    canvas: np.ndarray, green: tuple[int, ...], red: tuple[int, ...], *, soft: bool = True
) -> np.ndarray:
    """Thick strokes (30, 40), with edges that mix half of them with the canvas."""
    opaque = (255,) * (canvas.shape[2] - 3)
    out = canvas.astype(np.float32)
    for rows, columns, colour in ((10, 8, green), (20, 3, red)):
        part = out[rows : rows + 7, columns:38]
        whole = np.array((*colour, *opaque), np.float32)
        part[:] = (part + whole) / 2 if soft else whole
        part[1:-1] = whole
    return out.astype(np.uint8)


def cores() -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Where the strokes of `drawn` are pure."""
    return (slice(11, 16), slice(8, 38)), (slice(21, 26), slice(3, 38))


@pytest.mark.parametrize(
    "canvas",
    [flat(0, 0, 0), flat(255, 255, 255), flat(128, 128, 128), flat(0, 0, 0, 0), picture(1, *SIZE)],
    ids=["black", "white", "grey", "transparent", "photo"],
)
@pytest.mark.parametrize(
    ("green", "red"),
    [
        ("green", "red"),
        ("lime", "darkred"),
        ("darkgreen", "crimson"),
        ("seagreen", "indianred"),
        ("springgreen", "tomato"),
        ("palegreen", "maroon"),
        ("olivedrab", "firebrick"),
    ],
)
def test_any_green_and_any_red(canvas: np.ndarray, green: str, red: str, tmp_path: Path) -> None:
    colours = ImageColor.getrgb(green), ImageColor.getrgb(red)
    found = read(write(tmp_path / "a.png", drawn(canvas, *colours)))
    on_object, on_ground = cores()
    # Where the photo has nearly the colour of a stroke, nothing tells that somebody painted.
    assert (found[on_object] == 1).mean() > 0.8
    assert (found[on_ground] == 2).mean() > 0.8
    assert not found[:9].any() and not found[28:].any()


@pytest.mark.parametrize("ending", ["jpg", "webp"])
def test_dull_strokes_in_lossy_files(ending: str, tmp_path: Path) -> None:
    pixels = np.kron(drawn(flat(255, 255, 255), (34, 139, 34), (128, 0, 0)), np.ones((4, 4, 1)))
    path = tmp_path / f"a.{ending}"
    Pictures.fromarray(pixels.astype(np.uint8)).save(path, quality=80)
    found = read(path, picture(1, 120, 160), (120, 160))
    assert (found[48:60, 40:140] == 1).mean() > 0.98
    assert (found[88:100, 20:140] == 2).mean() > 0.98


def test_dull_palettes_are_read_by_their_colours_unless_they_are_of_classes(tmp_path: Path) -> None:
    canvas = drawn(flat(255, 255, 255), (0, 128, 0), (128, 0, 0), soft=False)
    Pictures.fromarray(canvas).quantize(4).save(tmp_path / "a.png")
    found = read(tmp_path / "a.png")
    assert (found[cores()[0]] == 1).all() and (found[cores()[1]] == 2).all()
    # Numbers, although index 1 is a red: blue and black have no meaning as colours.
    file = Pictures.fromarray(strokes(), "P")
    file.putpalette([0, 0, 0, 228, 26, 28, 55, 126, 184])
    file.save(tmp_path / "classes.png")
    np.testing.assert_array_equal(read(tmp_path / "classes.png"), strokes())


@pytest.mark.parametrize(
    "canvas",
    [flat(0, 0, 0), flat(128, 128, 128), flat(0, 0, 0, 0), picture(1, *SIZE)],
    ids=["black", "grey", "transparent", "photo"],
)
@pytest.mark.parametrize("colour", [(0, 0, 255), (255, 255, 255), (255, 165, 0), (255, 0, 255)])
def test_a_colour_that_is_neither_is_refused_by_its_value(
    canvas: np.ndarray, colour: tuple[int, ...], tmp_path: Path
) -> None:
    pixels = drawn(canvas, GREEN, RED)
    pixels[2:6, 5:30, :3] = colour
    if pixels.shape[2] == 4:
        pixels[2:6, 5:30, 3] = 255
    said = rf"painted colour \({', '.join(map(str, colour))}\), .* is neither green .*paint the"
    with pytest.raises(DataError, match=said):
        read(write(tmp_path / "a.png", pixels))


def test_a_faint_brush_is_seen(tmp_path: Path) -> None:
    pixels = drawn(flat(0, 0, 0, 0), (0, 128, 0), RED, soft=False)
    pixels[pixels[..., 1] > 0, 3] = 60
    assert (read(write(tmp_path / "a.png", pixels))[cores()[0]] == 1).all()


def test_a_brush_that_lets_the_photo_shine_through_is_refused(tmp_path: Path) -> None:
    image = picture(1, *SIZE)
    pixels = painted(image, np.where(strokes() == 2, strokes(), 0))
    through = image[4:18, 5:35] // 2 + np.array([0, 127, 0], np.uint8)
    pixels[4:18, 5:35] = through
    with pytest.raises(DataError, match=r"no one colour.*opaque brush"):
        read(write(tmp_path / "a.png", pixels), image)


def test_a_dull_stroke_on_another_picture_is_refused(tmp_path: Path) -> None:
    """Nothing tells it from what lies under it: a green of that picture would look the same."""
    other = picture(2, *SIZE) // 2 + np.uint8(64)
    both = drawn(other, GREEN, RED, soft=False)
    found = read(write(tmp_path / "a.png", both))
    assert (found[cores()[0]] == 1).all() and (found[cores()[1]] == 2).all()
    with pytest.raises(DataError, match=r"\(0, 128, 0\) may be a stroke or not"):
        read(write(tmp_path / "b.png", drawn(other, (0, 128, 0), RED, soft=False)))
