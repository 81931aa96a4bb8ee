"""What mask values mean: the mapping from stored values to classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, cast

import numpy as np

from maskwright.core import VOID, Mask
from maskwright.data.masks.blends import nearest
from maskwright.data.masks.count import (
    Counts,
    MaskCounts,
    flat_pixels,
    histogram,
    masked_histogram,
    number_colours,
    packed,
)
from maskwright.data.masks.read import Bytes, RawMask
from maskwright.data.masks.shades import strays
from maskwright.errors import DataError

Kind = Literal["index", "binary", "values", "colours"]
Source = Literal["stored", "seen", "alpha"]

BINARY_NAMES = ("background", "foreground")
"""Classes of masks that only tell one thing from the rest."""

MOST_CLASSES = 255
"""Class indices run from 0 to 254; 255 is void."""


class Rule(NamedTuple):
    """Mask values from `low` to `high`, both included, mean `label`: a class index or VOID."""

    low: int
    high: int
    label: int


@dataclass(frozen=True)
class MaskEncoding:
    """How the masks of one data set are stored; decided once for all of them.

    Attributes:
        kind: "index" (values are class indices), "binary" (foreground from 128 on), "values"
            (as the user said), "colours" (rules are over colours 0xRRGGBB).
        classes: class names; the first is the background.
        rules: what each value means. Values without a rule are errors, but for soft edges of
            colours: a colour that fills no area and lies between others counts as the nearest.
        source: "stored" reads grey values or palette indices, "seen" what a viewer shows of a
            palette or of colours, "alpha" the alpha channel.
    """

    kind: Kind
    classes: tuple[str, ...]
    rules: tuple[Rule, ...]
    source: Source = "stored"

    def decode(self, raw: RawMask) -> Mask:
        """Class indices of a mask, (H, W) uint8, `VOID` where nothing is known.

        Raises:
            DataError: the mask holds values that no rule covers.
        """
        values = self._values(raw)
        if self.kind == "colours":
            return self._decode_colours(values, lossy=raw.lossy is not None)
        self._check_top(raw.top)
        table = self._table()
        labels = table[values]
        unknown = np.unique(values[labels < 0])
        if unknown.size:
            raise DataError(f"mask values without a meaning: {_listed(unknown.tolist())}")
        return labels.astype(np.uint8)

    def tally(self, counts: MaskCounts) -> tuple[Counts, list[int]]:
        """(256,) pixels per label of a counted mask, and the values that no rule covers."""
        per_label = np.zeros(256, np.int64)
        unknown: dict[int, int] = {}
        for value, pixels in sorted(self.present(counts).items()):
            label = self.label_of(value)
            if label is None:
                unknown[value] = pixels
            else:
                per_label[label] += pixels
        if self.kind == "colours":
            soft, others = self._soft_labels(
                self.present(counts), unknown, counts.areas, lossy=counts.lossy is not None
            )
            for value, label in soft.items():
                per_label[label] += unknown[value]
            return per_label, others
        if counts.top and self._covers_less_than(counts.top):
            unknown[counts.top] = 1
        return per_label, sorted(unknown)

    def soft_edges(self, counts: MaskCounts) -> list[int]:
        """The colours of a counted mask that are shades of soft edges."""
        if self.kind != "colours":
            return []
        present = self.present(counts)
        unknown = {value: n for value, n in present.items() if self.label_of(value) is None}
        lossy = counts.lossy is not None
        return list(self._soft_labels(present, unknown, counts.areas, lossy=lossy)[0])

    def label_of(self, value: int) -> int | None:
        """The label of a value or colour that a rule covers; None for others."""
        for rule in self.rules:
            if rule.low <= value <= rule.high:
                return rule.label
        return None

    def present(self, counts: MaskCounts) -> Mapping[int, int]:
        """Pixels per value of a counted mask, values as the rules mean them."""
        if self.kind == "colours":
            found = dict(counts.seen or {})
            if counts.alpha is not None:
                clear = int(counts.alpha[:128].sum())
                if clear:
                    found[0] = found.get(0, 0) + clear
            return found
        levels = levels_of(counts, self.source)
        return {int(value): int(levels[value]) for value in np.flatnonzero(levels)}

    def to_json(self) -> dict[str, Any]:
        """Plain values, as model.json keeps them."""
        return asdict(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> MaskEncoding:
        """What `to_json` gave.

        Raises:
            DataError: it is something else.
        """
        try:
            rules = tuple(Rule(*(int(number) for number in rule)) for rule in stored["rules"])
            classes = tuple(str(name) for name in stored["classes"])
            kind, source = stored["kind"], stored["source"]
            labels_known = all(rule.label in (*range(len(classes)), VOID) for rule in rules)
            words_known = kind in ("index", "binary", "values", "colours")
            if not (labels_known and words_known and source in ("stored", "seen", "alpha")):
                raise ValueError("unknown words or labels")
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"not a mask encoding ({error}): {stored!r}") from error
        return MaskEncoding(cast(Kind, kind), classes, rules, cast(Source, source))

    def describe(self) -> str:
        """One sentence for a person."""
        void = [self._written(rule) for rule in self.rules if rule.label == VOID]
        tail = f"; void: {', '.join(void)}" if void else ""
        if self.kind == "binary":
            where = "mask alpha" if self.source == "alpha" else "masks"
            return f"{where} of 0 and 255: {self.classes[1]} from 128 on{tail}"
        what = "mask colours" if self.kind == "colours" else "mask values"
        if self.kind == "index":
            what += f" are class indices 0 to {len(self.classes) - 1}"
        named = [
            f"{self._written(rule)} = {self.classes[rule.label]}"
            for rule in self.rules
            if rule.label != VOID
        ]
        return f"{what}: {_listed(named)}{tail}"

    def _written(self, rule: Rule) -> str:
        if self.kind == "colours":
            ends = dict.fromkeys((rule.low, rule.high))
            return "-".join(written_colour(end) for end in ends)
        return str(rule.low) if rule.low == rule.high else f"{rule.low}-{rule.high}"

    def _values(self, raw: RawMask) -> Bytes:
        if self.source == "alpha":
            return np.full(raw.size, 255, np.uint8) if raw.alpha is None else raw.alpha
        values = raw.seen() if self.source == "seen" else raw.pixels
        if self.kind != "colours" and values.ndim == 3:
            raise DataError("a colour mask among masks of grey values")
        if self.source == "seen" and raw.alpha is not None:
            values = np.where(
                (raw.alpha < 128).reshape(*raw.size, *[1] * (values.ndim - 2)), 0, values
            )
        return values

    def _table(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
        table = np.full(256, -1, np.int16)
        for rule in self.rules:
            table[rule.low : rule.high + 1] = rule.label
        return table

    def _covers_less_than(self, top: int) -> bool:
        """Whether numbers up to `top`, which masks hold as 255, have not all one meaning."""
        return not any(rule.low <= VOID and top <= rule.high for rule in self.rules)

    def _check_top(self, top: int) -> None:
        if top and self._covers_less_than(top):
            raise DataError(f"mask values without a meaning: up to {top}")

    def _soft_labels(
        self,
        present: Mapping[int, int],
        unknown: Mapping[int, int],
        areas: Mapping[int, int],
        *,
        lossy: bool,
    ) -> tuple[dict[int, int], list[int]]:
        """The label of each shade of a soft edge, and the other colours without a rule."""
        single = [rule for rule in self.rules if rule.low == rule.high]
        known = {rule.low: present.get(rule.low, 0) for rule in single}
        soft, others = strays(unknown, areas, known, lossy=lossy)
        if not soft:
            return {}, others
        places = nearest(np.array(soft), np.array([rule.low for rule in single]))
        labels = {value: single[at].label for value, at in zip(soft, places, strict=True)}
        return labels, others

    def _decode_colours(self, values: Bytes, *, lossy: bool) -> Mask:
        numbers = packed(values if values.ndim == 3 else np.repeat(values[..., None], 3, axis=2))
        numbered = number_colours(numbers)
        if numbered is None:
            raise DataError("more colours than any mask has: this is a picture")
        colours, index = numbered
        labels = [self.label_of(int(colour)) for colour in colours]
        if None in labels:
            at = [place for place, label in enumerate(labels) if label is None]
            pixels = histogram(index, len(colours))
            areas = masked_histogram(index, flat_pixels(index), len(colours))
            soft, others = self._soft_labels(
                dict(zip(colours.tolist(), pixels.tolist(), strict=True)),
                {int(colours[place]): int(pixels[place]) for place in at},
                {int(colours[place]): int(areas[place]) for place in at},
                lossy=lossy,
            )
            if others:
                unknown = [written_colour(colour) for colour in others]
                raise DataError(f"mask colours without a meaning: {_listed(unknown)}")
            labels = [soft.get(int(c), label) for c, label in zip(colours, labels, strict=True)]
        return np.array(labels, np.uint8)[index]


def levels_of(counts: MaskCounts, source: Source) -> Counts:
    """(256,) pixels per value of a counted mask that is not in colours."""
    if source == "alpha":
        if counts.alpha is not None:
            return counts.alpha
        full = np.zeros(256, np.int64)
        full[255] = counts.size[0] * counts.size[1]
        return full
    if source == "stored" and counts.stored is not None:
        return counts.stored
    levels = np.zeros(256, np.int64)
    for colour, pixels in (counts.seen or {}).items():
        levels[colour & 255] += pixels
    if counts.alpha is not None:
        levels[0] += counts.alpha[:128].sum()
    return levels


def written_colour(number: int) -> str:
    """0xff0000 as "#ff0000"."""
    return f"#{number:06x}"


def _listed(values: Sequence[object], most: int = 12) -> str:
    text = ", ".join(str(value) for value in values[:most])
    return text if len(values) <= most else f"{text}, ... ({len(values)} in all)"
