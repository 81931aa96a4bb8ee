"""Mutations of protobuf messages at the level of the wire: lengths stay right, contents do not."""

from __future__ import annotations

from tests.fuzz import byte_mutants
from tests.fuzz.chance import Rng, extreme, one_of

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_DEEPEST = 8

Field = tuple[int, int, bytes]
"""Number, wire type, and the content as stored (without a length)."""


def protobuf_mutant(data: bytes, rng: Rng, depth: int = 0) -> bytes:
    """Change one field at a random depth of a message.

    Args:
        data: the message; what is not one is mutated as bytes.
        rng: decides all.
        depth: of the message inside the whole.
    """
    fields = fields_of(data)
    if not fields:
        return byte_mutants.mutated(data, rng) if data else b"\0"
    at = int(rng.integers(len(fields)))
    number, wire, content = fields[at]
    if wire == _BYTES and depth < _DEEPEST and fields_of(content) and rng.random() < 0.8:
        fields[at] = (number, wire, protobuf_mutant(content, rng, depth + 1))
        return message(fields)
    change = int(rng.integers(6))
    if change == 0:
        del fields[at]
    elif change == 1:
        fields[at:at] = [fields[at]] * int(rng.integers(1, 20))
    elif change == 2:
        other = int(rng.integers(len(fields)))
        fields[at], fields[other] = fields[other], fields[at]
    elif change == 3:
        fields[at] = (int(rng.integers(1, 30)), wire, content)
    elif wire == _VARINT:
        fields[at] = (number, wire, varint(extreme(rng, one_of(rng, (8, 32, 64)))))
    else:
        fields[at] = (number, wire, byte_mutants.mutated(content, rng))
    return message(fields)


def fields_of(data: bytes) -> list[Field]:
    """The fields of a message; none where the bytes are no message."""
    fields: list[Field] = []
    at = 0
    try:
        while at < len(data):
            key, at = _read_varint(data, at)
            number, wire = key >> 3, key & 7
            if not 0 < number < 2**20:
                return []
            end = at
            if wire == _VARINT:
                _, end = _read_varint(data, at)
            elif wire == _BYTES:
                length, at = _read_varint(data, at)
                end = at + length
            elif wire in (_EIGHT, _FOUR):
                end = at + (8 if wire == _EIGHT else 4)
            else:
                return []
            if end > len(data):
                return []
            fields.append((number, wire, data[at:end]))
            at = end
    except IndexError:
        return []
    return fields


def message(fields: list[Field]) -> bytes:
    """The bytes of a message."""
    parts = []
    for number, wire, content in fields:
        parts.append(varint(number << 3 | wire))
        if wire in (_EIGHT, _FOUR):
            content = content.ljust(8 if wire == _EIGHT else 4, b"\0")[: 8 if wire == _EIGHT else 4]
        parts.append(varint(len(content)) + content if wire == _BYTES else content)
    return b"".join(parts)


def varint(value: int) -> bytes:
    """A whole number as protobuf stores it."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise IndexError("no end")
