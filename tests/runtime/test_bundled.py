"""Which model is meant, and the one that comes with the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import maskwright
from maskwright.cli.app import app
from maskwright.errors import ModelError
from maskwright.runtime.bundled import BUNDLED, bundled, find_model, model_path
from maskwright.runtime.directory import open_directory
from tests.support.folders import disc, write_data
from tests.support.models import write_model


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with no model named by the environment."""
    monkeypatch.delenv("MASKWRIGHT_MODEL", raising=False)
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_which_model_is_used(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_model() == bundled("subject")
    other = write_model(nowhere / "other")
    write_model(nowhere / "model")
    assert find_model() == Path("model")
    monkeypatch.setenv("MASKWRIGHT_MODEL", str(other))
    assert find_model() == other
    assert find_model(nowhere / "model") == nowhere / "model"
    assert find_model("subject") == bundled("subject")


def test_a_model_that_was_named_is_never_replaced_by_the_bundled_one(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match="nothing: no model here"):
        find_model("nothing")
    monkeypatch.setenv("MASKWRIGHT_MODEL", "gone")
    with pytest.raises(ModelError, match="gone: no model here"):
        find_model()


def test_a_bare_name_is_the_bundled_model_whatever_lies_here(
    nowhere: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert model_path("subject") == bundled("subject")
    assert not caplog.messages
    write_model(nowhere / "subject")
    assert model_path("subject") == bundled("subject")
    assert caplog.messages == ["subject is the bundled model; ./subject is what lies here"]
    for given in ("./subject", Path("subject")):
        assert model_path(given) == Path("subject")
    assert maskwright.load("./subject").metadata.resize.size == 64


def test_a_model_that_nobody_named_is_said(nowhere: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    write_model(nowhere / "model")
    assert find_model() == Path("model")
    assert caplog.messages == ["model: ./model; --model subject is the bundled one"]


@pytest.mark.parametrize("what", ["file", "folder", "other training"])
def test_a_model_of_another_program_is_passed_over(
    nowhere: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    caplog.set_level("INFO")
    if what == "file":
        Path("model").write_bytes(b"weights")
    else:
        Path("model/training" if what == "other training" else "model").mkdir(parents=True)
        Path("model/weights.h5").write_bytes(b"weights")
    assert find_model() == bundled("subject")
    (said,) = caplog.messages
    assert said == "model: subject, the bundled one; ./model is no model of maskwright"


def test_an_unfinished_training_in_model_is_not_passed_over(nowhere: Path) -> None:
    Path("model/training").mkdir(parents=True)
    Path("model/training/plan.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="its training has not ended"):
        maskwright.load(find_model())


@pytest.mark.parametrize("given", ["./subject", "subject/", Path("subject")])
def test_a_path_is_not_the_name_of_a_bundled_model(nowhere: Path, given: str | Path) -> None:
    with pytest.raises(ModelError, match=r"subject/?: no model here"):
        find_model(given)


def test_commands_hand_on_what_was_written(nowhere: Path) -> None:
    """A program that reads arguments as paths drops the `./` of one that does not exist."""
    write_data(nowhere / "data", {"a": disc(20, 20)})
    photos = str(nowhere / "data" / "images")
    for command in (["predict", photos, "-o", "out"], ["evaluate", str(nowhere / "data")]):
        done = CliRunner().invoke(app, [*command, "--model", "./subject"])
        assert done.exit_code == 2
        assert "./subject: no model here" in done.stderr
    assert not Path("out").exists()


def test_an_empty_name_is_no_model(nowhere: Path) -> None:
    with pytest.raises(ModelError):
        maskwright.load(find_model(""))


def test_another_name_is_refused() -> None:
    with pytest.raises(ModelError, match="there is subject"):
        bundled("object")


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_models_are_whole_and_small(name: str) -> None:
    directory = open_directory(bundled(name))
    wanted = {"model.onnx", "weights.safetensors", "metrics.json", "splits.json", "CARD.md"}
    assert wanted <= directory.hashes.keys()
    bytes_of = {file: (directory.path / file).stat().st_size for file in directory.hashes}
    assert bytes_of["model.onnx"] + bytes_of["weights.safetensors"] < 20e6
