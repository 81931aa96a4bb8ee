"""dataset.yaml: what a file beside the photos says of the values of masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from maskwright.data.masks.meaning import Meaning, Said, meaning_of, split_values
from maskwright.errors import DataError, UsageError
from maskwright.files import open_regular

_KEYS = ("classes", "values", "ignore")
_MOST_BYTES = 1 << 17
"""Of the file: names of all classes that there can be take a quarter of it."""

_DEEPEST = 8

_PLAIN = (*(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")), "!")
"""Tags of nodes that were given none."""

_QUOTE = "a colour is written in quotes, '#ff0000', as YAML takes all after # for a comment"


class _Shallow(yaml.BaseLoader):
    """Composes nodes of text, and stops at a depth that no such file has."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("lists and mappings are nested too deeply")
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


def read_meaning(path: Path) -> Meaning:
    """Read dataset.yaml: what its `classes`, `values` and `ignore` say of mask values.

    Names stay as they are written: `yes` is no truth value, `1.0` no number.

    Raises:
        DataError: it cannot be read, holds an unknown key, a key without a value or a value of
            another kind, or what it says is contradictory.
    """
    found = _mapping(path, _parsed(path), f"expected the keys {', '.join(_KEYS)}")
    for key in found:
        if key not in _KEYS:
            raise DataError(f"{path}: unknown key '{key}': it may hold {', '.join(_KEYS)}")
    said = Said(_values(path, found), _ignore(path, found), _classes(path, found))
    try:
        return meaning_of(said, "")
    except UsageError as error:
        raise DataError(f"{path}: {error}") from error


def dataset_yaml(classes: Sequence[str]) -> str:
    """The text of the dataset.yaml of what the program writes: class indices, 255 void."""
    body = {"values": dict(enumerate(classes)), "ignore": 255}
    header = "# Mask values are class indices; 255 counts nowhere.\n"
    return header + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def _parsed(path: Path) -> yaml.Node | None:
    """The file as nodes of text: nothing is built, so no alias can grow and no tag can act."""
    try:
        with open_regular(path) as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise DataError(f"{path}: more than {_MOST_BYTES >> 10} KiB are not read")
        node: yaml.Node | None = yaml.compose(content, Loader=_Shallow)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, RecursionError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: not readable YAML ({why}); {_QUOTE}") from error
    return node


def _mapping(path: Path, node: yaml.Node | None, expected: str) -> dict[str, yaml.Node]:
    if node is None:
        return {}
    _refuse_tag(path, node)
    if not isinstance(node, yaml.MappingNode):
        raise DataError(f"{path}: {expected}")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = _text(path, key, "a key")
        if name in found:
            raise DataError(f"{path}: '{name}' is there twice: keep one of the two")
        found[name] = value
    return found


def _text(path: Path, node: yaml.Node, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise DataError(f"{path}: {what} is a list or a mapping, not a plain value")
    _refuse_tag(path, node)
    if _is_empty(node):
        raise DataError(f"{path}: {what} is empty; {_QUOTE}")
    return str(node.value)


def _refuse_tag(path: Path, node: yaml.Node) -> None:
    if node.tag not in _PLAIN:
        raise DataError(f"{path}: not plain YAML: it holds the tag {node.tag}")


def _is_empty(node: yaml.Node) -> bool:
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return plain and node.value in ("", "~", "null", "Null", "NULL")


def _given(path: Path, found: dict[str, yaml.Node], key: str) -> yaml.Node | None:
    node = found.get(key)
    if node is not None and _is_empty(node):
        raise DataError(f"{path}: {key} has no value: give it one, or leave it out; {_QUOTE}")
    return node


def _classes(path: Path, found: dict[str, yaml.Node]) -> tuple[str, ...]:
    node = _given(path, found, "classes")
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        raise DataError(f"{path}: classes is a list of two or more names, the background first")
    return tuple(_text(path, one, "one of classes") for one in node.value)


def _values(path: Path, found: dict[str, yaml.Node]) -> tuple[tuple[str, str], ...]:
    node = _given(path, found, "values")
    if node is None:
        return ()
    if isinstance(node, yaml.ScalarNode):
        try:
            return split_values(_text(path, node, "values"), "values")
        except UsageError as error:
            raise DataError(f"{path}: {error}") from error
    listed = _mapping(path, node, "values maps mask values to classes, e.g. 255: foreground")
    if not listed:
        raise DataError(f"{path}: values has no value: give it one, or leave it out; {_QUOTE}")
    said = {value: _text(path, name, f"the class of {value}") for value, name in listed.items()}
    if any(set(name) & set(",=") for name in said.values()):
        raise DataError(f"{path}: class names hold neither commas nor equal signs")
    return tuple(said.items())


def _ignore(path: Path, found: dict[str, yaml.Node]) -> tuple[str, ...]:
    node = _given(path, found, "ignore")
    if node is None:
        return ()
    if isinstance(node, yaml.MappingNode):
        raise DataError(f"{path}: ignore is a mask value or a list of them")
    listed = node.value if isinstance(node, yaml.SequenceNode) else [node]
    texts = [_text(path, one, "one of ignore") for one in listed]
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())
