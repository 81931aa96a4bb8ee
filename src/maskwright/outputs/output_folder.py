"""OUT, the folder of predictions: what may be replaced there, and how runs that share it end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.errors import UsageError
from maskwright.files import remove_leftovers, sha256_of
from maskwright.locks import SharedFolder
from maskwright.outputs.manifest import (
    FILE,
    PhotoResult,
    journal_of,
    read_results,
    write_results,
)
from maskwright.outputs.names import FOLDERS

GONE = "its output files are gone: they were removed while the run went on; run the command again"
REPLACED = (
    "another run with another model or other options wrote its files at the same time: "
    "use one output folder for each"
)


def refuse_foreign_files(out: Path, paths: Sequence[str]) -> None:
    """Keep what predict did not write, such as masks drawn by hand in OUT/masks.

    Args:
        out: the output folder.
        paths: inside OUT, of the files that a run would write.

    Raises:
        UsageError: one of them is there, and no line of predict.jsonl names it.
    """
    there = [path for path in _below_existing(out, paths) if (out / path).is_file()]
    # Read after that: another run writes a line before it writes a file.
    known = read_results(out / FILE).values() if there else ()
    ours = {path for result in known for path in (*result.outputs, *result.kept)}
    foreign = [path for path in there if path not in ours]
    if foreign:
        more = f", nor {len(foreign) - 1} others" if len(foreign) > 1 else ""
        raise UsageError(
            f"{out / foreign[0]}: predict did not write this file{more}; "
            "choose another output folder, or --overwrite"
        )


def remove_unfinished(out: Path, kinds: Sequence[str]) -> None:
    """Remove the half-written files of killed runs; call it while no other run is in `out`."""
    # OUT may be the folder of the photos: not all below it is ours to search.
    remove_leftovers(out, below=False)
    for kind in kinds:
        remove_leftovers(out / FOLDERS[kind])


def finished(use: SharedFolder, out: Path, results: Sequence[PhotoResult]) -> list[PhotoResult]:
    """End a run: look whether its files are still there, and tidy predict.jsonl if it is the last.

    Args:
        use: this run's place in the output folder.
        out: the output folder.
        results: of this run, in the order of its inputs.

    Returns:
        The same, with an error where files have been removed or replaced meanwhile.
    """
    file = out / FILE
    lines = read_results(file)
    checked = [_checked(one, lines.get(one.name), out) for one in results]
    journal = journal_of(file)
    for before, one in zip(results, checked, strict=True):
        if one is not before and one.error == GONE:
            journal(one)
    if use.is_last():
        lines = read_results(file)
        mine = [lines.pop(one.name, one) for one in checked]
        write_results(file, [*mine, *lines.values()])
    return checked


def _checked(result: PhotoResult, line: PhotoResult | None, out: Path) -> PhotoResult:
    if result.error is not None:
        return result
    if not all(os.path.isfile(out / path) for path in result.outputs):
        return replace(result, error=GONE)
    # Another run has a line of its own before it writes: without one, no file has to be read.
    others = line is not None and _task(line) != _task(result)
    if others and any(sha256_of(out / path) != now for path, now in result.outputs.items()):
        return replace(result, error=REPLACED)
    return result


def _task(result: PhotoResult) -> tuple[object, ...]:
    return result.sha256, result.model, result.options


def _below_existing(out: Path, paths: Sequence[str]) -> list[str]:
    """The paths whose first folder is there: in a new OUT none has to be looked for."""
    there = {folder for folder in FOLDERS.values() if (out / folder).is_dir()}
    return [path for path in paths if path.partition("/")[0] in there]
