"""pairs.csv: what a table beside the photos says of each pair."""

from __future__ import annotations

import codecs
import csv
import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwright.data.pairs.split_names import SPLITS, split_named
from maskwright.errors import DataError
from maskwright.files import open_regular

PAIRS_COLUMNS = ("name", "group", "parent", "technique", "split", "weight")

_MOST_BYTES = 1 << 28
_MOST_ROWS = 2_000_000


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
    """Read pairs.csv, rows by name; cells may be separated by commas, semicolons or tabs.

    Bytes that are no UTF-8 are kept in names, parents and groups, as in the names of files.

    Raises:
        DataError: no column `name`, an unknown column or split, a name twice, too large, or
            neither UTF-8 nor what spreadsheets call Unicode text.
    """
    text = _decoded(path)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        columns = [column.strip() for column in reader.fieldnames or ()]
        reader.fieldnames = columns
        unknown = [column for column in columns if column not in PAIRS_COLUMNS]
        if "name" not in columns or unknown:
            wrong = f"has the unknown column '{unknown[0]}'" if unknown else "has no column name"
            raise DataError(f"{path}: {wrong}: its columns are {', '.join(PAIRS_COLUMNS)}")
        if len(set(columns)) < len(columns):
            raise DataError(f"{path}: a column is there twice: keep one of the two")
        rows: list[PairRow] = []
        for cells in reader:
            if len(rows) == _MOST_ROWS:
                raise DataError(f"{path}: more than {_MOST_ROWS:,} rows are not read")
            rows.append(_row(path, reader.line_num, cells))
    except csv.Error as error:
        raise DataError(f"{path}: not a CSV file in UTF-8 ({error}): save it as such") from error
    found: dict[str, PairRow] = {}
    for row in rows:
        if row.name in found:
            raise DataError(f"{path}: '{row.name}' is listed twice: keep one of the rows")
        found[row.name] = row
    return found


def _decoded(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path}: more than {_MOST_BYTES >> 20} MiB are not read")
        with open_regular(path) as file:
            content = file.read()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        try:
            return content.decode("utf-16")  # "Unicode text" of spreadsheets
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path}: not a CSV file in UTF-8 ({error}): save it as such"
            ) from error
    # utf-8-sig: spreadsheets put a mark at the start.
    return content.decode("utf-8-sig", "surrogateescape")


def _delimiter(text: str) -> str:
    """What stands between cells: spreadsheets take semicolons where commas are in numbers."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def is_utf8(text: str) -> bool:
    """Whether a name can be written as UTF-8; names of files may hold other bytes."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def pairs_csv(rows: Sequence[PairRow]) -> str:
    """The text of a pairs.csv."""
    # Few data sets weigh their photos: an empty column is left out.
    columns = PAIRS_COLUMNS if any(row.weight is not None for row in rows) else PAIRS_COLUMNS[:-1]
    lines = [columns, *([_text(getattr(row, column)) for column in columns] for row in rows)]
    quoted = [",".join(_cell(cell) for cell in line) for line in lines]
    return "\n".join(quoted) + "\n"


def _row(path: Path, line: int, cells: Mapping[str, Any]) -> PairRow:
    if None in cells or any(cell is None for cell in cells.values()):
        raise DataError(f"{path}: line {line} has another number of cells than the header")
    known = {key: same_name(cell.strip()) for key, cell in cells.items() if cell.strip()}
    if "name" not in known:
        raise DataError(f"{path}: line {line} has no name")
    weight = _weight(path, line, known.pop("weight", None))
    said = known.pop("split", None)
    split = None if said is None else split_named(said)
    if said is not None and split is None:
        raise DataError(f"{path}: line {line}: split is '{said}', not {', '.join(SPLITS)}")
    if not is_utf8(known.get("technique", "")):
        raise DataError(f"{path}: line {line} is not UTF-8: save the table as CSV in UTF-8")
    no_parent = {"parent": ""} if "parent" in cells else {}
    return PairRow(**no_parent | known, split=split, weight=weight)


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
