"""The photos of the gallery, and the masks that are suspect, with the figures they are shown by."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from maskwright.evaluation.scores import Scores
from maskwright.evaluation.tiles import Tile
from maskwright.metrics.held_out import Suspect
from maskwright.metrics.photo import PhotoScores
from maskwright.report.page import wording


@dataclass(frozen=True)
class Picture:
    """One mask of a photo.

    Attributes:
        method: whose it is.
        mask, errors: data addresses of PNGs.
        row: its figures.
        pieces: a data address of a PNG, where a network and GrabCut made the mask together.
        decided: who decided these pieces, in words.
    """

    method: str
    mask: str
    errors: str
    row: PhotoScores
    pieces: str | None = None
    decided: str = ""


@dataclass(frozen=True)
class Photo:
    """A photo of the gallery.

    Attributes:
        place: 1 for the worst.
        tile: its pictures.
        photo, truth: data addresses of a JPEG and a PNG.
        pictures: the masks, one of each method.
    """

    place: int
    tile: Tile
    photo: str
    truth: str
    pictures: tuple[Picture, ...]

    @property
    def spread(self) -> float:
        """By how much the IoU of the best method here exceeds that of the worst."""
        ious = [picture.row.iou for picture in self.pictures]
        return max(ious) - min(ious)


@dataclass(frozen=True)
class SuspectPhoto:
    """A suspect mask, with its photo where the gallery holds it."""

    suspect: Suspect
    photo: Photo | None


def gallery(scores: Scores) -> tuple[Photo, ...]:
    """The photos that have pictures, worst first."""
    rows = {one.name: {row.name: row for row in one.rows} for one in scores.methods}
    return tuple(
        Photo(
            place=place,
            tile=tile,
            photo=_address("image/jpeg", tile.photo),
            truth=_address("image/png", tile.truth),
            pictures=tuple(
                _picture(tile, method, of_photos[tile.name]) for method, of_photos in rows.items()
            ),
        )
        for place, tile in enumerate(scores.gallery, 1)
    )


def suspects(scores: Scores, shown: tuple[Photo, ...]) -> tuple[SuspectPhoto, ...]:
    """The suspect masks of a study, the most suspect first; none without a study."""
    if scores.study is None:
        return ()
    photos = {photo.tile.name: photo for photo in shown}
    return tuple(SuspectPhoto(one, photos.get(one.name)) for one in scores.study.suspects)


def _picture(tile: Tile, method: str, row: PhotoScores) -> Picture:
    pieces = tile.pieces.get(method)
    return Picture(
        method,
        _address("image/png", tile.masks[method]),
        _address("image/png", tile.errors[method]),
        row,
        None if pieces is None else _address("image/png", pieces.picture),
        "" if pieces is None else wording.decided(pieces),
    )


def _address(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"
