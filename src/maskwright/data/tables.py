"""The two optional files beside the photos: pairs.csv and dataset.yaml."""

from __future__ import annotations

import csv
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from maskwright.data.masks.meaning import Meaning, parse_meaning
from maskwright.errors import DataError

SPLITS = ("train", "val", "test")
"""The splits that data may name, as folders and in pairs.csv."""

PAIRS_COLUMNS = ("name", "group", "parent", "technique", "split", "weight")

_DATASET_KEYS = ("classes", "values", "ignore")


@dataclass(frozen=True)
class PairRow:
    """One row of pairs.csv; empty cells and missing columns are None, but for `parent`.

    Attributes:
        name: the photo's path inside the data folder, without ending.
        group: photos of one source (a patient, a plant, a video) share it.
        parent: name of the photo that this one is an augmented copy of; "" where the table says
            that it is none, None where it has no such column.
        technique: how the copy was made.
        split: "train", "val" or "test".
        weight: how often training draws it, beside 1 for the others; above 0.
    """

    name: str
    group: str | None = None
    parent: str | None = None
    technique: str | None = None
    split: str | None = None
    weight: float | None = None


def same_name(name: str) -> str:
    """A name in the one Unicode form in which names are compared (macOS stores another)."""
    return unicodedata.normalize("NFC", name)


def read_pairs(path: Path) -> dict[str, PairRow]:
    """Read pairs.csv, rows by name.

    Raises:
        DataError: no column `name`, an unknown column or split, a name twice, not UTF-8.
    """
    try:
        # utf-8-sig: spreadsheets put a mark at the start.
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or ()
            unknown = [column for column in columns if column not in PAIRS_COLUMNS]
            if "name" not in columns or unknown:
                wrong = (
                    f"has the unknown column '{unknown[0]}'" if unknown else "has no column name"
                )
                raise DataError(f"{path}: {wrong}: its columns are {', '.join(PAIRS_COLUMNS)}")
            rows = [_row(path, reader.line_num, cells) for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a CSV file in UTF-8 ({error}): save it as such") from error
    found: dict[str, PairRow] = {}
    for row in rows:
        if row.name in found:
            raise DataError(f"{path}: '{row.name}' is listed twice: keep one of the rows")
        found[row.name] = row
    return found


def pairs_csv(rows: Sequence[PairRow]) -> str:
    """The text of a pairs.csv."""
    # Few data sets weigh their photos: an empty column is left out.
    columns = PAIRS_COLUMNS if any(row.weight is not None for row in rows) else PAIRS_COLUMNS[:-1]
    lines = [columns, *([_text(getattr(row, column)) for column in columns] for row in rows)]
    quoted = [",".join(_cell(cell) for cell in line) for line in lines]
    return "\n".join(quoted) + "\n"


def read_meaning(path: Path) -> Meaning:
    """Read dataset.yaml: what its `classes`, `values` and `ignore` say of mask values.

    Raises:
        DataError: it cannot be read, or holds an unknown key or a value of another kind.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not readable YAML ({error})") from error
    if found is None:
        found = {}
    if not isinstance(found, dict):
        raise DataError(f"{path}: expected the keys {', '.join(_DATASET_KEYS)}")
    for key in found:
        if key not in _DATASET_KEYS:
            raise DataError(f"{path}: unknown key '{key}': it may hold {', '.join(_DATASET_KEYS)}")
    values, ignore = _values(path, found.get("values")), _ignore(path, found.get("ignore"))
    return parse_meaning(values, ignore, _classes(path, found.get("classes")))


def dataset_yaml(classes: Sequence[str]) -> str:
    """The text of the dataset.yaml of what the program writes: class indices, 255 void."""
    body = {"values": dict(enumerate(classes)), "ignore": 255}
    header = "# Mask values are class indices; 255 counts nowhere.\n"
    return header + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def _row(path: Path, line: int, cells: Mapping[str, Any]) -> PairRow:
    if None in cells or any(cell is None for cell in cells.values()):
        raise DataError(f"{path}: line {line} has another number of cells than the header")
    known = {key: same_name(cell.strip()) for key, cell in cells.items() if cell.strip()}
    if "name" not in known:
        raise DataError(f"{path}: line {line} has no name")
    weight = _weight(path, line, known.pop("weight", None))
    row = PairRow(**({"parent": ""} if "parent" in cells else {}) | known, weight=weight)
    if row.split not in (None, *SPLITS):
        raise DataError(f"{path}: line {line}: split is '{row.split}', not {', '.join(SPLITS)}")
    return row


def _weight(path: Path, line: int, cell: str | None) -> float | None:
    if cell is None:
        return None
    try:
        weight = float(cell)
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise DataError(f"{path}: line {line}: weight is '{cell}', not a number above 0")
    return weight


def _text(value: str | float | None) -> str:
    # All digits: rounding a weight would change the data set's fingerprint.
    return "" if value is None else repr(value) if isinstance(value, float) else value


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n\r') else text


def _classes(path: Path, given: Any) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) < 2 or len(set(map(str, given))) < len(given):
        raise DataError(f"{path}: classes is a list of two or more names, the background first")
    return [str(name) for name in given]


def _values(path: Path, given: Any) -> str | None:
    if given is None or isinstance(given, str):
        return given
    if not isinstance(given, dict):
        raise DataError(f"{path}: values maps mask values to classes, e.g. 255: foreground")
    names = [str(name) for name in given.values()]
    if any(set(name) & set(",=") for name in names):
        raise DataError(f"{path}: class names hold neither commas nor equal signs")
    return ",".join(f"{value}={name}" for value, name in zip(given, names, strict=True))


def _ignore(path: Path, given: Any) -> str | None:
    if given is None:
        return None
    listed = given if isinstance(given, list) else [given]
    if not all(isinstance(value, int | str) for value in listed):
        raise DataError(f"{path}: ignore is a mask value or a list of them")
    return ",".join(map(str, listed))
