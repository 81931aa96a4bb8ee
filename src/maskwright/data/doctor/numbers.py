"""Whether there are enough photos, of enough sources, to train a model and to score it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from maskwright.data.findings import Finding
from maskwright.data.groups import group_sources
from maskwright.data.pairs.pairing import Example

FEW_PAIRS = 10
"""With fewer pairs no photos are held out, and the model is not validated."""

FEW_SOURCES = 3
"""With fewer sources no photos are held out either."""

EACH_ITS_OWN = '--groups ".*" makes each photo a source of its own'
"""How a person overrules look-alikes."""


def holds_none_out(examples: Sequence[Example], sources: Mapping[str, str]) -> bool:
    """Whether a model of these photos is not scored, because none can be held out.

    Args:
        examples: all pairs.
        sources: the source of each, by name.
    """
    usable = [example for example in examples if example.split != "test"]
    if any(example.split == "val" for example in usable):
        return False
    originals = [example.name for example in usable if example.parent is None]
    return len(originals) < FEW_PAIRS or len({sources[n] for n in originals}) < FEW_SOURCES


def numbers(examples: Sequence[Example], sources: Mapping[str, str]) -> Iterator[Finding]:
    """Find too few photos or sources; arguments as in `holds_none_out`."""
    usable = [example for example in examples if example.split != "test"]
    originals = [example for example in usable if example.parent is None]
    if examples and not usable:
        problem = "all photos are of the test part: there is none to train on"
        cure = "add photos to train on; `maskwright evaluate` scores these as they are"
        yield Finding("warning", "nothing-to-train-on", problem, cure)
        return
    if usable and not originals:
        problem = "all photos are augmented copies, which are never used for validation"
        cure = "add the originals and their masks, or name groups in pairs.csv instead of parents"
        yield Finding("error", "only-copies", problem, cure)
        return
    held_out = not holds_none_out(examples, sources)
    if originals and len(originals) < FEW_PAIRS:
        photos = "1 photo" if len(originals) == 1 else f"{len(originals)} photos"
        tail = "" if held_out else ": none will be held out for validation"
        cure = f"label at least {FEW_PAIRS}, better 20"
        yield Finding("warning", "few-pairs", f"only {photos} to train on{tail}", cure)
    if not held_out and len(originals) >= FEW_SOURCES:
        yield from _few_sources(examples, originals, sources)


def _few_sources(
    examples: Sequence[Example], originals: Sequence[Example], sources: Mapping[str, str]
) -> Iterator[Finding]:
    def count(of: Mapping[str, str]) -> int:
        return len({of[example.name] for example in originals})

    there = count(sources)
    if there >= FEW_SOURCES:
        return
    which = "1 source" if there == 1 else f"{there} sources"
    problem = (
        f"the {len(originals)} photos to train on are of only {which}: none can be held out, so "
        "no score is possible"
    )
    if count(group_sources(examples)) >= FEW_SOURCES:
        cure = (
            f"add photos of other things; or, if these do not show the same, {EACH_ITS_OWN}, and "
            "a column group in pairs.csv says which belong together"
        )
    else:
        cure = f"add photos of other sources, or name smaller groups; {EACH_ITS_OWN}"
    yield Finding("warning", "few-sources", problem, cure)
