"""The paper's experiment ends on a small data folder, leaks where it means to, and goes on."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import benchmarks.paper.__main__ as paper
from benchmarks.markdown import filled
from benchmarks.paper.charts import CHARTS, draw_charts
from benchmarks.paper.experiment import Job
from benchmarks.paper.results import differences
from benchmarks.paper.rows import ROWS, plan, twins, with_copies
from benchmarks.paper.tables import NONE_YET, parts, tables
from benchmarks.result_files import read_results, write_results
from maskwright.augmentation.augment import augment
from maskwright.data.dataset import Dataset, open_dataset
from tests.support.data_folders import blob, data_folder

ROOT = Path(__file__).parents[2]
PHOTOS = 12


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    masks = {f"train{number:02d}": blob() for number in range(PHOTOS)}
    return data_folder(tmp_path_factory.mktemp("train"), masks)


@pytest.fixture(scope="module")
def augmented(train: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(augment(train, tmp_path_factory.mktemp("copies") / "augmented").out)


@pytest.fixture(scope="module")
def made(train: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the whole command has run, with one seed."""
    here = tmp_path_factory.mktemp("made")
    data_folder(here / "test", {f"test{number}": blob(60, 80) for number in range(4)})
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.paper", *options(here, train), "--rows", "a"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patched:
        # Row a was made in a process of its own; the others need not wait for theirs.
        patched.setattr(paper, "run_jobs", run_here)
        assert "done before: a-0" in command(here, train)
    return here


def run_here(
    function: Callable[[Job], dict[str, Any]],
    jobs: dict[str, tuple[Job]],
    results: Path,
    workers: int,
) -> dict[str, Any]:
    """What `run_jobs` does, in this process."""
    done = read_results(results)
    print("done before:", *done)
    with one_thread():
        done |= {name: function(*job) for name, job in jobs.items() if name not in done}
    return write_results(results, done)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def options(here: Path, train: Path) -> list[str]:
    own = ["--seeds", "1", "--trial", "--out", here / "out", "--work", here / "work"]
    return [str(option) for option in (train, here / "test", *own)]


def command(here: Path, train: Path) -> str:
    """Run the benchmark in this process; what it says."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        paper.main(options(here, train))
    return said.getvalue()


def test_rows_have_the_papers_proportions(tmp_path: Path) -> None:
    """74 photos: 65 and 9; 518 augmented: 52 steps of 8 an epoch."""
    small = blob(16, 16)
    data = data_folder(tmp_path / "data", {f"{number:02d}": small for number in range(74)})
    dataset = open_dataset(augment(data, tmp_path / "augmented").out)
    plans = {row: plan(row, dataset, 0) for row in ROWS}
    sizes = {row: (len(p.split.train), len(p.split.val), p.steps) for row, p in plans.items()}
    assert sizes == {
        "a": (65, 9, 160),
        "b": (416, 102, 2080),
        "c": (413, 15, 2080),
        "d": (59, 15, 600),
        "e": (59, 15, 600),
    }
    assert plans["a"].every == 8 and plans["b"].every == plans["c"].every == 52


@pytest.mark.parametrize("seed", range(3))
def test_b_leaks_and_no_other_row_does(augmented: Dataset, seed: int) -> None:
    parents = {one.name: one.parent or one.name for one in augmented.examples}
    for row in ROWS:
        split = plan(row, augmented, seed).split
        assert not set(split.train) & set(split.val)
        seen = {parents[name] for name in split.train}
        torn = sum(parents[name] in seen for name in split.val)
        assert twins(augmented, split) == torn
        assert torn > 0 if row == "b" else torn == 0


def test_c_holds_out_originals_and_trains_on_all_copies_of_the_others(augmented: Dataset) -> None:
    split = plan("c", augmented, 0).split
    assert all(one.parent is None for one in augmented.examples if one.name in split.val)
    assert len(split.train) == 7 * (PHOTOS - len(split.val))
    assert len(with_copies(augmented, split.val)) == 7 * len(split.val)


def test_d_and_e_train_on_the_originals_of_c(augmented: Dataset) -> None:
    c, d, e = (plan(row, augmented, 0).split for row in "cde")
    assert d == e and d.val == c.val
    assert set(d.train) < set(c.train) and len(d.train) == len(c.train) // 7


@pytest.mark.slow
def test_every_row_is_trained_and_scored(made: Path) -> None:
    results = read_results(made / "out" / "paper.json")
    assert sorted(results) == [f"{row}-0" for row in ROWS]
    for name, result in results.items():
        assert result["test"]["photos"] == 4 and len(result["test"]["ious"]) == 4, name
        assert 0 < result["validation"]["accuracy"] <= 1, name
        assert [point["step"] for point in result["curve"]] == [2, 4], name
        # The last point saw the very photos that the last score is about.
        last = result["curve"][-1]["validation_iou"]
        assert last == pytest.approx(result["validation"]["mean_iou"]), name
    lines = (made / "out" / "test-log.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["figures"]["result"] for line in lines) == sorted(results)


@pytest.mark.slow
def test_nothing_is_made_twice(made: Path, train: Path) -> None:
    before = (made / "out" / "paper.json").read_bytes()
    log = (made / "out" / "test-log.jsonl").read_bytes()
    assert "5 of 5 jobs were done before" in command(made, train)
    assert (made / "out" / "paper.json").read_bytes() == before
    assert (made / "out" / "test-log.jsonl").read_bytes() == log


@pytest.mark.slow
def test_page_and_charts_are_written(made: Path) -> None:
    page = (made / "out" / "paper.md").read_text()
    assert page == filled(page, parts(read_results(made / "out" / "paper.json")))
    assert NONE_YET not in page
    for name in CHARTS:
        assert f"(images/{name}.svg)" in page
        assert (made / "out" / "images" / f"{name}.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.slow
def test_figures_of_other_data_are_not_mixed_in(made: Path, tmp_path: Path) -> None:
    other = data_folder(tmp_path / "other", {f"other{number}": blob() for number in range(PHOTOS)})
    with pytest.raises(SystemExit, match="a-0 is of other data or options"):
        command(made, other)


@pytest.mark.slow
def test_leak_is_told_in_points(made: Path) -> None:
    results = read_results(made / "out" / "paper.json")
    b, c = copy.deepcopy(results["b-0"]), copy.deepcopy(results["c-0"])
    b["validation"]["accuracy"], c["validation"]["accuracy"] = 0.95, 0.915
    points = differences([b], [c], "accuracy", "validation", "validation")
    assert points == pytest.approx([3.5])
    assert "| +3.5 |" in tables({"b-0": b, "c-0": c})["leak"]
    later = {**c, "seed": 1}
    assert differences([b], [later], "accuracy", "validation", "validation") == []


@pytest.mark.slow
def test_charts_of_the_same_results_are_the_same_file(made: Path, tmp_path: Path) -> None:
    results = read_results(made / "out" / "paper.json")
    for path in draw_charts(tmp_path, results):
        assert path.read_bytes() == (made / "out" / "images" / path.name).read_bytes()


def test_page_says_what_the_results_say() -> None:
    page = (ROOT / "docs" / "notebook" / "paper.md").read_text(encoding="utf-8")
    results = read_results(ROOT / "benchmarks" / "results" / "paper.json")
    assert page == filled(page, parts(results))
    for name in tables(results):
        assert f"<!-- made: {name} -->" in page
