"""How every command ends: exit codes, errors without a traceback, and JSON that is always valid."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import maskwright
from maskwright.cli.shared import Outcome, finish
from maskwright.errors import DataError, ModelError, UsageError

KEYS = {"version", "command", "ok", "results", "errors"}

Result = tuple[int, str, str]


@pytest.fixture
def end(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run work through `finish`; gives exit code, stdout and stderr."""

    def run(work: Callable[[], Outcome], *, as_json: bool = False) -> Result:
        with pytest.raises(typer.Exit) as ended:
            finish("verb", work, as_json=as_json)
        out, err = capsys.readouterr()
        return ended.value.exit_code, out, err

    return run


def raising(error: BaseException) -> Callable[[], Outcome]:
    def work() -> Outcome:
        raise error

    return work


def maskwright_(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "maskwright", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def whole_json(text: str) -> dict[str, Any]:
    """The one object that stdout must be."""
    found = json.loads(text)
    assert set(found) == KEYS
    assert found["version"] == maskwright.__version__
    return dict(found)


def test_all_done_is_0_and_prints_the_lines(end: Callable[..., Result]) -> None:
    assert end(lambda: Outcome(lines=["one", "two"])) == (0, "one\ntwo\n", "")


def test_json_is_one_object_with_the_results(end: Callable[..., Result]) -> None:
    outcome = Outcome(results={"path": Path("a/b"), "n": 3}, lines=["not shown"])
    code, out, _ = end(lambda: outcome, as_json=True)
    body = whole_json(out)
    assert code == 0
    assert (body["command"], body["ok"]) == ("verb", True)
    assert body["results"] == {"path": str(Path("a/b")), "n": 3}


@pytest.mark.parametrize("as_json", [False, True])
def test_some_files_failed_is_1_and_names_them(end: Callable[..., Result], as_json: bool) -> None:
    outcome = Outcome(lines=["1 done"], errors=[{"file": "x.jpg", "error": "cut short"}])
    code, out, err = end(lambda: outcome, as_json=as_json)
    assert code == 1
    if as_json:
        body = whole_json(out)
        assert not body["ok"]
        assert body["errors"] == [{"file": "x.jpg", "error": "cut short"}]
    else:
        assert out == "1 done\n"
        assert err == "failed: x.jpg: cut short\n"


def test_a_command_may_say_its_own_code(end: Callable[..., Result]) -> None:
    assert end(lambda: Outcome(code=130))[0] == 130
    code, out, _ = end(lambda: Outcome(code=2), as_json=True)
    assert code == 2
    assert not whole_json(out)["ok"]


@pytest.mark.parametrize("kind", [UsageError, DataError, ModelError])
@pytest.mark.parametrize("as_json", [False, True])
def test_errors_on_purpose_are_2_and_one_message(
    end: Callable[..., Result], kind: type[Exception], as_json: bool
) -> None:
    code, out, err = end(raising(kind('x.png: "odd"\nsecond line')), as_json=as_json)
    assert code == 2
    if as_json:
        body = whole_json(out)
        assert body["errors"] == [{"file": "", "error": 'x.png: "odd"\nsecond line'}]
        assert err == ""
    else:
        assert out == ""
        assert err == 'maskwright: x.png: "odd"\nsecond line\n'


def test_the_file_system_says_no(end: Callable[..., Result]) -> None:
    code, _, err = end(raising(OSError(28, "No space left on device", "out/a.png")))
    assert (code, err) == (2, "maskwright: out/a.png: No space left on device\n")
    code, _, err = end(raising(OSError("cannot do that")))
    assert (code, err) == (2, "maskwright: cannot do that\n")


def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        finish("verb", lambda: Outcome(lines=[str(1 / 0)]), as_json=True)


@pytest.mark.parametrize("as_json", [False, True])
def test_an_interrupt_is_130(end: Callable[..., Result], as_json: bool) -> None:
    code, out, err = end(raising(KeyboardInterrupt()), as_json=as_json)
    assert code == 130
    if as_json:
        assert not whole_json(out)["ok"]
    else:
        assert "interrupted" in err


# The same through the real command, in its own process.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "DATA", "--nonsense"], "--nonsense"),
        (["evaluate"], "DATA"),
        (["evaluate", "DATA", "--threads", "many"], "--threads"),
        (["evaluate", "DATA", "--threads", "0"], "--threads"),
        (["evaluate", "nowhere", "--predictions", "nowhere"], "nowhere"),
        (["demo", "--seed", "-1"], "--seed"),
        (["conjure"], "conjure"),
    ],
)
def test_bad_calls_are_2_as_text_and_as_json(arguments: list[str], message: str) -> None:
    said = maskwright_(*arguments)
    assert said.returncode == 2
    assert said.stdout == ""
    assert message in said.stderr
    assert "Traceback" not in said.stderr
    asked = maskwright_(*arguments, "--json")
    assert asked.returncode == 2
    body = whole_json(asked.stdout)
    assert body["command"] == arguments[0]
    assert message in body["errors"][0]["error"]
    assert not body["ok"]


def test_json_alone_is_a_bad_call_in_json() -> None:
    done = maskwright_("--json")
    assert done.returncode == 2
    assert whole_json(done.stdout)["command"] == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_ctrl_c_in_the_middle_of_work_is_130(options: list[str]) -> None:
    code = f"""
import sys, time
from maskwright.cli import app
from maskwright.cli.shared import Outcome
from maskwright.cli.options import Terminal
from maskwright.cli.verb import verb

@verb
def command(*, terminal: Terminal) -> Outcome:
    print("working", file=sys.stderr, flush=True)
    time.sleep(60)
    return Outcome()

app.app.command("wait")(command)
sys.argv = ["maskwright", "wait", *{options}]
app.main()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "working\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    if options:
        assert not whole_json(out)["ok"]
