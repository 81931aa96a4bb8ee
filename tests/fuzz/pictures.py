"""Seeds: small pictures of every readable format and kind, made on the spot."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
from PIL import Image as Pictures
from PIL import ImageCms, features

from tests.fuzz.png_file import GREY, GREY_ALPHA, PALETTE, RGB, RGBA, png_file
from tests.fuzz.tiff_file import odd_tiffs
from tests.support.data_folders import display_p3, orientation_exif
from tests.support.photos import red_disc

HEIGHT, WIDTH = 40, 56
_DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGBA: (8, 16),
}


@cache
def photos() -> dict[str, bytes]:
    """Photos by format and kind."""
    found = dict(_saved()) | {f"tiff-{name}": data for name, data in odd_tiffs().items()}
    for kind, depths in _DEPTHS.items():
        for bits in depths:
            for interlaced in (False, True):
                trns = interlaced and kind in (GREY, RGB, PALETTE)
                name = f"png-{kind}-{bits}{'-adam7' * interlaced}"
                found[name] = png_file(bits, kind, bits, interlaced=interlaced, trns=trns)
    found["ppm-plain"] = b"P3\n# plain\n4 3\n255\n" + b"9 80 255 " * 12
    found["pgm-16"] = b"P5 8 6 65535\n" + bytes(range(96))
    found["pbm-plain"] = b"P1 8 2 1 0 1 0 1 0 1 0 0 1 0 1 0 1 0 1"
    return found


@cache
def masks() -> dict[str, bytes]:
    """Masks in the ways that people store them; strokes too."""
    disc = (red_disc(HEIGHT, WIDTH)[..., 0] > 200).astype(np.uint8)
    palette = Pictures.fromarray(disc)
    palette.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    strokes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    strokes[18:22, 20:30], strokes[2:4] = (0, 255, 0), (255, 0, 0)
    rgba = np.dstack([strokes, strokes.max(axis=2)])
    numbers = np.zeros((HEIGHT, WIDTH), np.uint8)
    numbers[18:22, 20:30], numbers[2:4] = 1, 2
    shown: dict[str, Any] = {
        "white": disc * np.uint8(255),
        "indices": disc,
        "deep": disc.astype(np.uint16) * 257,
        "palette": palette,
        "bilevel": Pictures.fromarray(disc * np.uint8(255)).convert("1"),
        "strokes": strokes,
        "strokes-alpha": rgba,
        "strokes-numbers": numbers,
    }
    found = {}
    for name, given in shown.items():
        picture = given if isinstance(given, Pictures.Image) else Pictures.fromarray(given)
        found[name] = _file(picture, "PNG")
        if name != "strokes-alpha":
            found[f"{name}-tiff"] = _file(picture, "TIFF")
    found["gif"] = _file(palette, "GIF", transparency=0)
    found["pages"] = _file(palette, "TIFF", save_all=True, append_images=[palette])
    return found


def _saved() -> Iterator[tuple[str, bytes]]:
    """What Pillow can write."""
    pixels = red_disc(HEIGHT, WIDTH)
    rgb, other = Pictures.fromarray(pixels), Pictures.fromarray(pixels[::-1].copy())
    rgba = Pictures.fromarray(np.dstack([pixels, pixels[..., 0]]))
    exif, profile = orientation_exif(6), display_p3()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield "jpeg", _file(rgb, "JPEG", exif=exif, icc_profile=profile)
    yield "jpeg-progressive", _file(rgb, "JPEG", progressive=True, icc_profile=srgb)
    yield "jpeg-grey", _file(rgb.convert("L"), "JPEG", restart_marker_blocks=2)
    yield "jpeg-cmyk", _file(rgb.convert("CMYK"), "JPEG")
    yield "mpo", _file(rgb, "MPO", save_all=True, append_images=[other], exif=exif)
    yield "png-exif", _file(rgb, "PNG", exif=exif, icc_profile=profile)
    yield "apng", _file(rgb, "PNG", save_all=True, append_images=[other])
    for mode in ("P", "1", "L", "LA", "RGBA"):
        yield f"gif-{mode}", _file(rgba.convert(mode), "GIF")
    yield "gif-frames", _file(rgb, "GIF", save_all=True, append_images=[other], duration=10)
    yield "webp", _file(rgba, "WEBP", exif=exif, icc_profile=profile)
    yield "webp-lossless", _file(rgba, "WEBP", lossless=True)
    yield "webp-frames", _file(rgb, "WEBP", save_all=True, append_images=[other])
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        yield f"tiff-{compression}", _file(rgb, "TIFF", compression=compression, exif=exif)
    for compression in ("tiff_deflate", "lzma", "zstd"):
        with suppress(OSError):  # a libtiff without it
            yield f"tiff-{compression}", _file(rgb, "TIFF", compression=compression)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield f"tiff-{compression}", _file(rgb.convert("1"), "TIFF", compression=compression)
    for mode in ("P", "LA", "RGBA", "CMYK", "LAB", "I;16", "F", "YCbCr"):
        whole = "RGB" if mode == "LAB" else "L" if mode in ("I;16", "F") else "RGBA"
        yield f"tiff-{mode}", _file(_converted(rgba.convert(whole), mode), "TIFF")
    yield "tiff-pages", _file(rgb, "TIFF", save_all=True, append_images=[other])
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield f"bmp-{mode}", _file(rgba.convert(mode), "BMP")
    for mode in ("1", "L", "RGB"):
        yield f"ppm-{mode}", _file(rgba.convert(mode), "PPM")
    yield "jp2", _file(rgba, "JPEG2000", quality_layers=[20])
    yield "j2k", _file(rgb, "JPEG2000", no_jp2=True, irreversible=True)
    if features.check("avif"):
        yield "avif", _file(rgba, "AVIF", exif=exif, speed=10)
        yield "avif-frames", _file(rgb, "AVIF", save_all=True, append_images=[other], speed=10)
    yield from _heic(rgb)


def _heic(rgb: Pictures.Image) -> Iterator[tuple[str, bytes]]:
    try:
        from pillow_heif import from_pillow
    except ImportError:  # an optional package
        return
    file = io.BytesIO()
    try:
        from_pillow(rgb).save(file)
    except Exception:  # a build without an encoder
        return
    yield "heic", file.getvalue()


def _converted(picture: Pictures.Image, mode: str) -> Pictures.Image:
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        made = ImageCms.profileToProfile(picture, *profiles, outputMode="LAB")
        assert made is not None
        return made
    return picture.convert(mode)


def _file(picture: Pictures.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    # Copies: saving leaves settings in a picture.
    if "append_images" in options:
        options["append_images"] = [other.copy() for other in options["append_images"]]
    picture.copy().save(file, format, **options)
    return file.getvalue()
