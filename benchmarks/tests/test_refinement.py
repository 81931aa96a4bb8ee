"""The benchmark of enlarged masks, and the table in docs/notebook/measurements.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import refinement
from benchmarks.markdown import filled
from benchmarks.result_files import read_results
from maskwright.data.dataset import open_dataset
from tests.support.folders import disc, red_photo, save
from tests.support.models import write_model


def test_the_table_is_that_of_its_results() -> None:
    page = refinement.PAGE.read_text(encoding="utf-8")
    made = refinement.table(read_results(refinement.RESULTS))
    assert filled(page, {"refinement": made}) == page


def test_guided_masks_of_discs_are_nearer_to_them(tmp_path: Path) -> None:
    for seed in range(4):
        mask = disc(200, 260, radius=0.3)
        mask[:4, :4] = 255 if seed == 3 else 0  # void, though not at the outline
        save(tmp_path / "data" / "images" / f"p{seed}.png", red_photo(mask % 255, seed))
        save(tmp_path / "data" / "masks" / f"p{seed}.png", np.asarray(mask, np.uint8))
    found = refinement.compared(write_model(tmp_path / "m"), 64, open_dataset(tmp_path / "data"))
    for figure in ("iou", "boundary_f"):
        assert found[figure]["photos"] == 4
        assert found[figure]["difference"] > 0
        low, high = found[figure]["interval"]
        assert low <= found[figure]["difference"] <= high
