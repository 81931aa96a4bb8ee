"""Models that come with the package, and which model is meant where none is named."""

from __future__ import annotations

import os
from pathlib import Path

from maskwright.errors import ModelError

BUNDLED: tuple[str, ...] = ("subject",)
"""Names of the models inside the package; the first is used where nothing else is named."""

_FOLDER = Path(__file__).parents[1] / "models"
_ENVIRONMENT = "MASKWRIGHT_MODEL"
_DEFAULT = Path("model")


def bundled(name: str) -> Path:
    """Return the model directory of a bundled model.

    Args:
        name: one of `BUNDLED`.

    Raises:
        ModelError: there is no such model, or this installation lacks its files.
    """
    if name not in BUNDLED:
        raise ModelError(f"{name}: no such bundled model; there is {', '.join(BUNDLED)}")
    path = _FOLDER / name
    if not path.is_dir():
        raise ModelError(f"{path}: the bundled model {name} is missing; install maskwright again")
    return path


def bundled_name(path: Path) -> str | None:
    """The name of the bundled model whose directory this is; None of any other."""
    own = path.resolve().parent == _FOLDER.resolve() and path.name in BUNDLED
    return path.name if own else None


def model_path(given: str | Path) -> Path:
    """Return where a model is that was named: a path, or the name of a bundled model.

    A path that exists goes first, so a file of yours is never mistaken for a bundled model. Only
    text is a name, and only as it stands: "./subject" is a path, and so is `Path("subject")`.

    Raises:
        ModelError: it is neither.
    """
    path = Path(given)
    if path.exists():
        return path
    if isinstance(given, str) and given in BUNDLED:
        return bundled(given)
    raise ModelError(
        f"{given}: no model here; `maskwright train DATA -o {given}`, or name the bundled model: "
        f"{', '.join(BUNDLED)}"
    )


def find_model(given: str | Path | None = None) -> Path:
    """Say which model to use: the given one, else $MASKWRIGHT_MODEL, else ./model, else a bundled.

    Raises:
        ModelError: nothing lies where a model was named.
    """
    chosen = given if given is not None else os.environ.get(_ENVIRONMENT) or None
    if chosen is not None:
        return model_path(chosen)
    return _DEFAULT if _DEFAULT.exists() else bundled(BUNDLED[0])
