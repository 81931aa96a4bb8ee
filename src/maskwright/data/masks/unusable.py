"""Mask files that are in order, but hold what no mask can be made of."""

from __future__ import annotations

from maskwright.errors import DataError


class UnusableMask(DataError):
    """A mask that can be read, but whose content has no meaning as classes.

    Attributes:
        kind: a fixed word for programs, as of a `Finding`.
        problem: what the file holds; the same text for all files of which it is true.
        cure: what to do.
    """

    def __init__(self, name: str, kind: str, problem: str, cure: str) -> None:
        super().__init__(f"{name}: {problem}: {cure}")
        self.kind = kind
        self.problem = problem
        self.cure = cure
