"""A model directory is sealed, checked, and refused when it is not what was sealed."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from maskwright.errors import ModelError
from maskwright.runtime.directory import MANIFEST, open_directory, seal
from tests.support.models import write_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def relist(model: Path, name: str, data: bytes) -> None:
    """Add a file and list it, as an attacker who hands out a whole model can."""
    path = model / name
    path.write_bytes(data)
    with (model / MANIFEST).open("a", encoding="utf-8") as manifest:
        manifest.write(f"{hashlib.sha256(data).hexdigest()}  {name}\n")


def test_a_sealed_directory_opens_and_says_what_it_is(model: Path) -> None:
    directory = open_directory(model)
    assert directory.info["network"]["classes"] == ["background", "foreground"]
    assert sorted(directory.hashes) == ["metrics.json", "model.json", "model.onnx"]
    assert directory.read("model.onnx") == (model / "model.onnx").read_bytes()
    assert directory.read_json("metrics.json") == {"iou": None}


def test_the_manifest_is_what_sha256sum_writes(model: Path) -> None:
    for line in (model / MANIFEST).read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((model / name).read_bytes()).hexdigest() == digest


def test_logs_may_change_and_file_managers_may_leave_litter(model: Path) -> None:
    (model / "training" / "log.csv").write_text("more\n", encoding="utf-8")
    (model / "training" / "optimizer.bin").write_bytes(b"anything")
    (model / ".DS_Store").write_bytes(b"litter")
    open_directory(model)


def test_sealing_again_takes_new_content_and_clears_leftovers(model: Path) -> None:
    (model / "metrics.json").write_text("{}", encoding="utf-8")
    (model / ".maskwright-0123456789abcdef.tmp").write_bytes(b"half")
    seal(model)
    assert open_directory(model).read_json("metrics.json") == {}


def truncate(model: Path) -> None:
    data = (model / "model.onnx").read_bytes()
    (model / "model.onnx").write_bytes(data[:-7])


def change_one_bit(model: Path) -> None:
    data = bytearray((model / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (model / "model.onnx").write_bytes(data)


def truncate_weights(model: Path) -> None:
    (model / "weights.safetensors").write_bytes(bytes(100))
    seal(model)
    (model / "weights.safetensors").write_bytes(bytes(60))


def remove_network(model: Path) -> None:
    (model / "model.onnx").unlink()


def unlist_network(model: Path) -> None:
    lines = (model / MANIFEST).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if "model.onnx" not in line)
    (model / MANIFEST).write_text(kept, encoding="utf-8")


def add_unlisted(model: Path) -> None:
    (model / "notes.txt").write_text("hello", encoding="utf-8")


def add_pickle(model: Path) -> None:
    relist(model, "weights.pt", pickle.dumps({"weights": [1.0]}))


def climb_out(model: Path) -> None:
    (model.parent / "outside.json").write_text("{}", encoding="utf-8")
    relist(model, "../outside.json", b"{}")


def name_absolute(model: Path) -> None:
    relist(model, str(model.parent.resolve() / "outside.json"), b"{}")


def list_twice(model: Path) -> None:
    relist(model, "metrics.json", b"{}")


def scribble(model: Path) -> None:
    (model / MANIFEST).write_bytes(b"\xff\xfe not a manifest\n")


def empty_manifest(model: Path) -> None:
    (model / MANIFEST).write_bytes(b"")


def not_json(model: Path) -> None:
    (model / "model.json").write_text("{", encoding="utf-8")
    seal(model)


def nested_json(model: Path) -> None:
    (model / "model.json").write_text("[" * 200_000, encoding="utf-8")
    seal(model)


def other_format(model: Path) -> None:
    info = json.loads((model / "model.json").read_text(encoding="utf-8"))
    (model / "model.json").write_text(json.dumps(info | {"format": 2}), encoding="utf-8")
    seal(model)


def not_an_object(model: Path) -> None:
    (model / "model.json").write_text("[1]", encoding="utf-8")
    seal(model)


def unfinished(model: Path) -> None:
    (model / MANIFEST).unlink()


def unrelated(model: Path) -> None:
    (model / MANIFEST).unlink()
    (model / "training" / "log.csv").unlink()
    (model / "training").rmdir()


def too_large(model: Path) -> None:
    with (model / "model.json").open("r+b") as file:
        file.truncate(2**26 + 1)  # sparse: costs no disk


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (truncate, "model.onnx: not as sealed"),
        (change_one_bit, "model.onnx: not as sealed"),
        (truncate_weights, "weights.safetensors: not as sealed"),
        (remove_network, "model.onnx: missing"),
        (unlist_network, "model.onnx: not in MANIFEST"),
        (add_unlisted, "notes.txt: not in MANIFEST"),
        (add_pickle, "weights.pt: .*pickle"),
        (climb_out, "line 4"),
        (name_absolute, "line 4"),
        (list_twice, "line 4"),
        (scribble, "line 1"),
        (empty_manifest, "line 1"),
        (not_json, "not JSON"),
        (nested_json, "not JSON"),
        (other_format, "format 2, this version reads 1"),
        (not_an_object, "format None"),
        (unfinished, "--resume"),
        (unrelated, "not a model directory"),
        (too_large, "larger than"),
    ],
)
def test_a_harmed_directory_is_refused_by_name(
    model: Path, harm: Callable[[Path], None], said: str
) -> None:
    harm(model)
    with pytest.raises(ModelError, match=said) as caught:
        open_directory(model)
    assert str(model) in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
@pytest.mark.parametrize("name", ["metrics.json", "extra.json", MANIFEST])
def test_links_are_refused(model: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}", encoding="utf-8")
    (model / name).unlink(missing_ok=True)
    (model / name).symlink_to(outside)
    with pytest.raises(ModelError):
        open_directory(model)


def test_no_model_at_all_says_how_to_train(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="maskwright train"):
        open_directory(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["weights.pt", "run.py", "bad:name.json"])
def test_sealing_refuses_what_opening_would(model: Path, name: str) -> None:
    (model / name).write_bytes(b"data")
    with pytest.raises(ModelError, match=name):
        seal(model)


def test_a_file_that_changes_after_the_check_is_not_used(model: Path) -> None:
    directory = open_directory(model)
    change_one_bit(model)
    with pytest.raises(ModelError, match="not as sealed"):
        directory.read("model.onnx")
    with pytest.raises(ModelError, match="has no report"):
        directory.read("report.html")
