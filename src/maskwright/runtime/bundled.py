"""Models that come with the package, and which model is meant where none is named."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from maskwright.errors import ModelError
from maskwright.runtime.directory import MANIFEST, PLAN, TRAINING

_log = logging.getLogger(__name__)

BUNDLED: tuple[str, ...] = ("subject",)
"""Names of the models inside the package; the first is used where nothing else is named."""

_FOLDER = Path(__file__).parents[1] / "models"
_ENVIRONMENT = "MASKWRIGHT_MODEL"
_DEFAULT = Path("model")
_MARKS = (MANIFEST, f"{TRAINING}/{PLAN}")  # of a model, and of one whose training has not ended


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

    The bare name of a bundled model is that model, whatever lies in the current folder. Only text
    is a name, and only as it stands: "./subject" is a path, and so is `Path("subject")`.

    Raises:
        ModelError: it is neither.
    """
    path = Path(given)
    if isinstance(given, str) and given in BUNDLED:
        if path.exists():
            _log.info("%s is the bundled model; ./%s is what lies here", given, given)
        return bundled(given)
    if path.exists():
        return path
    raise ModelError(
        f"{given}: no model here; `maskwright train DATA -o {given}`, or name the bundled model: "
        f"{', '.join(BUNDLED)}"
    )


def find_model(given: str | Path | None = None) -> Path:
    """Say which model to use: the given one, else $MASKWRIGHT_MODEL, else ./model, else a bundled.

    `./model` counts if maskwright wrote it, or is training it: nobody has named it, and other
    programs have folders of this name. The log says if it is used, or passed over.

    Raises:
        ModelError: nothing lies where a model was named.
    """
    chosen = given if given is not None else os.environ.get(_ENVIRONMENT) or None
    if chosen is not None:
        return model_path(chosen)
    if any((_DEFAULT / name).is_file() for name in _MARKS):
        _log.info("model: ./%s; --model %s is the bundled one", _DEFAULT, BUNDLED[0])
        return _DEFAULT
    if _DEFAULT.exists():
        _log.info(
            "model: %s, the bundled one; ./%s is no model of maskwright", BUNDLED[0], _DEFAULT
        )
    return bundled(BUNDLED[0])
