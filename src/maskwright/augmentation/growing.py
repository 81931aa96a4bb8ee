"""The folder in which copies grow: OUT.partial until all are there, then OUT.

A half-finished OUT would look like data, so there is none. A run that was stopped leaves
OUT.partial, and the same call goes on in it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from maskwright.data.write import is_free
from maskwright.errors import UsageError
from maskwright.files import remove_leftovers, write_json

RECORD = "augment.json"
"""What copies were made with, and of what: a file in OUT."""


def partial_folder(out: Path) -> Path:
    """Where the copies for `out` grow."""
    whole = Path(os.path.abspath(out))
    return whole.with_name(f"{whole.name}.partial")


def is_made(
    out: Path, record: Mapping[str, Any], names: Iterable[str], tables: Mapping[str, str]
) -> bool:
    """Whether `out` holds what this record tells of: every pair of these names, and the tables.

    Args:
        out: the folder.
        record: what copies are made with, and of what.
        names: of the pairs.
        tables: file name -> text, of pairs.csv and dataset.yaml.
    """
    if _read(out) != record or not _pairs_in(out).issuperset(names):
        return False
    return all(_content(out / name) == text.encode() for name, text in tables.items())


def refuse_other(out: Path, record: Mapping[str, Any], *, overwrite: bool) -> None:
    """Raise UsageError if `out` must not be replaced.

    Copies made otherwise, or not whole, may be when told so; what holds anything else never.
    """
    if is_free(out):
        return
    known = _read(out)
    if known is None:
        raise UsageError(
            f"{out} exists, and `maskwright augment` did not make it: name another folder"
        )
    if overwrite:
        return
    if known == record:
        said = "exists, but files of it are missing, or pairs.csv or dataset.yaml was changed"
    else:
        said = f"holds copies made otherwise: {_difference(known, record)}"
    raise UsageError(f"{out} {said}: name another folder, or give --overwrite")


def begin(part: Path, record: Mapping[str, Any], *, overwrite: bool) -> set[str]:
    """Make the folder in which copies grow, or go on with one.

    Args:
        part: the folder.
        record: what copies are made with, and of what.
        overwrite: start anew where it was begun otherwise.

    Returns:
        Names of the pairs that are there already.

    Raises:
        UsageError: it was begun otherwise, or is no such folder at all.
    """
    known = _read(part)
    if part.exists() and known is None and (not part.is_dir() or any(part.iterdir())):
        raise UsageError(f"{part} is needed for unfinished copies: move away what is there")
    if known is not None and known != record:
        if not overwrite:
            raise UsageError(
                f"{part} is from a run that was stopped and that was another one: "
                f"{_difference(known, record)}. Call it as before to go on, or give --overwrite"
            )
        shutil.rmtree(part)
    if known != record:
        write_json(part / RECORD, record)
    remove_leftovers(part)
    return _pairs_in(part)


def _pairs_in(folder: Path) -> set[str]:
    images, masks = (_names_in(folder / kind) for kind in ("images", "masks"))
    return images & masks


def _names_in(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).with_suffix("").as_posix() for path in files}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _read(folder: Path) -> dict[str, Any] | None:
    """The record in a folder, None when there is none of ours."""
    try:
        known = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) and "maskwright" in known else None


def _difference(known: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    keys = [key for key in record if known.get(key) != record[key] and key != "data"]
    told = [f"{key} {known.get(key)}, not {record[key]}" for key in keys]
    if known.get("data") != record["data"]:
        told.append("the data were others, or were taken otherwise")
    return ", ".join(told)
