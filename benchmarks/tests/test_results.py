"""The tables of docs/notebook say what the results say, and jobs keep what they found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import ablation, bundled, comparison, install, starts, suspects, tradeoff
from benchmarks.classical import __main__ as classical
from benchmarks.fusion import __main__ as fusion
from benchmarks.fusion.study import marks
from benchmarks.inference import __main__ as inference
from benchmarks.inference import tables as inference_tables
from benchmarks.jobs import run_jobs
from benchmarks.keras import __main__ as keras
from benchmarks.keras import tables as keras_tables
from benchmarks.markdown import filled
from benchmarks.result_files import read_results
from maskwright.runtime.bundled import bundled as bundled_folder
from maskwright.runtime.directory import open_directory
from maskwright.runtime.segmenter import INT8_FILE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "notebook" / "results.md").read_text(encoding="utf-8")


def test_the_ablations_table_is_that_of_its_results() -> None:
    results = read_results(ablation.RESULTS)
    assert filled(PAGE, {"ablation": ablation.table(results)}) == PAGE


def test_the_suspects_table_is_that_of_its_results() -> None:
    page = suspects.PAGE.read_text(encoding="utf-8")
    assert filled(page, {"suspects": suspects.table(read_results(suspects.RESULTS))}) == page


def test_the_tables_of_the_classical_methods_are_those_of_their_results() -> None:
    assert filled(PAGE, classical.tables(read_results(classical.RESULTS))) == PAGE


def test_the_comparison_of_methods_is_that_of_its_results() -> None:
    done = comparison.table(read_results(comparison.RESULTS))
    assert filled(PAGE, {"comparison": done}) == PAGE


def test_the_table_of_starts_is_that_of_its_results() -> None:
    assert filled(PAGE, {"starts": starts.table(read_results(starts.RESULTS))}) == PAGE


def test_the_tables_of_the_bundled_model_are_those_of_their_results() -> None:
    assert filled(PAGE, bundled.tables(read_results(bundled.RESULTS))) == PAGE


@pytest.mark.int8
def test_what_was_measured_with_the_bundled_model_is_of_the_one_that_ships() -> None:
    # By the files: not every processor loads the one in 8 bits.
    hashes = open_directory(bundled_folder("subject")).hashes
    shipped, fast = hashes["model.onnx"], hashes[INT8_FILE]
    by_folder = read_results(bundled.RESULTS)
    assert set(by_folder) == {"animals74/test", "davis100", "grabcut20"}
    assert {one["fingerprint"] for one in by_folder.values()} == {shipped}
    curve = read_results(tradeoff.RESULTS)["of"]
    assert (curve["model"], curve["fast"]) == (shipped, fast)
    assert read_results(inference.RESULTS)["model"] == shipped
    trained = read_results(starts.RESULTS)
    assert {job.split(" / ")[1] for job in trained} == {"imagenet", "subject"}
    for job, one in trained.items():
        assert one["start_sha256"] == starts.start_digest(job.split(" / ")[1])


def test_the_table_of_accuracy_against_time_is_that_of_its_results() -> None:
    done = tradeoff.table(read_results(tradeoff.RESULTS))
    assert filled(PAGE, {"tradeoff": done}) == PAGE


def test_the_tables_on_fusion_are_those_of_their_results() -> None:
    page = fusion.PAGE.read_text(encoding="utf-8")
    assert filled(page, fusion.tables()) == page


def test_what_was_fused_is_of_the_model_and_the_gate_that_ship() -> None:
    now = marks()
    scored = read_results(fusion.RESULTS)
    assert {key.rsplit(" / ")[0] for key in scored} >= {"animals74/test", "davis100", "grabcut20"}
    assert all(one["marks"] == now for one in scored.values())


def test_the_tables_of_speed_are_those_of_their_results() -> None:
    assert filled(PAGE, inference_tables.tables(read_results(inference.RESULTS))) == PAGE


def test_the_table_of_installing_is_that_of_its_results() -> None:
    assert filled(PAGE, {"install": install.table(read_results(install.RESULTS))}) == PAGE


def test_the_tables_on_keras_are_those_of_their_results() -> None:
    assert filled(PAGE, keras_tables.tables(read_results(keras.RESULTS))) == PAGE


def test_a_part_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place for elsewhere"):
        filled(PAGE, {"elsewhere": "words"})


def divided(number: int) -> dict[str, Any]:
    return {"quotient": 6 / number}


@pytest.mark.slow
def test_a_failing_job_costs_no_other_its_result(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    with pytest.raises(ZeroDivisionError):
        run_jobs(divided, {"zero": (0,), "two": (2,), "three": (3,)}, results, 1)
    assert read_results(results) == {"two": {"quotient": 3.0}, "three": {"quotient": 2.0}}
    with pytest.raises(ZeroDivisionError):  # and only the failed one is tried again
        run_jobs(divided, {"zero": (0,), "two": (0,)}, results, 1)
