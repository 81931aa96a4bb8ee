"""Count what occurs in a mask: enough to decide what its values mean, and for the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.data.masks.blends import share_between_neighbours
from maskwright.data.masks.read import Bytes, RawMask, full_palette

MOST_COLOURS = 4096
"""A mask with more colours than this is a picture, not a mask."""

FILLS = 0.05
"""A colour fills areas if at least this share of its pixels has eight neighbours of the same."""

Counts = NDArray[np.int64]

_CLEAR = 256  # in place of a grey value or palette index: transparent
_NO_COLOUR = 1 << 24  # the colour of transparent pixels
_HARD_COLOURS = 255  # masks with more colours have soft edges, and pictures have no areas
_MOSTLY_FLAT = 0.5
_RARE = 64  # pixels of a colour in one mask that do not tell whether it fills areas
_AT_ONCE = 2**24  # pixels whose runs are in memory together
_PIECES_LONG_SIDE = 512  # pixels: pieces are counted on a mask no longer than this
_MOST_OBJECTS = 255
_OBJECTS_FLAT = 0.8


@dataclass(frozen=True)
class MaskCounts:
    """The values of one mask, counted.

    Attributes:
        size: (height, width), upright.
        stored: (256,) pixels per stored grey value or palette index; None for colour masks.
        seen: pixels per colour 0xRRGGBB that a viewer shows, transparent pixels left out;
            None for pictures: more than `MOST_COLOURS`, or hundreds without areas.
        alpha: (256,) pixels per alpha value; None for opaque masks.
        areas: per colour, pixels that have eight neighbours of the same value; colours without
            any are left out. Masks of 0 and 255, and of 0 and 1, are all areas.
        between: per colour that fills no areas, in colour and palette masks: the share of its
            pixels that lie between their neighbours as a soft edge does.
        pieces: per colour, its connected pieces, where the values may number objects.
        border: the same for the pixels along the four sides; None in that itself.
        palette: colour 0xRRGGBB of each palette index in use; None where there is no palette.
        bilevel, lossy, top: as in `RawMask`.
    """

    size: tuple[int, int]
    stored: Counts | None
    seen: Mapping[int, int] | None
    alpha: Counts | None
    areas: Mapping[int, int]
    between: Mapping[int, float]
    pieces: Mapping[int, int]
    border: MaskCounts | None
    palette: Mapping[int, int] | None
    bilevel: bool
    lossy: str | None
    top: int


@dataclass(frozen=True)
class Numbered:
    """A mask whose colours are numbered.

    Attributes:
        index: (H, W) uint8 or uint16, into `colours`.
        colours: (N,) uint32 0xRRGGBB.
        pixels: (N,) of each number.
    """

    index: NDArray[np.uint8] | NDArray[np.uint16]
    colours: NDArray[np.uint32]
    pixels: Counts


def count(mask: RawMask) -> MaskCounts:
    """Count what occurs in a mask."""
    numbered = _numbered(mask)
    counts = _values(mask, numbered)
    counts = replace(counts, border=_border(mask))
    if numbered is None or _plain(mask, numbered):
        return replace(counts, areas=dict(counts.seen or {}))
    flat = flat_pixels(numbered.index)
    areas = masked_histogram(numbered.index, flat, len(numbered.colours))
    if _is_picture(numbered, areas):
        return replace(counts, seen=None)
    coloured = mask.pixels.ndim == 3 or mask.palette is not None
    between: dict[int, float] = {}
    if coloured:
        filled = (areas >= FILLS * numbered.pixels) & (numbered.pixels > _RARE)
        unsure = ~filled & (numbered.pixels > 0)
        between = share_between_neighbours(numbered.index, numbered.colours, ~flat, unsure)
    return replace(
        counts,
        areas=_per_colour(areas, numbered.colours),
        between=between,
        pieces=_pieces(numbered, areas),
    )


def histogram(values: NDArray[Any], length: int = 256) -> Counts:
    """(length,) pixels per value."""
    flat = values.reshape(-1)
    counts = np.zeros(length, np.int64)
    # In parts: bincount makes eight bytes of each pixel.
    for start in range(0, flat.size, 2**20):
        counts += np.bincount(flat[start : start + 2**20], minlength=length)
    return counts


def masked_histogram(
    values: Bytes | NDArray[np.uint16], where: NDArray[np.bool_], length: int
) -> Counts:
    """(length,) pixels per value among those where a mask is True."""
    parts = np.zeros(length, np.int64)
    rows = max(1, 2**22 // values.shape[1])
    for start in range(0, values.shape[0], rows):  # in parts: OpenCV counts in float32
        part = values[start : start + rows]
        chosen = where[start : start + rows].view(np.uint8)
        found = cv2.calcHist([part], [0], chosen, [length], [0, length])
        parts += found.reshape(-1).astype(np.int64)
    return parts


def flat_pixels(index: Bytes | NDArray[np.uint16]) -> NDArray[np.bool_]:
    """(H, W) where all eight neighbours have the same value; those beyond the border do."""
    window = np.ones((3, 3), np.uint8)
    flat = np.empty(index.shape, np.bool_)
    height, rows = index.shape[0], max(1, 2**22 // index.shape[1])
    for start in range(0, height, rows):  # in parts, each with one row more on either side
        above = min(start, 1)
        part = index[start - above : start + rows + 1]
        same = cv2.erode(part, window) == cv2.dilate(part, window)
        flat[start : start + rows] = same[above : above + rows]
    return flat


def packed(colours: Bytes) -> NDArray[np.uint32]:
    """(..., 3) uint8 colours as numbers 0xRRGGBB."""
    if not colours.size:
        return np.zeros(colours.shape[:-1], np.uint32)
    rows = np.ascontiguousarray(colours).reshape(colours.shape[0], -1, 3)
    # Four bytes a pixel, blue first, are one little-endian number; several times faster than
    # shifting.
    numbers = np.asarray(cv2.cvtColor(rows, cv2.COLOR_RGB2BGRA)).view("<u4")
    numbers &= np.uint32(0xFFFFFF)
    return numbers.reshape(colours.shape[:-1]).astype(np.uint32, copy=False)


def number_colours(
    numbers: NDArray[np.uint32], most: int = 2**16
) -> tuple[NDArray[np.uint32], Bytes | NDArray[np.uint16]] | None:
    """The distinct values of (H, W) numbers, and where each occurs; None for more than `most`.

    By runs of equal neighbours: masks have few, and sorting all pixels is slow.
    """
    flat = numbers.reshape(-1)
    # Runs of a large mask may take several times its memory: some are looked at at once.
    parts = [slice(start, start + _AT_ONCE) for start in range(0, flat.size, _AT_ONCE)]
    runs = [_runs(flat[part]) for part in parts[:1]]
    values = np.unique(runs[0][0]) if runs else np.zeros(0, np.uint32)
    for part in parts[1:]:
        if len(values) > most:
            return None
        values = np.union1d(values, _runs(flat[part])[0])
    if len(values) > most:
        return None
    index: Bytes | NDArray[np.uint16]
    index = np.empty(numbers.shape, np.uint8 if len(values) <= 256 else np.uint16)
    place = index.reshape(-1)
    for part in parts:
        colours, lengths = runs.pop() if runs else _runs(flat[part])
        place[part] = np.repeat(np.searchsorted(values, colours).astype(place.dtype), lengths)
    return values.astype(np.uint32), index


def _runs(numbers: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The value of each run of equal numbers, and its length."""
    starts = np.flatnonzero(np.concatenate([[True], numbers[1:] != numbers[:-1]]))
    return numbers[starts], np.diff(starts, append=numbers.size)


def _numbered(mask: RawMask) -> Numbered | None:
    """Number the colours that a viewer sees; transparent pixels have one number of their own."""
    clear = None if mask.alpha is None else mask.alpha < 128
    if mask.pixels.ndim == 2:
        colours = _colour_table(mask)
        index: Bytes | NDArray[np.uint16] = mask.pixels
        if clear is not None:
            index = np.where(clear, np.uint16(_CLEAR), mask.pixels.astype(np.uint16))
            colours = np.append(colours, np.uint32(_NO_COLOUR))
        return Numbered(index, colours, histogram(index, len(colours)))
    numbers = packed(mask.pixels)
    if clear is not None:
        numbers[clear] = _NO_COLOUR
    found = number_colours(numbers, MOST_COLOURS)
    if found is None:
        return None
    values, index = found
    return Numbered(index, values, histogram(index, len(values)))


def _values(mask: RawMask, numbered: Numbered | None) -> MaskCounts:
    """What can be counted pixel by pixel."""
    grey = mask.pixels.ndim == 2
    stored: Counts | None = None
    palette = None
    if grey and numbered is not None:
        stored = numbered.pixels if mask.alpha is None else histogram(mask.pixels)
    if mask.palette is not None and stored is not None:
        colours = _colour_table(mask)
        palette = {int(index): int(colours[index]) for index in np.flatnonzero(stored)}
    return MaskCounts(
        size=mask.size,
        stored=stored,
        seen=None if numbered is None else _seen(mask, numbered),
        alpha=None if mask.alpha is None else histogram(mask.alpha),
        areas={},
        between={},
        pieces={},
        border=None,
        palette=palette,
        bilevel=mask.bilevel,
        lossy=mask.lossy,
        top=mask.top,
    )


def _seen(mask: RawMask, numbered: Numbered) -> dict[int, int]:
    pixels = numbered.pixels
    if mask.alpha is not None and mask.pixels.ndim == 2:
        pixels = pixels[:_CLEAR]
    return _per_colour(pixels, numbered.colours)


def _per_colour(pixels: Counts, colours: NDArray[np.uint32]) -> dict[int, int]:
    found: dict[int, int] = {}
    for number in np.flatnonzero(pixels):
        colour = int(colours[number])
        if colour < _NO_COLOUR:
            found[colour] = found.get(colour, 0) + int(pixels[number])
    return found


def _border(mask: RawMask) -> MaskCounts:
    sides = replace(
        mask,
        pixels=_sides(mask.pixels)[None],
        alpha=None if mask.alpha is None else _sides(mask.alpha)[None],
    )
    return _values(sides, _numbered(sides))


def _sides(values: Bytes) -> Bytes:
    """The pixels along the four sides, in no order that matters."""
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _plain(mask: RawMask, numbered: Numbered) -> bool:
    """Whether a mask has at most two values, which need no judging."""
    if mask.pixels.ndim == 3 or mask.palette is not None or mask.alpha is not None:
        return False
    present = set(np.flatnonzero(numbered.pixels).tolist())
    return present <= {0, 255} or present <= {0, 1}


def _is_picture(numbered: Numbered, areas: Counts) -> bool:
    shown = numbered.colours < _NO_COLOUR
    many = np.count_nonzero(numbered.pixels[shown]) > _HARD_COLOURS
    return bool(many and areas[shown].sum() < _MOSTLY_FLAT * numbered.pixels[shown].sum())


def _pieces(numbered: Numbered, areas: Counts) -> dict[int, int]:
    """Connected pieces per colour, where all colours look like areas with a number."""
    present = np.flatnonzero(numbered.pixels)
    filled = areas[present] >= FILLS * numbered.pixels[present]
    if not 3 <= len(present) <= _MOST_OBJECTS or not filled.mean() >= _OBJECTS_FLAT:
        return {}
    if areas.sum() < _MOSTLY_FLAT * numbered.pixels.sum():
        return {}
    step = -(-max(numbered.index.shape) // _PIECES_LONG_SIDE)
    small: NDArray[Any] = np.ascontiguousarray(numbered.index[::step, ::step])
    found: dict[int, int] = {}
    for number in np.flatnonzero(histogram(small, len(numbered.colours))):
        same = (small == number).view(np.uint8)
        left, top, width, height = cv2.boundingRect(same)
        box = same[top : top + height, left : left + width]
        labels, _ = cv2.connectedComponents(np.ascontiguousarray(box), connectivity=8)
        colour = int(numbered.colours[number])
        if colour < _NO_COLOUR:
            found[colour] = found.get(colour, 0) + labels - 1
    return found


def _colour_table(mask: RawMask) -> NDArray[np.uint32]:
    """(256,) the colour 0xRRGGBB of each grey value or palette index."""
    if mask.palette is None:
        return np.arange(256, dtype=np.uint32) * np.uint32(0x010101)
    return packed(full_palette(mask.palette))
