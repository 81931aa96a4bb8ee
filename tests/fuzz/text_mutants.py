"""Mutations of JSON, YAML and CSV: values that are legal text and hostile content."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.fuzz import byte_mutants
from tests.fuzz.chance import Rng, one_of

_HOLE = "@@hole@@"

JSON_VALUES = (
    "null", "true", "0", "-1", "1e400", "-1e400", "1" * 400, "1" * 5000, "NaN", "Infinity",
    "-Infinity", "0.1", "1e-320", "4096", "4097", "32000000", '""', '"x"', '"\\ud800"',
    '"\\u0000"', '"\\u202e"', '"../../x"', '"/etc/passwd"', '"' + "x" * 70_000 + '"', "[]", "{}",
    "[[]]", '[{"a": [1]}]', "[" * 3000 + "]" * 3000, "[" * 200_000,
    '{"a":' * 2000 + "1" + "}" * 2000, "[" + "0," * 50_000 + "0]", '{"a": 1, "a": 2}', "[null]",
    '["a", "a"]', "[0.5, NaN]",
)  # fmt: skip
"""What stands where a value was; not all of it is JSON."""

YAML_VALUES = (
    "", "~", "null", "yes", "0x7f", "0b_", "0o9", "1_000", "2001-13-45", "2001-12-14", "1:30:00",
    ".nan", ".inf", "-.inf", "1e400", "9" * 5000, "!!int junk", "!!float junk", "!!timestamp junk",
    "!!bool junk", "!!binary x", "!!set {a}", "!!python/object/apply:os.getcwd []", "!x y", "*x",
    "&x [*x]", "[" * 5000, "{" * 3000, "- " * 2000, '"\\ud800"', '"\\0"', "'\u00a0'", "|\n  text",
    ">-\n  text", "? a", "<<: {a: 1}", "{0: a, 0: b}", "{a: 1, 255: b}", "[1, 2]",
    "{256: a, -1: b}", "{0.5: a}", "#000000: a", "{'#000000': a, '#ffffff': b}", "x" * 70_000,
    "\t", "a: b: c", "@", "%", "`", "{0: a, 1: a}", "{0: [a], 1: {b: c}}",
    "[" + ", ".join(f"c{n}" for n in range(300)) + "]",
    "{" + ", ".join(f"{n}: c{n}" for n in range(300)) + "}",
)  # fmt: skip

_MILD_VALUES = (
    "0", "1", "255", "128-200", "'#ff0000'", "void", "'a b'", "[0, 1]", "[a, b, c]",
    "{0: a, 255: b}", "{0-127: a, 128-255: b}",
)  # fmt: skip
"""YAML that may well be right."""

_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n"
    for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Nine levels of nine references: a thousand million words."""

CELLS = (
    "", " ", '"', '"a', 'a"b', "\0", "\r", ",", ";", "\t", "../x", "/etc/passwd", "=1+1", "\ufeff",
    "\ud7ff", "nan", "inf", "-1", "0", "1e400", "1_0", "9" * 400, "x" * 140_000, "train", "test",
    "\u00e9", "e\u0301", "\u2028",
)  # fmt: skip


def json_mutant(data: bytes, rng: Rng) -> bytes:
    """Mutate JSON: a value is hostile, a key is missing, there twice or another one."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return byte_mutants.mutated(data, rng)
    if rng.random() < 0.15:
        return byte_mutants.mutated(data, rng)
    change = int(rng.integers(5))
    value = _changed(value, rng, change)
    text = json.dumps(value)
    return text.replace(f'"{_HOLE}"', one_of(rng, JSON_VALUES)).encode()


def _changed(value: Any, rng: Rng, change: int) -> Any:
    """One place below is changed; which, the generator decides."""
    places = list(_places(value))
    if not places:
        return _HOLE
    inside, key = one_of(rng, places)
    if change == 0:
        del inside[key]
    elif change == 1 and isinstance(inside, dict):
        inside[one_of(rng, ("", "x", "\ud800", "format", f"{key}/"))] = inside.pop(key)
    elif change == 1:
        inside.append(inside[key])
    else:
        inside[key] = _HOLE
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """All containers with their keys; a loop, for it goes deeper than calls may."""
    waiting = [value]
    while waiting:
        inside = waiting.pop()
        if not isinstance(inside, dict | list):
            continue
        for key in inside if isinstance(inside, dict) else range(len(inside)):
            yield inside, key
            waiting.append(inside[key])


def yaml_mutant(data: bytes, rng: Rng) -> bytes:
    """Mutate YAML: one scalar or the rest of a line is hostile, or aliases multiply."""
    text = data.decode(errors="replace")
    chance = rng.random()
    if chance < 0.15:
        return byte_mutants.mutated(data, rng)
    if chance < 0.2:
        key = one_of(rng, ("classes", "values", "ignore"))
        return f"{_BOMB}{key}: *i\n".encode()
    if chance < 0.22:
        return b"#" + b"x" * (4 * 2**20) + b"\n" + data
    words = list(re.finditer(r"[^\s:,\[\]{}]+" if chance < 0.7 else r"(?<=: ).*|^\S.*", text, re.M))
    if not words:
        return byte_mutants.mutated(data, rng)
    word = one_of(rng, words)
    value = one_of(rng, _MILD_VALUES if rng.random() < 0.4 else YAML_VALUES)
    return (text[: word.start()] + value + text[word.end() :]).encode()


def csv_mutant(data: bytes, rng: Rng) -> bytes:
    """Mutate a table: a cell is hostile, a cell or row more or less, another encoding."""
    chance = rng.random()
    if chance < 0.15:
        return byte_mutants.mutated(data, rng)
    if chance < 0.2:
        return data.decode(errors="replace").encode(one_of(rng, ("utf-16", "utf-8-sig", "utf-32")))
    rows = [line.split(",") for line in data.decode(errors="replace").splitlines()]
    for _ in range(int(rng.integers(1, 4))):
        row = one_of(rng, rows)
        at = int(rng.integers(len(row)))
        change = int(rng.integers(6))
        if change == 0:
            row.append(one_of(rng, CELLS))
        elif change == 1 and len(row) > 1:
            del row[at]
        elif change == 2:
            rows.append(list(row))
        else:
            row[at] = one_of(rng, CELLS)
    return "\n".join(map(",".join, rows)).encode(errors="surrogatepass")


def jsonl_mutant(data: bytes, rng: Rng) -> bytes:
    """Mutate one of the lines of JSON, or put the file together from pieces."""
    lines = data.split(b"\n")
    at = int(rng.integers(len(lines)))
    if not lines[at] or rng.random() < 0.1:
        return byte_mutants.mutated(data, rng)
    lines[at] = json_mutant(lines[at], rng)
    return b"\n".join(lines)


def box_text(rng: Rng) -> str:
    """What a person or a program may give as --box."""
    parts = ["1", "2", "20", "30"]
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(parts)))
        hostile = ("", " ", "nan", "inf", "1e5", "-1", "-0.5", "0.1", "9" * 12, "0x10", "\u0663",
                   "1,2", "\0", "a", "1.", ".5", "+3", "1_0", "\ud800", "2" * 5000)  # fmt: skip
        change = int(rng.integers(4))
        if change == 0:
            parts.insert(at, one_of(rng, hostile))
        elif change == 1 and len(parts) > 1:
            del parts[at]
        else:
            parts[at] = one_of(rng, hostile)
    return one_of(rng, (",", ",", ",", " ", ";", ", ", "\n")).join(parts)
