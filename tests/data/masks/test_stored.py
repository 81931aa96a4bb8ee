"""How masks are stored: transparency, lossy formats, pages, deep values, two ways in one set."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PilImage
from PIL import TiffImagePlugin

from maskwright.data.folder import DataFolder
from maskwright.data.masks.unusable import UnusableMask
from maskwright.data.survey import survey
from maskwright.errors import DataError
from tests.support.data_folders import blob, data_folder
from tests.support.masks import (
    BLACK,
    BLUE,
    RED,
    WHITE,
    Colour,
    decoded,
    disc,
    judged,
    painted,
    read,
    stored,
)

INSIDE = blob() == 255
ONE = PilImage.fromarray(blob(on=1))
FULL = PilImage.fromarray(blob())


def palette(numbers: np.ndarray, *colours: Colour) -> PilImage.Image:
    image = PilImage.fromarray(numbers.astype(np.uint8), "P")
    image.putpalette([channel for colour in colours for channel in colour])
    return image


def transparent(colour: Colour, ground: Colour) -> dict[str, bytes]:
    """The same mask in every way of storing it: an object on a transparent ground."""
    rgb = np.full((*INSIDE.shape, 3), ground, np.uint8)
    rgb[INSIDE] = colour
    rgba = PilImage.fromarray(np.dstack([rgb, blob()]))
    files = {
        "rgba": stored(rgba),
        "webp": stored(rgba, "WEBP", lossless=True),
        "tiff": stored(rgba, "TIFF"),
        "palette": stored(palette(INSIDE, ground, colour), transparency=b"\0\xff"),
        "reversed": stored(palette(~INSIDE, colour, ground), transparency=b"\xff\0"),
        "gif": stored(palette(INSIDE, ground, colour), "GIF", transparency=0),
    }
    if colour != ground:
        files["rgb"] = stored(PilImage.fromarray(rgb), transparency=ground)
        if colour[0] == colour[1] == colour[2]:
            grey = PilImage.fromarray(rgb[..., 0])
            files["grey"] = stored(grey, transparency=ground[0])
            files["bit"] = stored(grey.convert("1"), transparency=ground[0])
            deep = PilImage.fromarray(rgb[..., 0].astype(np.uint16) * 257)
            files["deep"] = stored(deep, transparency=ground[0] * 257)
    return files


@pytest.mark.parametrize(
    ("colour", "ground"), [(BLACK, WHITE), (WHITE, BLACK), (RED, BLACK), (BLACK, BLACK)]
)
def test_transparency_counts_wherever_it_is_stored(colour: Colour, ground: Colour) -> None:
    for way, file in transparent(colour, ground).items():
        (mask,) = decoded([file])
        np.testing.assert_array_equal(mask, INSIDE, err_msg=way)


def test_class_indices_keep_their_numbers_if_the_background_is_transparent() -> None:
    numbers = INSIDE * 2
    numbers[:9] = 1
    file = stored(palette(numbers, BLACK, RED, BLUE), transparency=b"\0")
    encoding, _ = judged([file])
    assert encoding is not None and encoding.kind == "index"
    np.testing.assert_array_equal(encoding.decode(read(file)), numbers)


LOSSY: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {"quality": 80}),
    "lossy WebP": ("WEBP", {"quality": 80}),
    "AVIF": ("AVIF", {"quality": 60}),
    "lossy JPEG 2000": ("JPEG2000", {"irreversible": True, "quality_layers": [8]}),
    "JPEG in TIFF": ("TIFF", {"compression": "jpeg"}),
}


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_formats_keep_outlines_and_no_classes(name: str) -> None:
    form, options = LOSSY[name]
    if form == "AVIF":
        pytest.importorskip("PIL._avif")
    file = stored(FULL, form, **options)
    assert read(file).lossy == name
    (mask,) = decoded([file])
    assert (mask != INSIDE).mean() < 0.01
    indices = blob(on=3)
    indices[:9] = 1
    for kind in (PilImage.fromarray(indices), painted(disc(RED, 30), disc(BLUE, 70))):
        encoding, findings = judged([stored(kind, form, **options)] * 3)
        assert encoding is None
        fault = findings.get("lossy-mask") or findings["not-a-mask"]
        assert name in fault.problem and "PNG" in fault.cure


@pytest.mark.parametrize("form", ["JPEG2000", "WEBP"])
def test_a_file_cut_anywhere_is_no_mask(form: str) -> None:
    options = {"no_jp2": True} if form == "JPEG2000" else {}
    start = stored(FULL, form, **options)[:120]
    for end in range(len(start)):
        with pytest.raises(DataError):
            read(start[:end])


@pytest.mark.parametrize(
    ("form", "options"),
    [("WEBP", {"lossless": True}), ("JPEG2000", {}), ("TIFF", {"compression": "tiff_lzw"})],
)
def test_lossless_ways_are_not_called_lossy(form: str, options: dict[str, Any]) -> None:
    file = stored(PilImage.fromarray(blob(on=3)), form, **options)
    assert read(file).lossy is None
    assert read(file).pixels.max() == 3


@pytest.mark.parametrize("form", ["TIFF", "GIF", "WEBP", "PNG"])
def test_several_pages_are_refused(form: str) -> None:
    more = [PilImage.fromarray(np.roll(blob(), n, 1)) for n in (5, 9)]
    with pytest.raises(UnusableMask, match=r"masks of 3 pages.*one picture.*save each mask"):
        read(stored(FULL, form, save_all=True, append_images=more))


def test_imagej_stacks_count_by_their_description_and_thumbnails_do_not_count() -> None:
    stack = stored(FULL, "TIFF", description="ImageJ=1.53t\nimages=4\nslices=4\n")
    with pytest.raises(UnusableMask, match="masks of 4 pages"):
        read(stack)
    small = FULL.resize((16, 12))
    reduced = TiffImagePlugin.ImageFileDirectory_v2()
    reduced[254] = 1
    small.encoderinfo = {"tiffinfo": reduced}
    file = stored(FULL, "TIFF", save_all=True, append_images=[small])
    np.testing.assert_array_equal(read(file).pixels, blob())


def test_deep_values() -> None:
    numbers = np.arange(6 * 5).reshape(6, 5)
    for dtype in (np.uint16, np.int32, np.float32):
        file = stored(PilImage.fromarray(numbers.astype(dtype)), "TIFF")
        np.testing.assert_array_equal(read(file).pixels, numbers)
    assert read(stored(PilImage.fromarray((numbers * 257).astype(np.uint16)))).pixels.max() == 29
    large = read(stored(PilImage.fromarray((numbers + 240).astype(np.uint16))))
    assert (large.pixels.max(), large.top) == (255, 269)
    for odd, said in ((np.nan, "NaN"), (0.5, "fractions"), (-1, "below 0")):
        floats = numbers.astype(np.float32)
        floats[0, 0] = odd
        with pytest.raises(UnusableMask, match=said):
            read(stored(PilImage.fromarray(floats), "TIFF"))


def test_zero_one_among_zero_255_is_an_error_until_it_is_said() -> None:
    other = [FULL, PilImage.fromarray(INSIDE), PilImage.fromarray(blob().astype(np.uint16) * 257)]
    for mask in (*other, painted(disc(WHITE)).convert("L")):
        encoding, findings = judged([stored(ONE), stored(ONE), stored(mask)])
        assert encoding is None
        fault = findings["mixed-masks"]
        assert fault.files == ("2.png",) and "0.png" in fault.problem
        assert "--ignore 255" in fault.cure
    files = [stored(ONE), stored(FULL)]
    both = decoded(files, values="0=background,1=foreground,255=foreground")
    np.testing.assert_array_equal(both[1], INSIDE)
    assert decoded(files, ignore="255")[1].max() == 255


def test_void_beside_a_class_is_no_second_way() -> None:
    with_void = blob(on=1)
    with_void[:4] = 255
    encoding, _ = judged([stored(ONE), stored(PilImage.fromarray(with_void))])
    assert encoding is not None and encoding.kind == "index"


def test_white_among_red_is_an_error_with_both_cures() -> None:
    red = painted(disc(RED), scale=1)
    white = painted(disc(WHITE), scale=1)
    files = [stored(red), stored(red), stored(white.convert("L"))]
    encoding, findings = judged(files)
    assert encoding is None and findings["mixed-masks"].files == ("2.png",)
    for part in findings["mixed-masks"].cure.split("--values '")[1:]:
        assert judged(files, values=part.split("'")[0])[0] is not None
    indices = [stored(red), stored(painted(disc((1, 1, 1)), scale=1))]
    assert "mixed-masks" in judged(indices)[1]
    assert judged([stored(red), stored(palette(INSIDE, BLACK, RED))])[0] is not None


def test_jpeg_among_png_is_one_way() -> None:
    files = [stored(FULL), stored(FULL, "JPEG", quality=80)]
    assert judged(files)[0] is not None
    assert "mixed-masks" in judged([stored(ONE), files[1]])[1]


def test_undamaged_tiff_files_that_cannot_be_masks_are_named_once(tmp_path: Path) -> None:
    root = data_folder(tmp_path, {name: blob() for name in "abc"})
    for path in (root / "masks").iterdir():
        path.unlink()
    for name in "abc":
        write_double_tiff(root / "masks" / f"{name}.tif", blob(on=1))
    (fault,) = [f for f in survey(DataFolder(root)).findings if f.severity == "error"]
    assert "64-bit floating point numbers" in fault.problem and "damaged" not in fault.problem
    assert fault.files == ("masks/a.tif", "masks/b.tif", "masks/c.tif")
    assert "8-bit PNG of class indices" in fault.cure


def write_double_tiff(path: Path, pixels: np.ndarray) -> None:
    """A TIFF file of 64-bit floating point numbers, which Pillow cannot write."""
    height, width = pixels.shape
    data = pixels.astype("<f8").tobytes()
    tags = {256: width, 257: height, 258: 64, 259: 1, 262: 1, 273: 8, 277: 1, 278: height}
    tags |= {279: len(data), 339: 3}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = struct.pack("<2sHI", b"II", 42, 8 + len(data))
    path.write_bytes(head + data + struct.pack("<H", len(tags)) + entries + bytes(4))


def levels(*values: int, kind: type = np.uint8) -> bytes:
    """A mask of stripes, one a value."""
    stripes: np.ndarray = np.repeat(np.array(values, kind), 24)[None].repeat(72, axis=0)
    return stored(PilImage.fromarray(stripes))


def test_a_mask_of_void_alone_is_read_where_others_show_void_beside_a_class() -> None:
    encoding, findings = judged([*[levels(0, 1, 255)] * 6, *[levels(0, 1)] * 2, levels(0, 255)])
    assert encoding is not None and encoding.classes == ("background", "foreground")
    assert findings["mixed-masks"].severity == "warning"
    assert findings["mixed-masks"].files == ("8.png",)
    rarely = [*[levels(0, 1, 255)] * 2, *[levels(0, 1)] * 6, levels(0, 255)]
    assert judged(rarely)[1]["mixed-masks"].severity == "error"


def test_other_values_for_the_same_are_named_with_an_option_that_reads_both() -> None:
    masks = [levels(0, 1, 2), levels(0, 1), levels(0, 127, 254), levels(0, 2, 1)]
    encoding, findings = judged(masks)
    both = "0=background,1=class1,127=class1,2=class2,254=class2"
    assert encoding is None and both in findings["undecided-values"].cure
    assert all(mask.max() <= 2 for mask in decoded(masks, values=both))


def test_one_deep_value_is_told_how_to_be_read() -> None:
    masks = [levels(0, 1000, kind=np.uint16)] * 3
    encoding, findings = judged(masks)
    assert encoding is None
    assert "--values 0=background,1-65535=foreground" in findings["object-numbers"].cure
    assert decoded(masks, values="0=background,1-65535=foreground")[0].max() == 1


def test_deep_void_is_told_and_its_option_works() -> None:
    masks = [levels(0, 1, 65535, kind=np.uint16), levels(0, 1, 2, kind=np.uint16)]
    assert "--ignore 255-65535" in judged(masks)[1]["object-numbers"].cure
    assert np.unique(decoded(masks, ignore="255-65535")[0]).tolist() == [0, 1, 255]


def test_tails_of_noise_are_no_class() -> None:
    discs = [painted(disc(WHITE, 30 + 3 * n, 36, 16 + n), scale=1).convert("L") for n in range(12)]
    for quality in (50, 70, 75, 90):
        encoding, findings = judged([stored(one, "JPEG", quality=quality) for one in discs])
        assert encoding is not None and encoding.kind == "binary", (quality, findings)
