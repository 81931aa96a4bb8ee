"""The report's sentences: what the figures mean, said to someone who never saw them before."""

from __future__ import annotations

from maskwright.evaluation.scores import MethodScores, Scores
from maskwright.evaluation.tiles import Pieces
from maskwright.metrics.intervals import FEW
from maskwright.metrics.numbers import counted, percent, signed
from maskwright.report.page.versus import Versus

_POOR = 0.5
_LEAST = 0.0005  # a share that would be shown as none
_PARTS = frozenset({"train", "val", "test", "data"})


def title(scores: Scores) -> str:
    """Name what was judged, after the data folder."""
    folder = scores.data.resolve()
    # The part of a split says nothing alone.
    parts = folder.parts[-2:] if folder.name in _PARTS else folder.parts[-1:]
    return "/".join(part for part in parts if part != folder.anchor) or str(folder)


def summary(scores: Scores, comparisons: tuple[Versus, ...]) -> list[str]:
    """Say in a few sentences how good the first method is, and compared with what.

    Args:
        scores: what to tell of.
        comparisons: of the methods' IoU.
    """
    best = scores.methods[0]
    sentences = [_headline(scores, best), _mislabelled(best)]
    sentences += [_poor(scores)] if len(scores.classes) == 2 else [_classes(best)]
    sentences += [versus_sentence(one) for one in comparisons if one.first == best.name]
    sentences += _baseline(scores)
    return sentences


def versus_sentence(one: Versus) -> str:
    """Say which of two methods has the better IoU, and whether that may be chance."""
    tied = f", as good on {one.ties:,}" if one.ties else ""
    if one.is_clear:
        better, worse = (one.first, one.second) if one.gain > 0 else (one.second, one.first)
        more, fewer = (one.wins, one.losses) if one.gain > 0 else (one.losses, one.wins)
        low, high = sorted((abs(one.low), abs(one.high)))
        return (
            f"{better} is better than {worse} by {abs(one.gain):.3f} in IoU (95 % interval "
            f"{low:.3f} to {high:.3f}): better on {counted(more, 'photo')}, worse on "
            f"{fewer:,}{tied}."
        )
    if one.units < FEW:
        what = "photos" if one.wins + one.losses + one.ties == one.units else "groups of photos"
        return (
            f"{one.first} was better than {one.second} on {counted(one.wins, 'photo')}, worse on "
            f"{one.losses:,}{tied} ({signed(one.gain)} in IoU): too few {what} to tell which is "
            "better."
        )
    return (
        f"Between {one.first} and {one.second} no difference is proven: {signed(one.gain)} in IoU, "
        f"95 % interval {signed(one.low)} to {signed(one.high)}; {one.first} is better on "
        f"{counted(one.wins, 'photo')}, worse on {one.losses:,}{tied}."
    )


def decided(pieces: Pieces) -> str:
    """Say how much of a photo GrabCut decided beside a network."""
    if not pieces.many:
        return "nothing was disputed"
    said = f"GrabCut decided {pieces.given:,} of {counted(pieces.many, 'disputed piece')}"
    if not pieces.given:
        return said
    share = "under 0.1 %" if pieces.share < _LEAST else percent(pieces.share)
    return f"{said}, {share} of the photo"


def _headline(scores: Scores, best: MethodScores) -> str:
    iou, interval = best.summary.iou, best.intervals.get("iou")
    photos = counted(len(best.rows), "photo")
    figure = f"IoU {iou:.3f}"
    if interval:
        figure += f", 95 % interval {interval[0]:.3f} to {interval[1]:.3f}"
    if len(scores.classes) == 2:
        return (
            f"{best.name} was judged on {photos} whose true masks are known. Of the area that is "
            f"{scores.classes[1]} in the true mask or in the found one, {percent(iou)} is in both "
            f"({figure})."
        )
    return (
        f"{best.name} was judged on {photos} whose true masks are known. Of the area that has a "
        f"class in the true mask or in the found one, {percent(iou)} is in both, on average over "
        f"{len(scores.classes)} classes ({figure})."
    )


def _mislabelled(best: MethodScores) -> str:
    return (
        f"On average {percent(best.summary.error_rate)} of a photo's pixels have the wrong label."
    )


def _poor(scores: Scores) -> str:
    poor = sum(row.iou < _POOR for row in scores.rows)
    if not poor:
        return f"No photo is below an IoU of {_POOR}."
    share = poor / len(scores.rows)
    return f"{counted(poor, 'photo')} ({percent(share)}) come out below an IoU of {_POOR}."


def _classes(best: MethodScores) -> str:
    known = {name: iou for name, iou in best.summary.pooled_ious.items() if iou is not None}
    if len(known) < 2:
        return "The true masks hold one class only."
    first, last = max(known, key=lambda name: known[name]), min(known, key=lambda name: known[name])
    return f"It finds {first} best (IoU {known[first]:.3f}) and {last} worst ({known[last]:.3f})."


def _baseline(scores: Scores) -> list[str]:
    if not scores.baselines:
        return []
    name, best = max(scores.baselines.items(), key=lambda item: item[1].iou)
    gain = scores.summary.iou - best.iou
    which = f"above that by {gain:.3f}" if gain > 0 else "not above that, and so of no use here"
    return [
        f"Without looking at any photo, “{name}” would reach an IoU of {best.iou:.3f}: "
        f"{scores.methods[0].name} is {which}."
    ]
