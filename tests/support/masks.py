"""Masks for tests: drawn in memory, stored in any format, and judged together."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image as PilImage
from PIL import ImageDraw

from maskwright.core import Mask
from maskwright.data.decoding.decode import DEFAULT_LIMITS
from maskwright.data.findings import Finding
from maskwright.data.masks.count import count
from maskwright.data.masks.decide import decide
from maskwright.data.masks.encoding import MaskEncoding
from maskwright.data.masks.meaning import parse_meaning
from maskwright.data.masks.read import RawMask, read_mask

HEIGHT, WIDTH = 72, 96
BLACK, WHITE, RED, BLUE = (0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 0, 255)

Colour = tuple[int, int, int]
Paint = Callable[[ImageDraw.ImageDraw, int], None]


def disc(colour: Colour, x: int = 40, y: int = 36, radius: int = 18) -> Paint:
    """Paint a disc; positions in pixels of the finished mask."""

    def paint(draw: ImageDraw.ImageDraw, scale: int) -> None:
        draw.ellipse([v * scale for v in (x - radius, y - radius, x + radius, y + radius)], colour)

    return paint


def painted(*paints: Paint, ground: Colour = BLACK, scale: int = 4) -> PilImage.Image:
    """An RGB mask with anti-aliased edges; hard ones at scale 1."""
    image = PilImage.new("RGB", (WIDTH * scale, HEIGHT * scale), ground)
    draw = ImageDraw.Draw(image)
    for paint in paints:
        paint(draw, scale)
    return image.resize((WIDTH, HEIGHT), PilImage.Resampling.BOX)


def stored(image: PilImage.Image, format: str = "PNG", **options: Any) -> bytes:
    """The bytes of an image file."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def read(file: bytes) -> RawMask:
    """Read a mask from the bytes of its file."""
    return read_mask(file, DEFAULT_LIMITS)


def judged(
    files: Sequence[bytes], values: str | None = None, ignore: str | None = None
) -> tuple[MaskEncoding | None, dict[str, Finding]]:
    """Decide what masks mean together; findings by kind."""
    counts = {f"{number}.png": count(read(file)) for number, file in enumerate(files)}
    encoding, findings = decide(counts, parse_meaning(values, ignore))
    return encoding, {finding.kind: finding for finding in findings}


def decoded(files: Sequence[bytes], **said: str) -> list[Mask]:
    """Masks as class indices; an AssertionError where they are refused."""
    encoding, findings = judged(files, **said)
    assert encoding is not None, findings
    return [encoding.decode(read(file)) for file in files]
