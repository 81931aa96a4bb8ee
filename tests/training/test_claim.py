"""What is claimed before a run, and what a run that came to nothing leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskwright.errors import UsageError
from maskwright.training.claim import claim_directory, claimed_directory, claimed_work


def refused(model: Path, *, resume: bool = False, overwrite: bool = False) -> None:
    """A run that decodes pairs and is refused then."""
    with (
        pytest.raises(UsageError, match="too few"),
        claimed_directory(model, resume=resume, overwrite=overwrite),
    ):
        (model / "training" / "cache" / "0").mkdir()
        raise UsageError("too few")


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("existed", [False, True])
def test_a_refused_run_leaves_nothing_and_may_be_tried_again(tmp_path: Path, existed: bool) -> None:
    model = tmp_path / "m"
    if existed:
        model.mkdir()
    refused(model)
    assert model.exists() == existed
    refused(model)


def test_a_refused_run_leaves_a_sealed_model(tmp_path: Path) -> None:
    model = tmp_path / "m"
    model.mkdir()
    for name in ("MANIFEST.sha256", "model.json"):
        (model / name).write_text(name)
    refused(model, overwrite=True)
    assert files(model) == ["MANIFEST.sha256", "model.json"]
    with pytest.raises(UsageError, match=r"a model is there; .* replaces it"):
        claim_directory(model, resume=False, overwrite=False)


def test_a_refused_run_leaves_an_earlier_one_that_had_a_plan(tmp_path: Path) -> None:
    training = tmp_path / "m" / "training"
    (training / "cache").mkdir(parents=True)
    for name in ("plan.json", "checkpoint.safetensors"):
        (training / name).write_text(name)
    refused(tmp_path / "m", resume=True)
    assert {"plan.json", "checkpoint.safetensors"} <= set(files(training))
    with pytest.raises(UsageError, match=r"an unfinished training is there; .* begins anew"):
        claim_directory(tmp_path / "m", resume=False, overwrite=False)


def test_what_others_left_beside_the_pairs_stays(tmp_path: Path) -> None:
    model = tmp_path / "m"
    (model / "training" / "cache").mkdir(parents=True)
    (model / "training" / "mine.txt").write_text("keep me")
    refused(model, resume=True)
    assert files(model) == ["training", "training/mine.txt"]


def test_one_run_at_a_time(tmp_path: Path) -> None:
    for claim in (claimed_directory, claimed_work):
        with (
            claim(tmp_path / "m", resume=False, overwrite=False),
            pytest.raises(UsageError, match="another run is writing there"),
            claim(tmp_path / "m", resume=False, overwrite=True),
        ):
            pass
        assert not (tmp_path / "m").exists()
