"""The model directory: what belongs in it, its seal, and the checks before any of it is used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from maskwright.errors import ModelError
from maskwright.files import remove_leftovers, sha256_of, write_bytes
from maskwright.runtime.model_json import model_info, parsed_json

MANIFEST = "MANIFEST.sha256"
TRAINING = "training"
PLAN = "plan.json"
"""What the training folder holds as long as its training has not ended."""

# What a model may hold, and the bytes that each kind of file may have. Anything that could run
# code when it is read (pickle, archives) is not among them.
_ENDINGS = {
    ".onnx": 2**30,
    ".safetensors": 2**31,
    ".json": 2**26,
    ".html": 2**28,
    ".csv": 2**26,
    ".md": 2**22,
    ".txt": 2**22,
    ".png": 2**26,
    ".jpg": 2**26,
}
_REQUIRED = ("model.onnx", "model.json")
# File managers drop these into any folder; they are never read.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


@dataclass(frozen=True)
class ModelDirectory:
    """A model directory whose files have been checked against its manifest.

    Attributes:
        path: the directory.
        info: what model.json says: network, classes, resize rule, recipe, seed, versions, data.
        hashes: file name -> sha256 in hex, for all files of the manifest.
    """

    path: Path
    info: Mapping[str, Any]
    hashes: Mapping[str, str]

    def read(self, name: str) -> bytes:
        """Read one file of the manifest; its bytes are checked once more.

        Raises:
            ModelError: the manifest has no such file, or the file has changed since.
        """
        if name not in self.hashes:
            raise ModelError(f"{self.path}: the model has no {name}")
        data = (self.path / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != self.hashes[name]:
            raise ModelError(_damaged(self.path / name))
        return data

    def read_json(self, name: str) -> Any:
        """Read one JSON file of the manifest.

        Raises:
            ModelError: as `read`, or the file is not JSON.
        """
        return parsed_json(self.path / name, self.read(name))


def seal(path: Path) -> None:
    """Write MANIFEST.sha256 over all files of a model directory except training/.

    Args:
        path: the finished model directory. An earlier manifest is replaced.

    Raises:
        ModelError: a file that no model directory may hold: a link, an unknown ending, too big.
    """
    remove_leftovers(path)
    lines = []
    for name in _files(path):
        _check_name(path, name)
        lines.append(f"{sha256_of(path / name)}  {name}\n")
    write_bytes(path / MANIFEST, "".join(lines).encode())


def withdraw(path: Path) -> None:
    """Take back a sealed model, so that another can be written in its place.

    Its manifest goes last: until then what is left is refused as incomplete, never mixed up.

    Args:
        path: a model directory, or a folder without a manifest, which stays as it is.
    """
    if not (path / MANIFEST).exists():
        return
    for name in _read_manifest(path):
        (path / name).unlink(missing_ok=True)
    (path / MANIFEST).unlink()


def open_directory(path: Path) -> ModelDirectory:
    """Open a model directory after checking every file in it.

    Raises:
        ModelError: the directory is missing, unfinished, changed, incomplete, of another format,
            or holds what no model needs: links, unlisted files, pickles, files over the limits.
    """
    if not path.is_dir():
        raise ModelError(f"{path}: no model directory here; `maskwright train DATA -o {path}`")
    hashes = _read_manifest(path)
    present = set(_files(path))
    for name in sorted(present - hashes.keys()):
        raise ModelError(
            f"{path / name}: not in {MANIFEST}, so not part of this model; move it elsewhere"
        )
    for name in sorted({*hashes, *_REQUIRED}):
        if name not in present:
            raise ModelError(f"{path / name}: missing; copy or train the model again")
        _check_name(path, name)
    for name, expected in hashes.items():
        if sha256_of(path / name) != expected:
            raise ModelError(_damaged(path / name))
    info = model_info(path / "model.json", (path / "model.json").read_bytes())
    return ModelDirectory(path, info, hashes)


def _read_manifest(path: Path) -> dict[str, str]:
    manifest = path / MANIFEST
    if not manifest.exists():
        if (path / TRAINING).is_dir():
            raise ModelError(
                f"{path}: its training has not ended; go on with "
                f"`maskwright train DATA -o {path} --resume`"
            )
        raise ModelError(f"{path}: not a model directory, it has no {MANIFEST}")
    if manifest.is_symlink() or not manifest.is_file() or manifest.stat().st_size > 2**20:
        raise ModelError(f"{manifest}: not a plain small file; copy or train the model again")
    hashes: dict[str, str] = {}
    text = manifest.read_bytes().decode(errors="replace").removesuffix("\n")
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.fullmatch(line)
        if not match or match[2] in hashes or not _is_plain(match[2]):
            raise ModelError(f"{manifest}: line {number} is not `sha256  name`: {line[:80]!r}")
        hashes[match[2]] = match[1]
    return hashes


def _is_plain(name: str) -> bool:
    """Whether a listed name stays inside the directory, on every system."""
    parts = PurePosixPath(name).parts
    return (
        "/".join(parts) == name  # no "//", no "./", not absolute
        and ".." not in parts
        and parts[0] not in (TRAINING, MANIFEST)
        and not any(sign in name for sign in '\\:\0\n\r"*?<>|')
    )


def _check_name(path: Path, name: str) -> None:
    if not _is_plain(name):
        raise ModelError(f"{path / name}: no model file has such a name; move it elsewhere")
    limit = _ENDINGS.get(PurePosixPath(name).suffix.lower())
    if limit is None:
        raise ModelError(
            f"{path / name}: a model holds no such file (pickles and archives could run code); "
            "move it elsewhere"
        )
    if (path / name).stat().st_size > limit:
        raise ModelError(f"{path / name}: larger than the {limit} bytes that are allowed")


def _files(path: Path) -> Iterator[str]:
    """All files of the model, sorted; links and special files are refused, training/ is skipped."""
    for entry in sorted(path.rglob("*")):
        name = entry.relative_to(path)
        if name.parts[0] == TRAINING or str(name) == MANIFEST or entry.name in _LITTER:
            continue
        if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
            raise ModelError(f"{entry}: a link or special file; a model holds plain files only")
        if entry.is_file():
            yield name.as_posix()


def _damaged(path: Path) -> str:
    return (
        f"{path}: not as sealed in {MANIFEST} (damaged or changed); copy or train the model again"
    )
