"""Names of splits as folders, lists and tables have them: "valid" and "validation" are "val"."""

from __future__ import annotations

import re
from collections.abc import Sequence

SPLITS = ("train", "val", "test")
"""The splits of a data set, in the order in which they are held out more."""

_WORDS = {
    "train": ("train", "training", "trn", "trainval", "train_val"),
    "val": ("val", "valid", "validation", "validate", "dev", "eval", "evaluation"),
    "test": ("test", "testing", "tst", "holdout", "hold_out", "heldout", "held_out", "test_dev"),
}
_SHORT = {"tr": "train", "va": "val", "vl": "val", "ts": "test", "te": "test"}
"""Only as the end of a longer name: imagesTr, labelsTs."""

_SPLIT_OF = {word: split for split, words in _WORDS.items() for word in words}
_ANY = "|".join(sorted(_SPLIT_OF, key=len, reverse=True))
# stage1_train, private_test, train2017, test_set, val_data
_AROUND = (
    r"(?:(?:stage\d*|public|private|my|the)_?)?({})(?:_?(?:set|data|dataset|split|part))?_?\d*"
)
_SPLIT = re.compile(_AROUND.format(_ANY))
_LIST = re.compile(rf"({_ANY})(?:_?(?:set|list|files|file|names|ids|images|split))?")


def plain(name: str) -> str:
    """A name as it is compared with known names: small letters, and "_" between words."""
    return re.sub(r"[-. ]+", "_", name.strip().lower())


def split_named(name: str) -> str | None:
    """The split that a folder's name, or a cell of a table, says: "train", "val" or "test"."""
    found = _SPLIT.fullmatch(plain(name))
    return _SPLIT_OF[found[1]] if found else None


def split_of_list(stem: str) -> str | None:
    """The split that a list of photos is of, by its name without ending: "train_list"."""
    found = _LIST.fullmatch(plain(stem))
    return _SPLIT_OF[found[1]] if found else None


def split_and_rest(name: str) -> tuple[str, str] | None:
    """Take a folder's name apart into its split and the rest: "train_images", "imagesTr".

    Returns:
        The split and what is left of the name in small letters; None where it names no split
        beside something else.
    """
    known = plain(name)
    first = re.fullmatch(rf"(?:.*_|stage\d*)?({_ANY})_?(.+)", known)
    last = re.fullmatch(rf"(.+?)_?({_ANY})\d*", known)
    short = re.fullmatch(rf"(.+?)_?({'|'.join(_SHORT)})", known)
    if first:
        return _SPLIT_OF[first[1]], first[2]
    if last:
        return _SPLIT_OF[last[2]], last[1]
    return (_SHORT[short[2]], short[1]) if short else None


def held_out_most(splits: Sequence[str | None]) -> str | None:
    """The split of these that is held out most: test, then val, then train, then none."""
    named = [split for split in splits if split is not None]
    return max(named, key=SPLITS.index, default=None)
