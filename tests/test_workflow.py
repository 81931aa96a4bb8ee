"""Continuous integration tests what pyproject.toml claims, with the project's own commands."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
SYSTEMS = {
    "ubuntu": "Operating System :: POSIX :: Linux",
    "macos": "Operating System :: MacOS",
    "windows": "Operating System :: Microsoft :: Windows",
}


def workflow() -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    job: dict[str, Any] = yaml.safe_load(text)["jobs"]["test"]
    return job


def classifiers() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed: list[str] = project["classifiers"]
    return listed


def test_the_workflow_has_every_python_of_the_classifiers() -> None:
    claimed = [
        match[1]
        for one in classifiers()
        if (match := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", one))
    ]
    assert workflow()["strategy"]["matrix"]["python"] == claimed


def test_the_workflow_has_every_system_of_the_classifiers() -> None:
    tested = {SYSTEMS[one.split("-")[0]] for one in workflow()["strategy"]["matrix"]["system"]}
    assert tested == {one for one in classifiers() if one.startswith("Operating System")}


def test_the_workflow_runs_the_projects_scripts() -> None:
    commands = [step["run"] for step in workflow()["steps"] if "run" in step]
    scripts = [word for line in commands for word in shlex.split(line) if "/" in word]
    assert scripts == ["scripts/check", ".ci/run", "scripts/test"]
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


def test_the_hooks_call_the_tools_of_the_project() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (repository,) = yaml.safe_load(text)["repos"]
    assert repository["repo"] == "local"
    called = [shlex.split(hook["entry"])[2] for hook in repository["hooks"]]
    checked = (ROOT / "scripts" / "check").read_text(encoding="utf-8").splitlines()
    for command in called:
        before, tool = command.removesuffix(' "$@"').split(" && ")
        assert before == ". scripts/activate"
        assert any(line.startswith(tool) for line in checked), tool
