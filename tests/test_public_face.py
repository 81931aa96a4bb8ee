"""What a caller sees of the package, what importing it costs, and which room may use which."""

from __future__ import annotations

import ast
import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import maskwright

PACKAGE = Path(maskwright.__file__).parent
HEAVY = ["torch", "cv2", "onnxruntime", "PIL", "rich.progress", "sklearn", "yaml"]
_SECONDS = 0.3


def test_every_name_of_all_is_there_once() -> None:
    assert len(set(maskwright.__all__)) == len(maskwright.__all__)
    for name in maskwright.__all__:
        assert getattr(maskwright, name) is not None


def test_nothing_public_is_missing_from_all() -> None:
    """Compared in a fresh process: other tests import rooms, which then show as attributes."""
    code = (
        "import json, types, maskwright\n"
        "names = [n for n, v in vars(maskwright).items() if not n.startswith('_')\n"
        "         and not isinstance(v, types.ModuleType)\n"
        "         and getattr(v, '__module__', 'maskwright').startswith('maskwright')]\n"
        "print(json.dumps(names))"
    )
    found = set(json.loads(_run(code))) - {"TYPE_CHECKING", "annotations"}
    assert found <= set(maskwright.__all__)
    assert {"DataError", "UsageError"} <= found


def test_no_room_hides_a_name_of_the_face() -> None:
    """A room called as a verb replaces the verb as soon as anything in the room is imported."""
    rooms = {room.name for room in pkgutil.iter_modules([str(PACKAGE)])}
    assert not rooms & set(maskwright.__all__)


@pytest.mark.parametrize(
    "name", sorted(name for name, room in maskwright._LAZY.items() if room != "core")
)
def test_what_is_loaded_on_first_use_is_there_and_says_what_it_does(name: str) -> None:
    loaded = getattr(maskwright, name)
    assert callable(loaded)
    assert loaded.__doc__


def test_types_of_the_face_are_those_loaded_on_first_use() -> None:
    """Type checkers read the imports under TYPE_CHECKING, the interpreter reads `_LAZY`."""
    tree = ast.parse(Path(maskwright.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.asname or alias.name: (f"{node.module}", alias.name)
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    lazy = {name: (f"maskwright.{where}", name) for name, where in maskwright._LAZY.items()}
    assert typed == lazy


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        getattr(maskwright, "nonsense")  # noqa: B009


def test_importing_loads_nothing_heavy() -> None:
    code = f"import maskwright, sys; print([m for m in {HEAVY} if m in sys.modules])"
    assert _run(code).strip() == "[]"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["predict", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, maskwright.cli.app as cli\n"
        f"sys.argv = ['maskwright', *{arguments}]\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code\n"
        # rich prints the help, so only its progress bars would be too much.
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert _run(code).strip().splitlines()[-1] == "[]"


def test_importing_takes_a_blink() -> None:
    # Processor time, not wall time: other work on the machine must not fail this.
    code = (
        "import time; start = time.process_time()\n"
        "import maskwright; print(time.process_time() - start)"
    )
    assert min(float(_run(code)) for _ in range(5)) < _SECONDS


def test_python_m_maskwright_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "maskwright", "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.strip() == f"maskwright {maskwright.__version__}"


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_while_the_command_is_imported_leaves_no_traceback() -> None:
    code = (
        "import os, signal, sys; from maskwright.__main__ import main\n"
        "assert 'numpy' not in sys.modules\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'maskwright.cli.app': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupts()); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


# Arrows between rooms. A room is a folder of the package, or a file beside them.

TRAINING_ROOMS = {"unet", "training"}
"""The rooms that import torch, and that prediction and scoring do without."""

WITHOUT_TRAINING = [
    "augmentation",
    "classical",
    "data",
    "engine",
    "evaluation",
    "fusion",
    "metrics",
    "outputs",
    "refine",
    "report",
    "runtime",
    "study",
]


def test_only_the_training_rooms_import_torch() -> None:
    for module, imported in _imports().items():
        if _room(module) not in TRAINING_ROOMS:
            assert not {"torch", "torchvision", "accelerate"} & {
                name.split(".")[0] for name in imported
            }, module


@pytest.mark.parametrize("room", WITHOUT_TRAINING)
def test_rooms_that_never_import_training_rooms(room: str) -> None:
    modules = [module for module in _imports() if _room(module) == room]
    assert modules
    for module in modules:
        assert not TRAINING_ROOMS & set(map(_room, _imports()[module])), module


def test_nothing_imports_the_command_line() -> None:
    for module, imported in _imports().items():
        if _room(module) not in ("cli", "__main__"):
            assert "cli" not in map(_room, imported), module


@pytest.mark.parametrize("module", ["core", "errors", "files", "locks", "_telemetry", "_version"])
def test_what_everyone_may_use_imports_no_room(module: str) -> None:
    used = {_room(name) for name in _imports()[f"maskwright.{module}"]} - {""}
    assert used <= {"core", "errors", "files", "locks", "_telemetry", "_version"}


def test_no_room_leads_back_to_itself() -> None:
    arrows: dict[str, set[str]] = {}
    for module, imported in _imports().items():
        rooms = {_room(name) for name in imported} - {"", _room(module)}
        arrows.setdefault(_room(module), set()).update(rooms)
    del arrows[""]  # the public face: its verbs are imported on first use only
    done: set[str] = set()

    def follow(room: str, path: tuple[str, ...]) -> None:
        assert room not in path, " -> ".join((*path, room))
        if room not in done:
            for other in arrows[room]:
                follow(other, (*path, room))
            done.add(room)

    for room in arrows:
        follow(room, ())


def test_the_arrows_are_read_from_the_sources() -> None:
    """The tests above would pass on an empty list of imports."""
    assert "maskwright.core" in _imports()["maskwright.evaluation.evaluate"]
    assert "torch" in _imports()["maskwright.unet.model"]


@cache
def _imports() -> dict[str, set[str]]:
    """Every module of the package with all that it imports, inside functions too."""
    modules = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules[name] = set(_imported(ast.parse(path.read_text(encoding="utf-8"))))
    return modules


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports inside the package are absolute"
            # `from maskwright.cli import app` may import a module or a name in one.
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            files = [_file(name) for name in submodules]
            modules = [name for name, file in zip(submodules, files, strict=True) if file]
            yield from modules
            if len(modules) < len(submodules) and node.module != "maskwright":
                yield str(node.module)


def _file(module: str) -> bool:
    base = PACKAGE.parent.joinpath(*module.split("."))
    return base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "maskwright" and len(parts) > 1 else ""


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
