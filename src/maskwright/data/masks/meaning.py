"""What the user says about mask values: `--values`, `--ignore` and dataset.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass

from maskwright.core import VOID
from maskwright.data.class_names import class_name
from maskwright.data.masks.encoding import MOST_CLASSES, Rule
from maskwright.errors import UsageError

_HIGHEST = 2**32 - 1
_MOST_VALUES = 4096


@dataclass(frozen=True)
class Meaning:
    """What the user says about mask values.

    Attributes:
        classes: class names in order; empty when not said.
        values: (low, high, class name); colours are numbers 0xRRGGBB.
        ignore: (low, high) of values that count nowhere.
        colours: whether the numbers are colours; grey values otherwise.
    """

    classes: tuple[str, ...] = ()
    values: tuple[tuple[int, int, str], ...] = ()
    ignore: tuple[tuple[int, int], ...] = ()
    colours: bool = False

    def rules(self) -> tuple[Rule, ...]:
        """What was said, as rules."""
        named = [Rule(low, high, self.classes.index(name)) for low, high, name in self.values]
        return (*named, *(Rule(low, high, VOID) for low, high in self.ignore))


@dataclass(frozen=True)
class Said:
    """What somebody said about mask values, as text.

    Attributes:
        values: pairs of a value and a class name; a value is a number from 0 to 255, a range
            "0-127", a colour "#ff0000" or a range of these as numbers "#000001-#ffffff"; several
            values may name one class. Only the end of a range may be above 255: "1-65535" is
            every object of a label image.
        ignore: "128", "1-254" or "#e0e0c0".
        classes: class names in order, when they are known beforehand.
    """

    values: tuple[tuple[str, str], ...] = ()
    ignore: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


def parse_meaning(value_text: str | None, ignore_text: str | None) -> Meaning:
    """Read what `--values` and `--ignore` say.

    Args:
        value_text: "0=background,128=cytoplasm,255=nucleus"; see `Said`.
        ignore_text: "128", "1-254" or "#e0e0c0", several with commas.

    Raises:
        UsageError: it cannot be read, names a value twice, mixes colours with grey values, or
            names a class as no model could.
    """
    values = split_values(value_text or "", "--values")
    return meaning_of(Said(values, tuple(_parts(ignore_text or ""))), "--")


def split_values(text: str, where: str) -> tuple[tuple[str, str], ...]:
    """Take "0=background,255=nucleus" apart; messages begin with `where`.

    Raises:
        UsageError: a part has no equal sign or no name.
    """
    found = []
    for part in _parts(text):
        value, equals, name = part.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{where}: '{part}' is not VALUE=CLASS, e.g. 255=foreground")
        found.append((value, name))
    return tuple(found)


def meaning_of(said: Said, prefix: str) -> Meaning:
    """Make sense of what was said.

    Args:
        said: the texts.
        prefix: what messages put before the words "values" and "ignore": "--" for options.

    Raises:
        UsageError: see `parse_meaning`; also a class twice, or more classes than masks can hold.
    """
    values, ignore = f"{prefix}values", f"{prefix}ignore"
    if len(said.values) + len(said.ignore) > _MOST_VALUES:
        raise UsageError(f"{values} and {ignore}: more than {_MOST_VALUES} values are not read")
    spans = [(*_span(value, values), class_name(name, values)) for value, name in said.values]
    ignored = [_span(value, ignore) for value in said.ignore]
    texts = [*(value for value, _ in said.values), *said.ignore]
    coloured = {text.strip().startswith("#") for text in texts}
    if len(coloured) > 1:
        raise UsageError(f"{values} and {ignore}: either grey values or colours, not both")
    taken: list[tuple[int, int]] = []
    for low, high in [*(span[:2] for span in spans), *ignored]:
        if any(low <= other_high and other_low <= high for other_low, other_high in taken):
            raise UsageError(f"{values} and {ignore}: {low} is named twice")
        taken.append((low, high))
    classes = tuple(class_name(name, "classes") for name in said.classes)
    names = classes or tuple(dict.fromkeys(name for _, _, name in spans))
    if said.classes and (len(classes) < 2 or len(set(classes)) < len(classes)):
        raise UsageError("classes is a list of two or more names, the background first")
    for _, _, name in spans:
        if name not in names:
            raise UsageError(f"{values}: '{name}' is not among the classes {', '.join(names)}")
    if spans and len(names) < 2:
        raise UsageError(f"{values}: name at least two classes, the background first")
    if len(names) > MOST_CLASSES:
        raise UsageError(f"{len(names)} classes are named, and masks can hold {MOST_CLASSES}")
    return Meaning(names, tuple(spans), tuple(ignored), coloured == {True})


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _span(text: str, option: str) -> tuple[int, int]:
    text = text.strip()
    colours = re.fullmatch(r"#([0-9a-fA-F]{6})(?:-#([0-9a-fA-F]{6}))?", text)
    if colours:
        low, high = int(colours[1], 16), int(colours[2] or colours[1], 16)
        if low <= high:
            return low, high
    match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,10}))?", text)
    if match:
        low, high = int(match[1]), int(match[2] or match[1])
        # Masks of more than 8 bits may number objects: all above 255 have one meaning.
        if low <= high and low <= 255 and high <= _HIGHEST:
            return low, high
    raise UsageError(
        f"{option}: '{text}' is not a value from 0 to 255, a range such as 0-127, "
        "or a colour such as #ff0000"
    )
