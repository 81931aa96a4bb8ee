"""Names of classes: what data may call them is what a model file may hold."""

from __future__ import annotations

import unicodedata

from maskwright.errors import UsageError

LONGEST = 100
"""Characters of a class name."""


def is_class_name(name: str) -> bool:
    """Whether models, reports and terminals can hold this name."""
    return 0 < len(name) <= LONGEST and name.isprintable()


def class_name(text: str, where: str) -> str:
    """A class name as it is kept: white space of any kind, as pasted text has it, is one space.

    Args:
        text: the name as somebody wrote it.
        where: what messages begin with.

    Raises:
        UsageError: it is empty or too long, or holds a character that cannot be shown.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if is_class_name(name):
        return name
    if not name:
        raise UsageError(f"{where}: a class has no name")
    if len(name) > LONGEST:
        raise UsageError(
            f"{where}: the class name '{name[:30]}...' has {len(name)} characters: at most "
            f"{LONGEST} are allowed"
        )
    odd = next(letter for letter in name if not letter.isprintable())
    seen = "".join(letter if letter.isprintable() else "?" for letter in name)
    raise UsageError(
        f"{where}: the class name '{seen}' holds the invisible character U+{ord(odd):04X} at the "
        f"place of the first '?': type the name anew"
    )
