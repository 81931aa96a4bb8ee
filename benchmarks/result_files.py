"""The files in benchmarks/results: all of them are written and read here, in one format.

A file is indented JSON. Three rules keep it short and its diffs readable:

- An object of objects with the same keys becomes `{"columns": [...], "rows": {...}}`, a line a row.
  A list of such objects becomes `{"columns": {...}}`, a line a column.
- A list without objects takes one line, and so does a short object.
- Numbers have seven significant digits, far more than any table shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maskwright.files import write_bytes

FOLDER = Path(__file__).parent / "results"
_DIGITS, _WIDTH, _FEWEST_ROWS = 7, 140, 3


def read_results(path: Path) -> dict[str, Any]:
    """Read the results of earlier runs; nothing if there are none."""
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_bytes(), object_hook=_unpacked)
    return found


def write_results(path: Path, results: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the file.

    Returns:
        The results as `read_results` will find them: with rounded numbers, all keys strings.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    write_bytes(path, (_text(_packed(results)) + "\n").encode())
    return read_results(path)


def _packed(value: Any) -> Any:
    """Round numbers, and turn objects with the same keys into tables."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        packed = {str(key): _packed(one) for key, one in value.items()}
        if columns := _shared_keys([*packed.values()]):
            return {
                "columns": columns,
                "rows": {key: [*one.values()] for key, one in packed.items()},
            }
        return packed
    if isinstance(value, list | tuple):
        members = [_packed(one) for one in value]
        if columns := _shared_keys(members):
            return {"columns": {key: [one[key] for one in members] for key in columns}}
        return members
    return value


def _unpacked(value: dict[str, Any]) -> Any:
    """Undo `_packed` for one object; its members are unpacked already."""
    if value.keys() == {"columns", "rows"}:
        columns = value["columns"]
        return {key: dict(zip(columns, row, strict=True)) for key, row in value["rows"].items()}
    if value.keys() == {"columns"}:
        columns = value["columns"]
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]
    return value


def _shared_keys(members: list[Any]) -> list[str]:
    """The keys of all members in their order; none unless these are the rows of a table."""
    if len(members) < _FEWEST_ROWS or not all(isinstance(one, dict) for one in members):
        return []
    keys = [*members[0]]
    flat = all([*one] == keys and not any(map(_has_objects, one.values())) for one in members)
    return keys if flat else []


def _has_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_has_objects, value)))


def _text(value: Any, indent: str = "\n") -> str:
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not _has_objects(value) or not value or (isinstance(value, dict) and len(line) <= _WIDTH):
        return line
    deeper = indent + " "
    if isinstance(value, list):
        members = [_text(one, deeper) for one in value]
        return f"[{deeper}{f',{deeper}'.join(members)}{indent}]"
    members = [
        f"{json.dumps(key, ensure_ascii=False)}: {_text(one, deeper)}" for key, one in value.items()
    ]
    return f"{{{deeper}{f',{deeper}'.join(members)}{indent}}}"
