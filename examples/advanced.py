"""The same job with choices: which photos stay together, how to train, at what size photos are
segmented, and the probability from which a pixel is foreground.

python examples/advanced.py DATA PHOTOS OUT
"""

import json
import sys
from pathlib import Path

import numpy as np

import maskwright

data, photos, out = map(Path, sys.argv[1:4])

# Photos of one source stay together: here, names that agree up to the last underscore.
folder = maskwright.DataFolder(data, groups=r"(.*)_")
trained = maskwright.train(
    folder,
    out / "model",
    recipe="fast",
    size=384,  # thin parts survive better than at 320, for half as much time again
    minutes=15,
    seed=1,
)

# Combinators make segmenters of segmenters. This one shrinks large photos first; `flips` would
# average with the mirrored photo, which models of this recipe do by themselves.
segmenter = maskwright.at_size(maskwright.load(trained.model), 1024)

# The threshold comes from photos that the model was not trained on.
splits = json.loads((trained.model / "splits.json").read_text("utf-8"))
dataset = maskwright.open_dataset(folder)
held_out = set(splits["splits"][0]["val"])
pairs = [dataset.load(example) for example in dataset.examples if example.name in held_out]
foreground = [segmenter(pair.image)[:, :, 1] for pair in pairs]


def mean_iou(threshold: float) -> float:
    masks = [(probability >= threshold).astype(np.uint8) for probability in foreground]
    scores = [maskwright.iou(pair.mask, mask) for pair, mask in zip(pairs, masks, strict=True)]
    return float(np.mean(scores))


best = max((0.3, 0.4, 0.5, 0.6, 0.7), key=mean_iou)
print(f"threshold {best}: IoU {mean_iou(best):.3f}, at 0.5 {mean_iou(0.5):.3f}")

maskwright.predict(
    photos,
    out,
    segmenter=maskwright.thresholded(segmenter, best),
    save=("cutout", "overlay"),
    background="white",
    crop=True,
)
print(f"cut-outs are in {out / 'cutouts'}")
