"""The features of each disputed region, by which a gate accepts or rejects GrabCut's change."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from maskwright.core import Image
from maskwright.fusion.edges import photo_windows, region_outlines
from maskwright.fusion.method_outputs import MethodOutputs
from maskwright.fusion.regions import DisputedRegions, Flags, Floats

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
"""The columns of `region_features`, in order.

certainty: mean |logit| of the network in the region.
insistence: mean |logit| of GrabCut in the region.
area: log of the region's area, as a fraction of the network's mask.
thickness: log of the largest distance of its pixels to agreed pixels or the photo's border, as a
    fraction of the square root of the mask's area.
adds: 1 if GrabCut would add the region, 0 if it would remove it.
colour: mean log odds of GrabCut's side by the region's colours, from histograms of the pixels of
    which the network is certain.
outline_network, outline_joint: fit of the outline along the region to the photo, in the network's
    mask and in the combined mask.
length: log of the ratio of that outline's length, combined to network.
agreement: IoU of the two masks, the same for all regions of a photo.
doubt: fraction of the photo where the network is uncertain, the same for all regions.
"""

_CERTAIN = 0.9
_BINS = 16  # of each channel
_RARE = 1e-4  # added to colour frequencies, so that rare colours count little


def region_features(outputs: MethodOutputs) -> NDArray[np.float32]:
    """Measure every disputed region: (N, len(FEATURES)) float32."""
    regions, network = outputs.regions, outputs.network
    ours, combined = network > 0.5, outputs.combined > 0.5
    union = max(1, int(np.count_nonzero(ours | combined)))
    mask_area = max(1, int(np.count_nonzero(ours)))
    adds = regions.means(combined) > 0.5
    colour = regions.means(_colour_logits(outputs.image, network))
    photo = photo_windows(outputs.image)
    fit, length = region_outlines(photo, ours, combined, regions)
    combined_fit, combined_length = region_outlines(photo, combined, ours, regions)
    columns = [
        regions.means(np.abs(outputs.network_logits)),
        regions.means(np.abs(outputs.grabcut_logits)),
        np.log(regions.areas[1:] / mask_area),
        np.log(_thickness(regions) / np.sqrt(mask_area)),
        adds,
        np.where(adds, colour, -colour),
        fit,
        combined_fit,
        np.log((combined_length + 1) / (length + 1)),
        np.full(len(regions), np.count_nonzero(ours & combined) / union),
        np.full(len(regions), np.mean((network > 1 - _CERTAIN) & (network < _CERTAIN))),
    ]
    return np.stack([np.asarray(column, np.float32) for column in columns], axis=1)


def _thickness(regions: DisputedRegions) -> NDArray[np.float64]:
    """Return the largest distance of a region's pixels to agreed pixels or the border: (N,)."""
    disputed = regions.labels > 0
    framed = np.pad(disputed.astype(np.uint8), 1)  # a region may fill the photo
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    largest = np.zeros(len(regions.areas))
    np.maximum.at(largest, regions.labels[disputed], distance[disputed])
    return np.asarray(largest[1:])


def _colour_logits(image: Image, network: Floats) -> Floats:
    """Return each pixel's log odds of foreground by its colour alone: (H, W).

    Colours are learned from the pixels of which the network is certain.
    """
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.int32) // (256 // _BINS)
    index = (lab[..., 0] * _BINS + lab[..., 1]) * _BINS + lab[..., 2]
    foreground, background = (
        _histogram(index, certain) for certain in (network > _CERTAIN, network < 1 - _CERTAIN)
    )
    return np.asarray(np.log((foreground + _RARE) / (background + _RARE))[index], np.float32)


def _histogram(index: NDArray[np.int32], where: Flags) -> NDArray[np.float64]:
    counts = np.bincount(index[where], minlength=_BINS**3)
    return np.asarray(counts / max(1, counts.sum()))
