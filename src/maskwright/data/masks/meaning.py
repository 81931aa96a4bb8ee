"""What the user says about mask values: `--values`, `--ignore` and dataset.yaml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maskwright.core import VOID
from maskwright.data.masks.encoding import MOST_CLASSES, Rule
from maskwright.errors import UsageError

_HIGHEST = 2**32 - 1


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


def parse_meaning(
    value_text: str | None, ignore_text: str | None, classes: Sequence[str] = ()
) -> Meaning:
    """Read what `--values` and `--ignore` say.

    Args:
        value_text: "0=background,128=cytoplasm,255=nucleus"; a value is a number from 0 to 255, a
            range "0-127", a colour "#ff0000" or a range of these as numbers "#000001-#ffffff";
            several values may name one class. Only the end of a range may be above 255:
            "1-65535" is every object of a label image.
        ignore_text: "128", "1-254" or "#e0e0c0", several with commas.
        classes: class names in order, when they are known beforehand.

    Raises:
        UsageError: it cannot be read, names a value twice, or mixes colours with grey values.
    """
    parts, void = _parts(value_text), _parts(ignore_text)
    spans: list[tuple[int, int, str]] = []
    for part in parts:
        value, equals, name = part.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--values: '{part}' is not VALUE=CLASS, e.g. 255=foreground")
        spans.append((*_span(value, "--values"), name.strip()))
    ignored = [_span(part, "--ignore") for part in void]
    texts = [part.partition("=")[0] for part in (*parts, *void)]
    coloured = {text.strip().startswith("#") for text in texts}
    if len(coloured) > 1:
        raise UsageError("--values and --ignore: either grey values or colours, not both")
    taken: list[tuple[int, int]] = []
    for low, high in [*(span[:2] for span in spans), *ignored]:
        if any(low <= other_high and other_low <= high for other_low, other_high in taken):
            raise UsageError(f"--values and --ignore: {low} is named twice")
        taken.append((low, high))
    names = tuple(classes) or tuple(dict.fromkeys(name for _, _, name in spans))
    for _, _, name in spans:
        if name not in names:
            raise UsageError(f"--values: '{name}' is not among the classes {', '.join(names)}")
    if spans and not 2 <= len(names) <= MOST_CLASSES:
        raise UsageError("--values: name at least two classes, the background first")
    return Meaning(names, tuple(spans), tuple(ignored), coloured == {True})


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


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
