"""What is known of each disputed piece: the evidence that a gate weighs."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.fusion.edges import Surroundings, outlines_of_disputes
from maskwright.fusion.opinions import Flags, Floats, Opinions

FEATURES = (
    "certainty",
    "insistence",
    "area",
    "thickness",
    "adds",
    "colour",
    "outline_network",
    "outline_joint",
    "length",
    "agreement",
    "doubt",
)
"""In the order of the columns of `features`.

certainty: mean |logit| of the network's probability in the piece.
insistence: mean |logit| of GrabCut's.
area: log of the piece's share of the network's mask.
thickness: log of the largest distance of its pixels to where both agree or the photo ends, as a
    share of the mask's side.
adds: 1 where GrabCut would add the piece, 0 where it would take it away.
colour: mean log odds that the piece has the colours of what GrabCut says it is, by histograms of
    what the network is sure of.
outline_network, outline_joint: how well the outline along the piece fits the photo, without and
    with GrabCut.
length: log of how many times as long as without GrabCut that outline is with it.
agreement: IoU of the masks without and with it, the same for all pieces of a photo.
doubt: share of the photo where the network is not sure, the same for all pieces.
"""

_SURE = 0.9
_BINS = 16  # of each channel
_RARE = 1e-4  # a colour's share below which it tells little


def features(opinions: Opinions) -> NDArray[np.float32]:
    """Measure every disputed piece: (N, len(FEATURES)) float32."""
    disputes, network = opinions.disputes, opinions.network
    ours, theirs = network > 0.5, opinions.joint > 0.5
    either = max(1, int(np.count_nonzero(ours | theirs)))
    mask_area = max(1, int(np.count_nonzero(ours)))
    adds = disputes.means(theirs) > 0.5
    colour = disputes.means(_colour_odds(opinions.image, network))
    photo = Surroundings.of(opinions.image)
    fit, length = outlines_of_disputes(photo, ours, theirs, disputes)
    joint_fit, joint_length = outlines_of_disputes(photo, theirs, ours, disputes)
    columns = [
        disputes.means(np.abs(opinions.network_odds)),
        disputes.means(np.abs(opinions.grabcut_odds)),
        np.log(disputes.areas[1:] / mask_area),
        np.log(_thickness(opinions) / np.sqrt(mask_area)),
        adds,
        np.where(adds, colour, -colour),
        fit,
        joint_fit,
        np.log((joint_length + 1) / (length + 1)),
        np.full(len(disputes), np.count_nonzero(ours & theirs) / either),
        np.full(len(disputes), np.mean((network > 1 - _SURE) & (network < _SURE))),
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _thickness(opinions: Opinions) -> NDArray[np.float64]:
    """The largest distance of a piece's pixels to what is agreed on, or the edge: (N,)."""
    labels = opinions.disputes.labels
    disputed = labels > 0
    framed = np.pad(disputed.astype(np.uint8), 1)  # a piece may be all there is
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    largest = np.zeros(len(opinions.disputes.areas))
    np.maximum.at(largest, labels[disputed], distance[disputed])
    return np.asarray(largest[1:])


def _colour_odds(image: Image, network: Floats) -> Floats:
    """Log odds of each pixel's colour, by what the network is sure of: (H, W)."""
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.int32) // (256 // _BINS)
    index = (lab[..., 0] * _BINS + lab[..., 1]) * _BINS + lab[..., 2]
    foreground, background = (
        _histogram(index, sure) for sure in (network > _SURE, network < 1 - _SURE)
    )
    return np.asarray(np.log((foreground + _RARE) / (background + _RARE))[index], np.float32)


def _histogram(index: NDArray[np.int32], where: Flags) -> NDArray[np.float64]:
    counts = np.bincount(index[where], minlength=_BINS**3)
    return np.asarray(counts / max(1, counts.sum()))
