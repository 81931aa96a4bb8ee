"""The photos of the gallery, with the metrics of their masks."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from maskwright.evaluation.scores import Scores
from maskwright.evaluation.tiles import Tile
from maskwright.metrics.photo import PhotoScores


@dataclass(frozen=True)
class GalleryPhoto:
    """A photo of the gallery.

    Attributes:
        rank: 1 for the worst.
        tile: its pictures.
        rows: metrics of its masks by method.
    """

    rank: int
    tile: Tile
    rows: dict[str, PhotoScores]

    @property
    def spread(self) -> float:
        """IoU of the best method on this photo minus IoU of the worst."""
        ious = [row.iou for row in self.rows.values()]
        return max(ious) - min(ious)


def gallery(scores: Scores) -> dict[str, GalleryPhoto]:
    """The photos with pictures by name, worst first."""
    rows = {one.name: {row.name: row for row in one.rows} for one in scores.methods}
    return {
        tile.name: GalleryPhoto(
            rank, tile, {method: of_method[tile.name] for method, of_method in rows.items()}
        )
        for rank, tile in enumerate(scores.gallery, 1)
    }


def data_url(picture: bytes) -> str:
    """A JPEG or PNG as a data URL."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{b64encode(picture).decode('ascii')}"
