"""How many parameters functions take, and that what belongs together is one object."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import maskwright

PACKAGE = Path(maskwright.__file__).parent

MOST = 10
VERBS = {"augment", "check", "cross_validate", "evaluate", "load", "predict", "train"}
OF_A_FOLDER = {"masks", "values", "ignore", "groups"}

# Being narrowed: take a name out as soon as its function takes ten parameters or fewer.
_STILL_TOO_WIDE: set[str] = set()


def test_how_a_folder_is_read_is_one_object() -> None:
    loose = {
        place: sorted(OF_A_FOLDER & set(parameters))
        for place, _, parameters in _functions()
        if len(OF_A_FOLDER & set(parameters)) > 1
    }
    assert loose == {}


def test_no_function_takes_more_than_ten_parameters() -> None:
    wide = {
        place: len(parameters)
        for place, name, parameters in _functions()
        if len(parameters) > MOST and name not in VERBS and place not in _STILL_TOO_WIDE
    }
    assert wide == {}


def test_the_functions_are_read_from_the_sources() -> None:
    """The tests above would pass on an empty list of functions."""
    found = {place: parameters for place, _, parameters in _functions()}
    assert found["data/folder.py DataFolder.of"] == ["data"]
    assert len(found["outputs/batch.py predict"]) > MOST


def _functions() -> Iterator[tuple[str, str, list[str]]]:
    """Where each function is, its name and its parameters; typer commands are left out."""
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        for qualified, node in _defined(ast.parse(path.read_text(encoding="utf-8")), ()):
            if file.startswith("cli/") and node.name == "command":
                continue
            one = node.args
            every = [*one.posonlyargs, *one.args, one.vararg, *one.kwonlyargs, one.kwarg]
            parameters = [each.arg for each in every if each and each.arg not in ("self", "cls")]
            yield f"{file} {qualified}", node.name, parameters


def _defined(
    tree: ast.AST, inside: tuple[str, ...]
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        within = inside
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            within = (*inside, node.name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield ".".join(within), node
        yield from _defined(node, within)
