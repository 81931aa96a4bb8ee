"""Mutations of any file: bits, extreme numbers, cuts, zeros, repeats, splices."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.chance import Rng, extreme, one_of, place

Mutator = Callable[[bytes, Rng], bytes]


def flipped(data: bytes, rng: Rng) -> bytes:
    """Some bits are others."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        if changed:
            changed[place(rng, len(changed))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def with_number(data: bytes, rng: Rng) -> bytes:
    """An extreme number of 8 to 64 bits stands somewhere, most often near the beginning."""
    size = one_of(rng, (1, 2, 2, 4, 4, 8))
    order = one_of(rng, ("little", "big"))
    number = extreme(rng, 8 * size).to_bytes(size, "little" if order == "little" else "big")
    at = place(rng, len(data))
    return data[:at] + number + data[at + size :]


def cut(data: bytes, rng: Rng) -> bytes:
    """The end is missing."""
    return data[: int(rng.integers(len(data) + 1))]


def zero_tail(data: bytes, rng: Rng) -> bytes:
    """The end is zeros: a copy that broke off."""
    at = int(rng.integers(len(data) + 1))
    return data[:at] + bytes(len(data) - at)


def repeated(data: bytes, rng: Rng) -> bytes:
    """A part is there several times."""
    first, last = sorted(int(at) for at in rng.integers(0, len(data) + 1, 2))
    return data[:last] + data[first:last] * int(rng.integers(1, 5)) + data[last:]


def without(data: bytes, rng: Rng) -> bytes:
    """A part is missing."""
    first = place(rng, len(data))
    return data[:first] + data[first + int(rng.integers(1, 64)) :]


def with_noise(data: bytes, rng: Rng) -> bytes:
    """Random bytes are put in."""
    at = place(rng, len(data))
    return data[:at] + rng.bytes(int(rng.integers(1, 40))) + data[at:]


def spliced(data: bytes, other: bytes, rng: Rng) -> bytes:
    """The beginning of one file, the end of another."""
    return data[: place(rng, len(data))] + other[place(rng, len(other)) :]


MUTATORS: tuple[Mutator, ...] = (
    flipped, flipped, with_number, with_number, cut, zero_tail, repeated, without, with_noise,
)  # fmt: skip


def mutated(data: bytes, rng: Rng) -> bytes:
    """Apply one of the mutations."""
    return one_of(rng, MUTATORS)(data, rng)
