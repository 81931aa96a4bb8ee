"""The photos of the gallery, with the metrics of their masks."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from maskwright.evaluation.scores import Scores
from maskwright.evaluation.tiles import Tile
from maskwright.metrics.photo import PhotoScores
from maskwright.metrics.study_results import Suspect
from maskwright.report.page import wording


@dataclass(frozen=True)
class PredictedMask:
    """One predicted mask of a photo.

    Attributes:
        method: name of the method.
        mask, errors: PNGs as data URLs.
        row: metrics of the mask.
        disputes: PNG of the disputed regions as a data URL; None unless the method is fused.
        accepted: how many of these regions took GrabCut's change, in words.
    """

    method: str
    mask: str
    errors: str
    row: PhotoScores
    disputes: str | None
    accepted: str


@dataclass(frozen=True)
class GalleryPhoto:
    """A photo of the gallery.

    Attributes:
        rank: 1 for the worst.
        tile: its pictures.
        photo, truth: a JPEG and a PNG as data URLs.
        masks: one of each method.
    """

    rank: int
    tile: Tile
    photo: str
    truth: str
    masks: tuple[PredictedMask, ...]

    @property
    def spread(self) -> float:
        """IoU of the best method on this photo minus IoU of the worst."""
        ious = [mask.row.iou for mask in self.masks]
        return max(ious) - min(ious)


def gallery(scores: Scores) -> tuple[GalleryPhoto, ...]:
    """The photos with pictures, worst first."""
    rows = {one.name: {row.name: row for row in one.rows} for one in scores.methods}
    return tuple(
        GalleryPhoto(
            rank=rank,
            tile=tile,
            photo=_data_url("image/jpeg", tile.photo),
            truth=_data_url("image/png", tile.truth),
            masks=tuple(
                _predicted(tile, method, of_method[tile.name]) for method, of_method in rows.items()
            ),
        )
        for rank, tile in enumerate(scores.gallery, 1)
    )


def suspects(
    scores: Scores, shown: tuple[GalleryPhoto, ...]
) -> list[tuple[Suspect, GalleryPhoto | None]]:
    """The suspect masks of a study, most suspect first, with their photo if the gallery has it."""
    photos = {photo.tile.name: photo for photo in shown}
    found = () if scores.study is None else scores.study.suspects
    return [(one, photos.get(one.name)) for one in found]


def _predicted(tile: Tile, method: str, row: PhotoScores) -> PredictedMask:
    disputes = tile.disputes.get(method)
    return PredictedMask(
        method,
        _data_url("image/png", tile.masks[method]),
        _data_url("image/png", tile.errors[method]),
        row,
        None if disputes is None else _data_url("image/png", disputes.picture),
        "" if disputes is None else wording.accepted(disputes),
    )


def _data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"
