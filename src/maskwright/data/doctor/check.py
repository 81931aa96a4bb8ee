"""`check`: examine every photo and mask of a data folder; each problem comes with its cure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from maskwright.data.doctor.judge import judge
from maskwright.data.findings import Finding, errors, listing
from maskwright.data.folder import DataFolder


@dataclass(frozen=True)
class CheckResult:
    """What is wrong with a data folder.

    Attributes:
        root: the data folder.
        pairs: number of pairs.
        classes: class names; empty when the mask encoding is not certain.
        findings: errors first, then warnings and notes.
    """

    root: Path
    pairs: int
    classes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether the data can be used as they are: there are no errors."""
        return not errors(self.findings)

    def errors(self) -> list[str]:
        """The errors, each with its cure."""
        return [finding.text() for finding in errors(self.findings)]

    def text(self, *, errors_only: bool = False) -> str:
        """The findings as a person reads them; the last line sums them up."""
        conclusion = "the data can be used" if self.usable else "the data cannot be used as it is"
        counted = [
            f"{number} {severity}{'' if number == 1 else 's'}"
            for severity in ("error", "warning")
            if (number := sum(f.severity == severity for f in self.findings))
        ]
        summary = ", ".join([f"{self.root}: {self.pairs} pairs", *counted, conclusion])
        said = listing(errors(self.findings) if errors_only else self.findings)
        return f"{said}\n{summary}" if said else summary

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "data": str(self.root),
            "usable": self.usable,
            "pairs": self.pairs,
            "classes": list(self.classes),
            "findings": [asdict(finding) for finding in self.findings],
        }


def check(data: str | Path | DataFolder) -> CheckResult:
    """Examine a data folder.

    Every mask and every photo is decoded once.

    Args:
        data: the folder; a `DataFolder` also says how to read it.

    Raises:
        UsageError: `values`, `ignore` or `groups` of the `DataFolder` cannot be read.
    """
    found = judge(DataFolder.of(data))
    classes = found.survey.encoding.classes if found.survey.encoding else ()
    return CheckResult(found.survey.root, len(found.survey.examples), classes, found.findings)
