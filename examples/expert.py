"""The same job written out: dataset, network, training loop, ONNX file, segmenter, cut-outs, each
from the room that makes it. Start here to change the algorithm itself.

python examples/expert.py DATA PHOTOS OUT
"""

import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from maskwright.augmentation.online import PARTS, augmented
from maskwright.data.dataset import open_dataset
from maskwright.data.photo import find_photos, read_photo
from maskwright.data.split import holdout
from maskwright.files import write_bytes
from maskwright.metrics.region import iou
from maskwright.outputs.pictures import cutout_png
from maskwright.refine.foreground import cut_out
from maskwright.runtime.resize import Resize
from maskwright.runtime.segmenter import load
from maskwright.unet.encoders import load_imagenet
from maskwright.unet.export import export_onnx
from maskwright.unet.losses import cross_entropy_and_dice
from maskwright.unet.model import UNet

STEPS, SIZE, BATCH = 300, 256, 8
data, photos, out = map(Path, sys.argv[1:4])
out.mkdir(parents=True)

# Data: whole sources are held out, so no photo is scored by a model that saw a near-copy of it.
dataset = open_dataset(data)
split = holdout(dataset, fraction=0.1, seed=0)
pairs = {
    example.name: dataset.load(example, shrink_to=2 * SIZE)
    for example in dataset.examples
    if example.name in {*split.train, *split.val}
}

# Network: the encoder has ImageNet weights, the decoder random ones.
torch.manual_seed(0)
network = UNet("efficientnet_lite0", "light", len(dataset.classes))
load_imagenet(network.encoder)
network.to(memory_format=torch.channels_last)
optimiser = torch.optim.AdamW(
    [
        {"params": network.encoder.parameters(), "lr": 2e-4},
        {"params": network.decoder.parameters(), "lr": 1e-3},
    ]
)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)

# Training: photo and mask of each sample go through the same random map.
rng = np.random.default_rng(0)
for step in range(STEPS):
    network.train()
    network.freeze_encoder(5 if step < STEPS // 6 else 1)  # until the decoder has learned something
    chosen = [pairs[name] for name in rng.choice(split.train, BATCH)]
    samples = [augmented(pair.image, pair.mask, SIZE, rng, PARTS) for pair in chosen]
    images = np.stack([image for image, _ in samples]).astype(np.float32)
    masks = np.stack([mask for _, mask in samples]).astype(np.int64)
    logits = network(torch.from_numpy(images).permute(0, 3, 1, 2))
    loss = cross_entropy_and_dice(logits, torch.from_numpy(masks))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    schedule.step()
    if step % 20 == 0:
        print(f"step {step}: loss {loss.item():.3f}", file=sys.stderr)

# Export: one file with its resizing rule and classes. From here on, torch is not needed.
model = out / "model.onnx"
export_onnx(
    network.eval(),
    model,
    classes=dataset.classes,
    resize=asdict(Resize("area", SIZE)),
    use_flips=True,
)
segmenter = load(model)

# The held-out figure, then the cut-outs: the foreground probability is the alpha channel, and soft
# edges lose the colours of the old background.
held_out = [pairs[name] for name in split.val]
masks = [segmenter(pair.image).argmax(axis=2).astype(np.uint8) for pair in held_out]
scores = [iou(pair.mask, mask) for pair, mask in zip(held_out, masks, strict=True)]
print(f"IoU on {len(scores)} photos held out: {np.mean(scores):.3f}")
for found in find_photos([photos]):
    photo = read_photo(found.path)
    foreground = 1 - segmenter(photo.srgb())[:, :, 0]
    alpha = np.rint(255 * foreground).astype(np.uint8)
    path = out / "cutouts" / found.relative.with_suffix(".png")
    write_bytes(path, cutout_png(cut_out(photo.pixels, alpha), photo.icc))
print(f"cut-outs are in {out / 'cutouts'}")
