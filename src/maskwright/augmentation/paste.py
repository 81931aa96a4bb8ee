"""Copy-paste: the objects of one sample on the background of another."""

from __future__ import annotations

import cv2
import numpy as np

from maskwright.core import VOID, Image, Mask


def pasted(image: Image, mask: Mask, donor: Image, donor_mask: Mask) -> tuple[Image, Mask]:
    """Paste the objects of one sample onto another (Ghiasi et al., arXiv:2012.07177).

    The donor's void band along its objects comes with them; void elsewhere does not.

    Args:
        image: (H, W, 3) uint8, the new background.
        mask: (H, W) uint8 class indices with `VOID`.
        donor: (H, W, 3) uint8, whose objects are taken.
        donor_mask: (H, W) uint8.

    Returns:
        (H, W, 3) and (H, W) uint8.
    """
    objects = ((donor_mask > 0) & (donor_mask != VOID)).astype(np.uint8)
    near = cv2.dilate(objects, np.ones((7, 7), np.uint8)) > 0
    taken = near & (donor_mask > 0)
    # A hard edge would be a mark that no real photo has.
    alpha = cv2.GaussianBlur(taken.astype(np.float32), (0, 0), 0.8)[..., None]
    mixed = image * (1 - alpha) + donor * alpha
    return np.rint(mixed).astype(np.uint8), np.where(taken, donor_mask, mask)
