"""Data folders for tests: photos that differ, masks with given values."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PilImage


def picture(seed: int, height: int = 48, width: int = 64) -> np.ndarray:
    """(H, W, 3) uint8: smooth blobs, so that no two seeds look alike."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (6, 8, 3), np.uint8)
    return np.asarray(PilImage.fromarray(small).resize((width, height)), np.uint8)


def blob(height: int = 48, width: int = 64, on: int = 255, off: int = 0) -> np.ndarray:
    """(H, W) uint8: a disc of `on` on `off`."""
    rows, columns = np.mgrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (height / 3) ** 2
    return np.where(inside, on, off).astype(np.uint8)


def write(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    """Write pixels as an image file; missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    PilImage.fromarray(pixels).save(path, **options)
    return path


def data_folder(root: Path, masks: dict[str, np.ndarray]) -> Path:
    """images/NAME.png and masks/NAME.png for each name, the photos all different."""
    for seed, (name, mask) in enumerate(masks.items()):
        write(root / "images" / f"{name}.png", picture(seed, *mask.shape[:2]))
        write(root / "masks" / f"{name}.png", mask)
    return root


def orientation_exif(orientation: int) -> PilImage.Exif:
    """EXIF data that say nothing but the orientation, 1 to 8."""
    exif = PilImage.Exif()
    exif[274] = orientation
    return exif


def display_p3() -> bytes:
    """A matrix profile with the primaries of Display P3 and a gamma of 2.2, byte by byte."""

    def fixed(number: float) -> bytes:
        return struct.pack(">i", round(number * 65536))

    def xyz(*numbers: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(fixed(number) for number in numbers)

    text = "P3".encode("utf-16-be")
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags = {
        b"desc": b"mluc\0\0\0\0"
        + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28)
        + text,
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    header = bytearray(128)
    header[8:12] = b"\x04\x00\x00\x00"
    header[12:24] = b"mntrRGB XYZ "
    header[36:40] = b"acsp"
    header[68:80] = fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    header[0:4] = struct.pack(">I", start + len(body))
    return bytes(header) + struct.pack(">I", len(tags)) + table + body
