"""The same job with its choices made by hand: what stays together, how it is trained, at what size
photos are segmented, and from which probability on a pixel counts as foreground.

python examples/advanced.py DATA PHOTOS OUT
"""

import sys
from pathlib import Path

import numpy as np

import maskwright
from maskwright.core import at_size, thresholded
from maskwright.data.dataset import open_dataset
from maskwright.data.folder import DataFolder
from maskwright.data.split import read_splits
from maskwright.metrics.region import iou

folder, photos, out = map(Path, sys.argv[1:4])

# Photos of one source stay together: here, those whose names agree up to the last underscore.
data = DataFolder(folder, groups=r"(.*)_")
trained = maskwright.train(
    data,
    out / "model",
    recipe="fast",
    size=384,  # thin parts survive better than at 320, for half as much time again
    minutes=15,
    seed=1,
)

# Segmenters are wrapped by functions of segmenters. This one shrinks large photos first; `flips`
# would average with the mirrored photo, which models of this recipe do by themselves.
segmenter = at_size(maskwright.load(trained.model), 1024)

# The threshold comes from photos that the model was not trained on, never from the others.
dataset = open_dataset(data)
held_out = set(read_splits(trained.model / "splits.json")[0].val)
pairs = [dataset.load(example) for example in dataset.examples if example.name in held_out]
foreground = [segmenter(pair.image)[:, :, 1] for pair in pairs]


def mean_iou(threshold: float) -> float:
    masks = [(probability >= threshold).astype(np.uint8) for probability in foreground]
    scores = [iou(pair.mask, mask) for pair, mask in zip(pairs, masks, strict=True)]
    return float(np.mean(scores))


best = max((0.3, 0.4, 0.5, 0.6, 0.7), key=mean_iou)
print(f"threshold {best}: IoU {mean_iou(best):.3f}, at 0.5 {mean_iou(0.5):.3f}")

maskwright.predict(
    photos,
    out,
    segmenter=thresholded(segmenter, best),
    save=("cutout", "overlay"),
    background="white",
    crop=True,
)
print(f"cut-outs are in {out / 'cutouts'}")
