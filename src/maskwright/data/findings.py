"""Findings of the doctor: one problem each, with the files and the cure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

_SHOWN = 8  # files in one message, messages of one kind; the JSON output has them all


@dataclass(frozen=True)
class Finding:
    """One thing found in a data folder.

    Attributes:
        severity: "error" keeps the data from being used; "warning" should be looked at; "note"
            says what was assumed.
        kind: a fixed word for programs, e.g. "sizes-differ".
        problem: what is wrong, one sentence.
        cure: what to do; empty for notes.
        files: the files concerned, relative to the data folder; "a = b" where files are alike.
    """

    severity: Severity
    kind: str
    problem: str
    cure: str = ""
    files: tuple[str, ...] = ()

    def text(self) -> str:
        """The finding as a person reads it, over one or more lines."""
        lines = [f"{self.severity}: {self.problem}"]
        lines += [f"    {name}" for name in self.files[:_SHOWN]]
        if len(self.files) > _SHOWN:
            lines.append(f"    ... and {len(self.files) - _SHOWN} more")
        if self.cure:
            lines.append(f"  cure: {self.cure}")
        return "\n".join(lines)

    def sentence(self) -> str:
        """The finding in one line, with one of its files."""
        if not self.files:
            return self.problem
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{self.problem} ({self.files[0]}{more})"


def about(
    files: Sequence[str], severity: Severity, kind: str, problem: str, cure: str = ""
) -> Iterator[Finding]:
    """A finding about these files, if there are any."""
    if files:
        yield Finding(severity, kind, problem, cure, tuple(files))


def listing(findings: Iterable[Finding]) -> str:
    """Findings as a person reads them, of each kind only the first few."""
    lines = []
    met: Counter[str] = Counter()
    for finding in findings:
        met[finding.kind] += 1
        if met[finding.kind] <= _SHOWN:
            lines.append(finding.text())
    for kind, number in met.items():
        if number > _SHOWN:
            lines.append(f"... and {number - _SHOWN} more of the kind {kind}: --json lists all")
    return "\n".join(lines)


def sentences(findings: Iterable[Finding], severity: Severity) -> tuple[str, ...]:
    """The findings of one severity in a line each, of each kind only the first few."""
    by_kind: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity == severity:
            by_kind.setdefault(finding.kind, []).append(finding)
    lines = []
    for kind, found in by_kind.items():
        lines += [finding.sentence() for finding in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(f"... and {len(found) - _SHOWN} more of the kind {kind}")
    return tuple(lines)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that keep the data from being used."""
    return [finding for finding in findings if finding.severity == "error"]
