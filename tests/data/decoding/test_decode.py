"""Images from paths, from bytes and from open files; and whose fault it is when one fails."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage
from PIL import ImageCms, features

from maskwright.data.decoding.decode import DEFAULT_LIMITS, ImageSource, Limits, opened, read_header
from maskwright.data.masks.read import read_mask
from maskwright.data.photo import read_photo
from maskwright.errors import DataError
from tests.support.data_folders import display_p3, orientation_exif, picture, write

COLOURS = picture(3, 40, 56)
GREY = COLOURS[..., 0]
DEEP = GREY.astype(np.uint16) * 257


def trap_photos(folder: Path) -> Iterator[Path]:
    """Files of all kinds that naive readers turn, tint, clip or refuse."""
    for ending in ("jpg", "png", "tif", "webp"):
        for orientation in range(1, 9):
            path = folder / f"{orientation}.{ending}"
            yield write(path, COLOURS, exif=orientation_exif(orientation))
    for ending in ("jpg", "png", "tif"):
        yield write(folder / f"p3.{ending}", COLOURS, icc_profile=display_p3())
    for ending in ("bmp", "ppm", "jp2", "gif"):
        yield write(folder / f"plain.{ending}", COLOURS)
    yield write(folder / "deep.png", DEEP)
    yield write(folder / "deep.tif", DEEP)
    yield write(folder / "float.tif", GREY.astype(np.float32) / 255)
    yield write(folder / "alpha.png", np.dstack([COLOURS, GREY]))
    yield write(folder / "grey-alpha.png", np.dstack([GREY, GREY]))
    yield write(folder / "one-bit.png", GREY > 128)
    in_rgb = PilImage.fromarray(COLOURS)
    saved = {
        "cmyk.jpg": in_rgb.convert("CMYK"),
        "cmyk.tif": in_rgb.convert("CMYK"),
        "palette.png": in_rgb.quantize(16),
        "palette.bmp": in_rgb.quantize(16),
        "lab.tif": in_lab(in_rgb),
    }
    for name, image in saved.items():
        image.save(folder / name)
        yield folder / name
    for name in ("frames.gif", "pages.tif", "frames.webp"):
        more = [PilImage.fromarray(picture(9, 40, 56))]
        in_rgb.save(folder / name, save_all=True, append_images=more)
        yield folder / name
    if features.check("avif"):
        yield write(folder / "a.avif", COLOURS, exif=orientation_exif(6))
    if find_spec("pillow_heif"):
        import pillow_heif

        heic = pillow_heif.from_pillow(in_rgb)
        heic.save(folder / "a.heic", exif=orientation_exif(6).tobytes())
        yield folder / "a.heic"


def in_lab(image: PilImage.Image) -> PilImage.Image:
    rgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(image, rgb, lab, outputMode="LAB")
    assert converted is not None
    return converted


@pytest.mark.parametrize("shrink_to", [None, 20])
def test_every_photo_is_the_same_from_its_path_its_bytes_and_an_open_file(
    tmp_path: Path, shrink_to: int | None
) -> None:
    for path in trap_photos(tmp_path):
        photo = read_photo(path, shrink_to=shrink_to)
        with path.open("rb") as file:
            for source in (str(path), path.read_bytes(), file, io.BytesIO(path.read_bytes())):
                other = read_photo(source, shrink_to=shrink_to)
                np.testing.assert_array_equal(other.pixels, photo.pixels, err_msg=path.name)
                np.testing.assert_array_equal(other.srgb(), photo.srgb(), err_msg=path.name)
                assert (other.icc, other.size, other.notes) == (photo.icc, photo.size, photo.notes)
                assert read_header(source, DEFAULT_LIMITS) == read_header(path, DEFAULT_LIMITS)


def test_masks_too(tmp_path: Path) -> None:
    path = write(tmp_path / "deep.png", GREY.astype(np.uint16))
    for source in (path, path.read_bytes()):
        np.testing.assert_array_equal(read_mask(source, DEFAULT_LIMITS).pixels, GREY)


def test_an_open_file_is_read_from_its_beginning_and_stays_open(tmp_path: Path) -> None:
    with write(tmp_path / "a.png", COLOURS).open("rb") as file:
        file.read(10)
        for _ in range(2):
            np.testing.assert_array_equal(read_photo(file).pixels, COLOURS)
        assert not file.closed


def test_a_stream_that_cannot_go_back_is_read_where_it_is(tmp_path: Path) -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation("seek")

    content = write(tmp_path / "a.png", COLOURS).read_bytes()
    np.testing.assert_array_equal(read_photo(Stream(content)).pixels, COLOURS)


def sources_of(path: Path) -> Iterator[tuple[str, ImageSource]]:
    """Sources of a file, each with what messages call it."""
    yield str(path), path
    yield "photo", path.read_bytes()
    yield "photo", io.BytesIO(path.read_bytes())
    with path.open("rb") as file:
        yield str(path), file


def test_limits_hold_for_every_source_and_messages_name_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", COLOURS)
    size = path.stat().st_size
    for name, source in sources_of(path):
        with pytest.raises(DataError, match=f"^{name}: .* bytes are more than the limit"):
            read_photo(source, limits=Limits(bytes=size - 1))
        with pytest.raises(DataError, match=f"^{name}: 56 x 40 pixels are more than the limit"):
            read_photo(source, limits=Limits(pixels=40 * 56 - 1))
        assert read_photo(source, limits=Limits(40 * 56, size)).size == (40, 56)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"])
def test_what_cannot_be_read_is_named_whatever_it_comes_from(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    for name, source in sources_of(path):
        with pytest.raises(DataError, match=f"^{name}: "):
            read_photo(source)


def test_a_bug_in_a_reader_stays_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called a damaged file, it would send the user looking for another copy."""
    path = write(tmp_path / "a.png", COLOURS)
    for error in (ValueError("bug"), OSError("the disk is full")):
        with pytest.raises(type(error), match=str(error)), opened(path, DEFAULT_LIMITS):
            raise error

    def bug(*_: object) -> None:
        raise IndexError("bug")

    monkeypatch.setattr("maskwright.data.photo.upright", bug)
    with pytest.raises(IndexError, match="bug"):
        read_photo(path)
    monkeypatch.setattr("maskwright.data.masks.read.upright", bug)
    with pytest.raises(IndexError, match="bug"):
        read_mask(path, DEFAULT_LIMITS)
