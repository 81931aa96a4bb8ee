"""Profiles are judged by what they do, not by their names."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage
from PIL import ImageCms, PngImagePlugin

from maskwright.data.decoding.colour import _power_profile
from maskwright.data.photo import read_photo
from tests.support.data_folders import display_p3, picture, write

COLOURS = picture(5)


def linear(colours: np.ndarray) -> np.ndarray:
    """sRGB to linear light, both 0 to 255; written down from IEC 61966-2-1."""
    share = colours / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.rint(light * 255).astype(np.uint8)


def named(profile: bytes, name: str) -> bytes:
    """The same profile with another description of the same length or shorter."""
    at = struct.unpack_from(">I", profile, 128 + 8)[0]
    length = struct.unpack_from(">I", profile, at + 20)[0]
    text = name.ljust(length // 2)[: length // 2].encode("utf-16-be")
    return profile[: at + 28] + text + profile[at + 28 + length :]


@pytest.mark.parametrize("name", ["sRGB lin", "other"])
def test_a_linear_profile_is_converted_whatever_its_name(tmp_path: Path, name: str) -> None:
    icc = named(_power_profile(1.0), name)
    assert ImageCms.getProfileDescription(io.BytesIO(icc)).strip() == name
    path = write(tmp_path / "a.png", linear(COLOURS), icc_profile=icc)
    bright = COLOURS > 64  # in linear light, 8 bits are few for dark colours
    difference = np.abs(read_photo(path).srgb().astype(int) - COLOURS)
    assert difference[bright].max() <= 4


def test_profiles_that_do_nothing_change_no_byte(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    renamed = srgb.replace("sRGB".encode("utf-16-be"), "blue".encode("utf-16-be"))
    assert renamed != srgb
    for icc in (srgb, renamed):
        photo = read_photo(write(tmp_path / "a.png", COLOURS, icc_profile=icc))
        assert photo.srgb() is photo.pixels
    wide = read_photo(write(tmp_path / "b.png", COLOURS, icc_profile=named(display_p3(), "sR")))
    assert not np.array_equal(wide.srgb(), wide.pixels)


def test_a_damaged_profile_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    photo = read_photo(write(tmp_path / "a.png", COLOURS, icc_profile=b"damaged"))
    assert photo.srgb() is photo.pixels
    assert "a colour profile cannot be used" in caplog.text


@pytest.mark.parametrize("mode", ["RGB", "L", "I;16"])
def test_the_gamma_of_a_png_counts_unless_it_is_that_of_srgb(tmp_path: Path, mode: str) -> None:
    def with_gamma(colours: np.ndarray, gamma: float) -> np.ndarray:
        image = PilImage.fromarray(colours if mode == "RGB" else colours[..., 0])
        if mode == "I;16":
            image = PilImage.fromarray(colours[..., 0].astype(np.uint16) * 257)
        chunks = PngImagePlugin.PngInfo()
        chunks.add(b"gAMA", struct.pack(">I", round(gamma * 100_000)))
        image.save(tmp_path / "a.png", pnginfo=chunks)
        return read_photo(tmp_path / "a.png").srgb().astype(int)

    expected = COLOURS if mode == "RGB" else COLOURS[..., :1].repeat(3, axis=2)
    np.testing.assert_array_equal(with_gamma(COLOURS, 0.45455), expected)
    difference = np.abs(with_gamma(linear(COLOURS), 1.0) - expected)
    assert difference[expected > 64].max() <= 4
