from __future__ import annotations

import builtins
import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage
from PIL import ImageCms, ImageFile, features

from maskwright.data.decoding.decode import read_header
from maskwright.data.photo import Limits, Photo, find_photos, read_photo
from maskwright.errors import DataError, UsageError
from tests.support.data_folders import display_p3, orientation_exif, picture, write

UPRIGHT = np.array([[0, 40, 80], [120, 160, 200]], np.uint8)  # 2 x 3, no symmetry

# How the upright picture is stored under each EXIF orientation (the tag says how to undo it).
STORED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.T,
    6: np.rot90(UPRIGHT, 1),
    7: np.rot90(UPRIGHT, 2).T,
    8: np.rot90(UPRIGHT, -1),
}


@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_applied(tmp_path: Path, orientation: int, ending: str) -> None:
    stored = np.repeat(np.ascontiguousarray(STORED[orientation])[..., None], 3, axis=2)
    lossless = {"lossless": True} if ending == "webp" else {}
    path = write(tmp_path / f"a.{ending}", stored, exif=orientation_exif(orientation), **lossless)
    np.testing.assert_array_equal(read_photo(path).pixels[..., 0], UPRIGHT)
    header = read_header(path, Limits())
    assert (header.height, header.width) == UPRIGHT.shape
    assert header.stored_size == stored.shape[:2]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_jpeg_orientation_survives_fractional_decoding(tmp_path: Path, orientation: int) -> None:
    large = np.kron(STORED[orientation], np.ones((200, 200), np.uint8))
    path = write(tmp_path / "a.jpg", large, exif=orientation_exif(orientation), quality=95)
    small = read_photo(path, shrink_to=120).pixels
    assert 120 <= max(small.shape[:2]) < 600
    height, width = small.shape[:2]
    corners = small[[height // 4, -height // 4]][:, [width // 6, width // 2, -width // 6], 0]
    np.testing.assert_allclose(corners, UPRIGHT, atol=6)


def test_damaged_exif_does_not_cost_the_photo(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jpg", picture(0), exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff\x00")
    assert read_photo(path).pixels.shape == (48, 64, 3)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    deep = np.linspace(0, 65535, 48 * 64).reshape(48, 64).round().astype(np.uint16)
    expected = np.round(deep / 257)
    for name in ("grey.png", "grey.tif"):
        path = write(tmp_path / name, deep)
        np.testing.assert_allclose(read_photo(path).pixels[..., 1], expected, atol=1)
    colours = np.dstack([deep, deep[::-1], deep[:, ::-1]])
    for name in ("colour.png", "colour.tif"):
        cv2.imwrite(str(tmp_path / name), colours[..., ::-1])
        pixels = read_photo(tmp_path / name).pixels
        np.testing.assert_allclose(pixels, np.round(colours / 257), atol=1)


def test_sixteen_bit_planes_are_refused_since_pillow_misreads_them(tmp_path: Path) -> None:
    path = tmp_path / "planes.tif"
    planes = np.zeros((3, 2, 2), ">u2")
    entries = [(256, 2), (257, 2), (259, 1), (262, 2), (277, 3), (284, 2)]
    # Offsets: header 8, directory 2 + 12 * 9 + 4, then three arrays of three numbers each.
    after = 8 + 2 + 12 * 9 + 4
    arrays = {258: (16, 16, 16), 273: tuple(after + 30 + 8 * i for i in range(3)), 279: (8, 8, 8)}
    tags = {tag: struct.pack(">HHIHH", tag, 3, 1, value, 0) for tag, value in entries}
    body = b""
    for tag, numbers in arrays.items():
        kind, code = (3, "H") if tag == 258 else (4, "I")
        tags[tag] = struct.pack(">HHII", tag, kind, 3, after + len(body))
        body += struct.pack(f">3{code}", *numbers)
    directory = struct.pack(">H", 9) + b"".join(tags[tag] for tag in sorted(tags)) + b"\0" * 4
    path.write_bytes(b"MM\x00*\x00\x00\x00\x08" + directory + body + planes.tobytes())
    with pytest.raises(DataError, match=r"planes\.tif.*interleaved"):
        read_photo(path)


def test_grey_alpha_palette_and_cmyk_become_rgb(tmp_path: Path) -> None:
    grey = picture(1)[..., 0]
    three = np.repeat(grey[..., None], 3, axis=2)
    alpha = np.full_like(grey, 255)
    alpha[:20] = 0
    write(tmp_path / "l.png", grey)
    write(tmp_path / "la.png", np.dstack([grey, alpha]))
    for name in ("l.png", "la.png"):
        np.testing.assert_array_equal(read_photo(tmp_path / name).pixels, three)
    write(tmp_path / "rgba.png", np.dstack([picture(2), alpha]))
    np.testing.assert_array_equal(read_photo(tmp_path / "rgba.png").pixels, picture(2))
    palette = PilImage.fromarray(picture(3)).quantize(16)
    palette.save(tmp_path / "p.png", transparency=3)
    seen = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(read_photo(tmp_path / "p.png").pixels, seen)
    PilImage.fromarray(grey > 128).save(tmp_path / "one.png")
    assert set(np.unique(read_photo(tmp_path / "one.png").pixels)) == {0, 255}
    red = PilImage.new("RGB", (32, 32), (255, 0, 0)).convert("CMYK")
    red.save(tmp_path / "cmyk.jpg", quality=95)
    assert np.abs(read_photo(tmp_path / "cmyk.jpg").pixels.astype(int) - [255, 0, 0]).max() < 8


def test_display_p3_becomes_srgb_and_the_profile_is_kept(tmp_path: Path) -> None:
    colour = np.full((8, 8, 3), (180, 100, 60), np.uint8)
    path = write(tmp_path / "p3.png", colour, icc_profile=display_p3())
    photo = read_photo(path)
    np.testing.assert_array_equal(photo.pixels, colour)
    assert photo.icc == display_p3()
    # Independent: P3 to linear light, to XYZ, to linear sRGB, to sRGB (gamma 2.2 as above).
    p3 = np.array(
        [[0.51512, 0.29198, 0.1571], [0.2412, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
    )
    srgb = np.array(
        [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.7141]]
    )
    linear = np.linalg.inv(srgb) @ p3 @ ((colour[0, 0] / 255) ** 2.2)
    expected = 255 * np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )
    np.testing.assert_allclose(photo.srgb()[0, 0], expected, atol=2)
    assert np.abs(photo.srgb().astype(int) - colour).max() > 5


def test_colours_are_converted_some_rows_at_a_time_without_a_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = Photo(picture(1), display_p3())
    whole = photo.srgb()
    assert not np.array_equal(whole, photo.pixels)
    monkeypatch.setattr("maskwright.data.decoding.colour._ROWS", 3)
    np.testing.assert_array_equal(photo.srgb(), whole)


def test_srgb_and_unusable_profiles_change_nothing(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for number, profile in enumerate((srgb, b"this is not a profile")):
        path = write(tmp_path / f"{number}.jpg", picture(4), icc_profile=profile)
        photo = read_photo(path)
        np.testing.assert_array_equal(photo.srgb(), photo.pixels)


def test_first_frame_of_animations_and_pages_is_used_and_said(tmp_path: Path) -> None:
    frames = [PilImage.fromarray(picture(seed)) for seed in range(3)]
    for name in ("a.gif", "a.tif", "a.webp"):
        options: dict[str, Any] = {"lossless": True} if name == "a.webp" else {}
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
        photo = read_photo(tmp_path / name)
        assert "3 frames" in photo.notes[0]
        assert np.abs(photo.pixels.astype(int) - picture(0)).mean() < 12
    assert read_photo(write(tmp_path / "b.png", picture(0))).notes == ()


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "bmp", "gif"])
@pytest.mark.parametrize("shrink_to", [None, 8])
def test_truncated_files_are_errors_not_grey_halves(
    tmp_path: Path, ending: str, shrink_to: int | None
) -> None:
    whole = write(tmp_path / f"a.{ending}", picture(5, 200, 300)).read_bytes()
    cut = tmp_path / f"cut.{ending}"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=f"cut.{ending}.*damaged or cut short"):
        read_photo(cut, shrink_to=shrink_to)


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    texts = {
        "text.png": b"hello, I am a text",
        "empty.jpg": b"",
        "lfs.png": b"version https://git-lfs",
    }
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"text\.png.*not an image"):
        read_photo(tmp_path / "text.png")
    with pytest.raises(DataError, match=r"empty\.jpg.*empty"):
        read_photo(tmp_path / "empty.jpg")
    with pytest.raises(DataError, match=r"lfs\.png.*git lfs pull"):
        read_photo(tmp_path / "lfs.png")
    with pytest.raises(DataError, match="missing"):
        read_photo(tmp_path / "missing.png")


def test_postscript_is_never_interpreted(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n")
    with pytest.raises(DataError, match="not an image"):
        read_photo(path)


def test_pixel_limit_holds_before_decoding(tmp_path: Path) -> None:
    # A few hundred bytes that claim 40,000 x 40,000 pixels, and would be 4.8 GB.
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    bomb = tmp_path / "bomb.png"
    body = (
        chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )
    bomb.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    with pytest.raises(DataError, match=r"bomb\.png.*40000 x 40000.*limit"):
        read_photo(bomb)
    small = write(tmp_path / "small.png", picture(0))
    with pytest.raises(DataError, match="limit"):
        read_photo(small, limits=Limits(pixels=48 * 64 - 1))
    assert read_photo(small, limits=Limits(pixels=48 * 64)).pixels.shape == (48, 64, 3)
    with pytest.raises(DataError, match="bytes"):
        read_photo(small, limits=Limits(bytes=small.stat().st_size - 1))


def test_the_limit_is_ours_not_pillows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PilImage, "MAX_IMAGE_PIXELS", 100)
    path = write(tmp_path / "a.png", picture(0))
    assert read_photo(path).pixels.shape == (48, 64, 3)


def test_global_settings_of_pillow_stay(tmp_path: Path) -> None:
    before = (PilImage.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(PilImage.ID))
    PilImage.init()
    before = (*before[:2], list(PilImage.ID))
    heic = tmp_path / "a.heic"
    write_heic(heic, picture(0))
    read_photo(heic)
    read_photo(write(tmp_path / "a.png", picture(0)))
    assert (PilImage.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(PilImage.ID)) == before


def write_heic(path: Path, pixels: np.ndarray, orientation: int = 1) -> None:
    heif = pytest.importorskip("pillow_heif")
    image = heif.from_pillow(PilImage.fromarray(pixels))
    image.save(path, quality=95, exif=orientation_exif(orientation).tobytes())


def test_heic_is_read_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.HEIC"
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48] = 255
    write_heic(path, pixels, orientation=6)
    found = read_photo(path).pixels
    assert found.shape == (96, 64, 3)
    assert found[:40, 40:].mean() > 230  # the white corner has turned to the right
    assert found[:40, :24].mean() < 25


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif_is_read_upright_without_an_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.avif"
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48] = 255
    write(path, pixels, quality=95, exif=orientation_exif(6))
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    found = read_photo(path).pixels
    assert found.shape == (96, 64, 3)
    assert found[:40, 40:].mean() > 230
    assert found[:40, :24].mean() < 25


def test_heic_without_its_extra_names_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.heic"
    write_heic(path, picture(0))
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.startswith("pillow_heif"):
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.delitem(sys.modules, "pillow_heif", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r"pip install 'maskwright\[heic\]'"):
        read_photo(path)


@pytest.mark.parametrize("size", [(1, 1), (1, 37), (41, 1), (33, 47), (3, 2600)])
def test_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write(tmp_path / "a.png", picture(6, *size))
    assert read_photo(path).pixels.shape == (*size, 3)
    jpeg = write(tmp_path / "a.jpg", picture(6, *size))
    assert read_photo(jpeg, shrink_to=1).pixels.ndim == 3


def test_threads_read_the_same(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{seed}.jpg", picture(seed, 120, 160)) for seed in range(24)]
    alone = [read_photo(path).pixels for path in paths]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda path: read_photo(path).pixels, paths))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["jpg", "png", "tif", "gif", "webp", "bmp"]), st.data())
def test_damage_is_a_data_error_or_a_photo(
    tmp_path_factory: pytest.TempPathFactory, ending: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    whole = bytearray(write(folder / f"a.{ending}", picture(7)).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = folder / f"b.{ending}"
    path.write_bytes(bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    try:
        pixels = read_photo(path, limits=Limits(pixels=10**6)).pixels
    except DataError as error:
        assert path.name in str(error)
    else:
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3


def test_find_photos_in_files_folders_and_globs(tmp_path: Path) -> None:
    names = [
        "b.JPG",
        "a.b.jpeg",
        "sub/ä x.tif",
        "sub/deep/c.png",
        ".hidden.png",
        ".git/d.png",
        "e.txt",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    below = [str(photo.relative) for photo in find_photos([tmp_path])]
    assert below == ["a.b.jpeg", "b.JPG", "sub/ä x.tif", "sub/deep/c.png"]
    assert [str(p.relative) for p in find_photos([Path(f"{tmp_path}/")])] == below
    one = find_photos([tmp_path / "sub" / "deep" / "c.png"])
    assert [str(p.relative) for p in one] == ["c.png"]
    assert [str(p.relative) for p in find_photos([tmp_path / "*.JPG"])] == ["b.JPG"]
    deep = [str(p.relative) for p in find_photos([tmp_path / "**" / "*.png"])]
    assert deep == ["sub/deep/c.png"]
    twice = find_photos([tmp_path / "b.JPG", tmp_path])
    assert len(twice) == 4
    with pytest.raises(UsageError, match="no such file"):
        find_photos([tmp_path / "nothing.png"])
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match="no photos"):
        find_photos([tmp_path / "none"])


def test_find_photos_takes_folders_whose_names_look_like_globs(tmp_path: Path) -> None:
    write(tmp_path / "set [1]" / "a.png", picture(0))
    assert len(find_photos([tmp_path / "set [1]"])) == 1
    assert len(find_photos([tmp_path / "set [1]" / "a.png"])) == 1


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path / "real" / "a.png", picture(0))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "data", target_is_directory=True)
    assert [str(p.relative) for p in find_photos([tmp_path / "data"])] == ["link/a.png"]
