"""ONNX Runtime's telemetry is off: it leaves a device id, a queue of events and open files.

The quick tests look for these traces, which appear as soon as ONNX Runtime opens a model. Events
are sent seconds later, so a slow test looks for connections with strace, where it is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from maskwright._telemetry import turn_off_telemetry
from tests.support.shapes import write_shapes

_OPEN_FILES = """
import os, sys
if os.path.isdir("/proc/self/fd"):
    links = (os.path.join("/proc/self/fd", one) for one in os.listdir("/proc/self/fd"))
    found = [os.readlink(link) for link in links if os.path.islink(link)]
    assert not [one for one in found if one.startswith("socket") or "onnxruntime.db" in one], found
"""

_USES = {
    "load": "import maskwright; maskwright.load('subject')",
    "a room without the face": (
        "from maskwright.runtime.segmenter import load_network\n"
        "from maskwright.runtime.options import InferenceOptions\n"
        "load_network('subject', InferenceOptions())"
    ),
}


@pytest.mark.parametrize("use", _USES)
def test_opening_a_model_leaves_no_file_behind_and_no_socket_open(tmp_path: Path, use: str) -> None:
    done = _python(tmp_path, "-c", _USES[use] + _OPEN_FILES)
    assert done.returncode == 0, done.stderr
    assert _files(tmp_path) == []


def test_a_choice_of_the_user_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for chosen, kept in (("0", "0"), ("", "1"), ("1", "1")):
        monkeypatch.setenv("ORT_DISABLE_TELEMETRY", chosen)
        turn_off_telemetry()
        assert os.environ["ORT_DISABLE_TELEMETRY"] == kept


def test_where_onnx_runtime_was_imported_before_its_events_are_disabled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []
    earlier = SimpleNamespace(disable_telemetry_events=lambda: calls.append(1))
    monkeypatch.setitem(sys.modules, "onnxruntime", earlier)
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY")
    turn_off_telemetry()
    assert calls == [1]


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["predict", "train"])
def test_commands_leave_no_file_in_the_home_folder(tmp_path: Path, verb: str) -> None:
    data = write_shapes(tmp_path / "data", 4)
    out = tmp_path / "out"
    arguments = {
        "predict": ["predict", str(data / "images"), "-o", str(out)],
        "train": ["train", str(data), "-o", str(out), "--steps", "1", "--from", "scratch"],
    }[verb]
    done = _python(tmp_path / "home", "-m", "maskwright", *arguments)
    assert done.returncode == 0, done.stderr
    assert _files(tmp_path / "home") == []


@pytest.mark.slow
def test_no_connection_is_opened_while_a_model_stays_open(tmp_path: Path) -> None:
    """As strace sees it, in all threads; with telemetry, the first comes after some ten seconds."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed, so connections cannot be seen")
    log = tmp_path / "calls"
    trace = [strace, "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(log)]
    code = "import maskwright, time; maskwright.load('subject'); time.sleep(15)"
    done = _python(tmp_path / "home", "-c", code, before=trace)
    if done.returncode != 0 and "ptrace" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    calls = log.read_text(encoding="utf-8")
    assert "AF_INET" not in calls, calls


def _python(
    home: Path, *arguments: str, before: list[str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python where nothing has been kept from earlier runs, and the variable is not set."""
    home.mkdir(exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    places = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP")
    return subprocess.run(
        [*(before or []), sys.executable, *arguments],
        env=kept | dict.fromkeys(places, str(home)),
        capture_output=True,
        text=True,
    )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
