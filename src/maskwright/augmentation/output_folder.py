"""The folder that augmentation writes: OUT.partial until it is complete, then OUT.

A half-written OUT would look like data. An interrupted call leaves OUT.partial, and the same call
continues it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from maskwright.data.write import is_free, table_bytes
from maskwright.errors import UsageError
from maskwright.files import beside, open_regular, remove, remove_leftovers, write_json

RECORD = "augment.json"
"""The file in OUT that records the options, and the fingerprint of the data."""


def partial_folder(out: Path) -> Path:
    """Where the copies for `out` are written first."""
    whole = Path(os.path.abspath(out))
    return whole.with_name(f"{whole.name}.partial")


def is_made(
    out: Path, record: Mapping[str, Any], names: Iterable[str], tables: Mapping[str, str]
) -> bool:
    """Whether `out` is complete: it has this record, every pair and the tables.

    Args:
        out: the folder.
        record: the options, and the fingerprint of the data.
        names: of the pairs.
        tables: file name -> text, of pairs.csv and dataset.yaml.
    """
    if _read(out) != record or not _pairs_in(out).issuperset(names):
        return False
    return all(_content(out / name) == table_bytes(text) for name, text in tables.items())


def refuse_other(out: Path, record: Mapping[str, Any], *, overwrite: bool) -> None:
    """Raise UsageError if `out` must not be replaced.

    With `overwrite`, other copies or incomplete ones may be replaced; anything else never.
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
        said = "exists, but files are missing, or pairs.csv or dataset.yaml was changed"
    else:
        said = f"holds other copies: {_difference(known, record)}"
    raise UsageError(f"{out} {said}: name another folder, or give --overwrite")


def begin(out: Path, record: Mapping[str, Any], *, overwrite: bool) -> set[str]:
    """Make the partial folder of `out`, or continue one.

    Args:
        out: the folder that it will be.
        record: the options, and the fingerprint of the data.
        overwrite: start again if it is of another call.

    Returns:
        Names of the pairs that are written already.

    Raises:
        UsageError: it is of another call, or holds anything else.
    """
    part = partial_folder(out)
    remove_leftovers(part)
    known = _read(part)
    if part.exists() and known is None and (not part.is_dir() or any(part.iterdir())):
        raise UsageError(f"{part} is needed for unfinished copies: move it away")
    if known is not None and known != record:
        if not overwrite:
            raise UsageError(
                f"{part} is left from an interrupted run with other options or data: "
                f"{_difference(known, record)}. Repeat that command, or give --overwrite"
            )
        # In one step: a part without its record could not be told from a folder of the user.
        os.rename(part, beside(out, ".tmp"))
        remove(beside(out, ".tmp"))
    if known != record:
        write_json(part / RECORD, record)
    return _pairs_in(part)


def _pairs_in(folder: Path) -> set[str]:
    images, masks = (_names_in(folder / kind) for kind in ("images", "masks"))
    return images & masks


def _names_in(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).with_suffix("").as_posix() for path in files}


def _content(path: Path) -> bytes | None:
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError:
        return None


def _read(folder: Path) -> dict[str, Any] | None:
    """The record in a folder, None when augmentation did not write the folder."""
    try:
        known = json.loads(_content(folder / RECORD) or b"")
    except (ValueError, RecursionError):
        return None
    return known if isinstance(known, dict) and "maskwright" in known else None


def _difference(known: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    keys = [key for key in record if known.get(key) != record[key] and key != "data"]
    told = [f"{key} {known.get(key)}, not {record[key]}" for key in keys]
    if known.get("data") != record["data"]:
        told.append("the data, or how they are read, have changed")
    return ", ".join(told)
