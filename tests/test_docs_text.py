"""README and docs: what they link to, name and import is there, and nothing is left out."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from typer.main import get_group

import maskwright
from maskwright.cli.app import app
from tests.support.pages import CONTRIBUTING, PAGES, README, ROOT, blocks, name_of, prose

EXAMPLES = [path for path in sorted((ROOT / "examples").glob("*.py")) if path.stem != "expert"]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
COMMANDS = ROOT / "docs" / "reference" / "commands.md"

pages = pytest.mark.parametrize("page", PAGES, ids=name_of)


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(file), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """What links may name of a page: its headings, spelt as GitHub does."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link).resolve() for link in re.findall(r"\]\(([^)#]+)", prose(index))}
    missing = {page for page in PAGES if page not in (README, index)} - linked
    assert not missing


@pytest.mark.parametrize("page", [*PAGES, *EXAMPLES], ids=name_of)
def test_readers_import_the_face_alone(page: Path) -> None:
    """What people copy names nothing inside the package; `examples/expert.py` shows the rooms."""
    codes = blocks(page, "python") if page.suffix == ".md" else [page.read_text("utf-8")]
    for module, _ in (name for code in codes for name in imported(code)):
        assert not module.startswith("maskwright."), f"{module}: import it from maskwright"


@pages
def test_names_of_the_package_exist(page: Path) -> None:
    for name in set(re.findall(r"`maskwright\.([\w.]+)", prose(page))):
        assert exists("maskwright", name.split(".")), f"{page.name}: maskwright.{name}"


@pages
def test_files_of_the_project_exist(page: Path) -> None:
    """But for those that a guide makes."""
    made = {path for path, _ in made_files(page)}
    for path in re.findall(r"`((?:src|tests|scripts|docs|benchmarks)/[\w/.-]+)`", prose(page)):
        assert (ROOT / path).exists() or path in made or "NAME" in path, f"{page.name}: {path}"


def test_pages_that_the_sources_name_exist() -> None:
    sources = [
        path
        for folder in ("src", "tests", "scripts", "benchmarks", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".md", ".html")
    ]
    for path in sources:
        for page in re.findall(r"\bdocs/[\w/-]+\.md\b", path.read_text("utf-8")):
            assert (ROOT / page).is_file(), f"{path.relative_to(ROOT)}: {page}"


def made_files(page: Path) -> list[tuple[str, str]]:
    """The files that a guide makes: each is shown below its path, in a block ```py."""
    found, path = [], ""
    parts = r"`((?:src|tests)/[\w/.]+\.py)`|^( *)```py\n(.*?)^ *```$"
    for part in re.finditer(parts, page.read_text("utf-8"), re.M | re.S):
        if part[1]:
            path = part[1]
        else:
            found.append((path, dedent(part[3])))
    return found


def test_the_guides_for_contributors_work(tmp_path: Path) -> None:
    """Their files in a copy of the package; the command is not registered there."""
    ignore = shutil.ignore_patterns("__pycache__", "models")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignore)
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "tests" / "support", ignore=ignore)
    tests = []
    for name, content in made_files(CONTRIBUTING):
        path = tmp_path / name.replace("NAME", "tinynet")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        if name.startswith("tests/") and "cli" not in name:
            tests.append(str(path))
    assert len(tests) >= 2
    code = "from maskwright.unet.encoders.tinynet import TinyNet; TinyNet().levels()"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    for arguments in (["-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], ["-c", code]):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_face_is_what_the_documentation_uses() -> None:
    text = "".join(path.read_text("utf-8") for path in (*PAGES, *EXAMPLES))
    unused = {
        name for name in maskwright.__all__ if not re.search(rf"\bmaskwright\.{name}\b", text)
    }
    assert unused <= {"__version__"}


def test_the_architecture_has_every_room() -> None:
    package = Path(maskwright.__file__).parent
    rooms = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}
    files = {
        path.name for path in package.glob("*.py") if path.stem not in ("__init__", "__main__")
    }
    table = re.findall(r"^\| (`.*?) \|", prose(ARCHITECTURE), re.M)
    assert rooms | files <= {name for row in table for name in re.findall(r"`([\w./]+)`", row)}


def imported(code: str) -> list[tuple[str, str]]:
    """The imports of a program: modules, each with a name that is taken from it or an empty one."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(str(node.module), alias.name) for alias in node.names]
    return found


def exists(module: str, names: list[str]) -> bool:
    """Whether a path of names leads through modules to something."""
    found: object = importlib.import_module(module)
    for depth, name in enumerate(names):
        if not hasattr(found, name):
            inside = ".".join([module, *names[: depth + 1]])
            if importlib.util.find_spec(inside) is None:
                return False
            importlib.import_module(inside)
        found = getattr(found, name)
    return True


@pytest.mark.parametrize("command", get_group(app).commands.values(), ids=lambda one: one.name)
def test_every_option_is_documented(command: Any) -> None:
    """Under the command's own heading, or with the options of every command at the top."""
    text = COMMANDS.read_text("utf-8")
    common, *sections = re.split(r"^## ", text, flags=re.M)
    everywhere = common.partition("Options that several commands share")[0]
    own = next(section for section in sections if section.startswith(f"{command.name}\n"))
    for parameter in command.params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("-"):
                assert re.search(rf"(?<![\w-]){option}(?![\w-])", everywhere + own), option


def test_picture_in_the_readme_is_small() -> None:
    picture = ROOT / "docs" / "images" / "demo.png"
    assert picture.stat().st_size < 400_000
