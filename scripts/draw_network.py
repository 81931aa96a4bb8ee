"""Draws the network: its levels, their sizes and channels, and the skips between them.

Every number is read off a real network on its way from a photo to logits; nothing is typed in.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Polygon
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from maskwright.unet.decoders import DECODERS
from maskwright.unet.encoders import ENCODERS
from maskwright.unet.model import UNet

GREY, BLUE, ORANGE, GREEN, INK = "#c9ced6", "#7fa8d9", "#eeb06a", "#8fc49a", "#2f3640"
STEP = 1.6
"""How far each level lies further inside the U than the one above it."""


@dataclass(frozen=True)
class Shapes:
    """(channels, height, width) of all that is drawn, and what it costs."""

    photo: tuple[int, ...]
    encoder: list[tuple[int, ...]]
    decoder: list[tuple[int, ...]]
    logits: tuple[int, ...]
    encoder_cost: str
    decoder_cost: str


def shapes_of(network: UNet, size: int) -> Shapes:
    """Send a photo of `size` x `size` pixels through the network and note what comes by."""
    photo = torch.rand(1, 3, size, size) * 255
    levels: list[tuple[int, ...]] = []

    def note(_: nn.Module, __: object, output: Tensor) -> None:
        levels.append(tuple(output.shape[1:]))

    for level in network.decoder.levels:
        level.register_forward_hook(note)
    with torch.no_grad():
        with FlopCounterMode(display=False) as encoding:
            features = network.encoder(photo)
        with FlopCounterMode(display=False) as decoding:
            logits = network.decoder(features)
    return Shapes(
        photo=tuple(photo.shape[1:]),
        encoder=[tuple(f.shape[1:]) for f in features],
        decoder=levels,
        logits=tuple(logits.shape[1:]),
        encoder_cost=_cost(network.encoder, encoding),
        decoder_cost=_cost(network.decoder, decoding),
    )


def _cost(part: nn.Module, counter: FlopCounterMode) -> str:
    weights = sum(p.numel() for p in part.parameters()) / 1e6
    return f"{weights:.1f} M weights, {counter.get_total_flops() / 2e6:,.0f} M multiply-adds"


@dataclass(frozen=True)
class Slab:
    """A feature map as a slab: its face stands for height and width, its depth for channels.

    Attributes:
        x, y: middle of the front face.
        side: of the front face.
        depth: seen to the right of the face.
    """

    x: float
    y: float
    side: float
    depth: float

    @classmethod
    def of(cls, shape: tuple[int, ...], x: float, y: float, *, size: int) -> Slab:
        # Roots keep a map of 8 x 8 visible beside one of 256 x 256, 3 channels beside 320.
        return cls(x, y, 1.5 * (shape[1] / size) ** 0.5, 0.045 * shape[0] ** 0.5)

    @property
    def left(self) -> tuple[float, float]:
        return (self.x - self.side / 2, self.y)

    @property
    def right(self) -> tuple[float, float]:
        return (self.x + self.side / 2 + self.depth, self.y)

    @property
    def top(self) -> tuple[float, float]:
        return (self.x + self.depth / 2, self.y + self.side / 2 + self.depth / 2)

    def draw(self, axes: Axes, shape: tuple[int, ...], colour: str, *, words: str) -> None:
        """Draw the three faces that are seen, with channels and size on the side `words`."""
        half, d, rise = self.side / 2, self.depth, self.depth / 2
        l, r = self.x - half, self.x + half  # noqa: E741
        b, t = self.y - half, self.y + half
        faces = (
            (((l, b), (r, b), (r, t), (l, t)), 1.0),
            (((r, b), (r + d, b + rise), (r + d, t + rise), (r, t)), 0.65),
            (((l, t), (r, t), (r + d, t + rise), (l + d, t + rise)), 0.82),
        )
        for corners, shade in faces:
            axes.add_patch(Polygon(corners, fc=_shaded(colour, shade), ec=INK, lw=0.8, zorder=3))
        x, away = (
            (self.left[0] - 0.1, "right") if words == "left" else (self.right[0] + 0.1, "left")
        )
        axes.text(x, self.y + 0.02, str(shape[0]), ha=away, va="bottom", weight="bold", color=INK)
        size = f"{shape[1]} × {shape[2]}"
        axes.text(x, self.y - 0.04, size, ha=away, va="top", size=8, color=INK)


def _shaded(colour: str, shade: float) -> tuple[float, ...]:
    return tuple(shade * part for part in matplotlib.colors.to_rgb(colour))


def _arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    *,
    dashed: bool = False,
) -> None:
    style = {"linestyle": (0, (4, 3))} if dashed else {}
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=13,
            lw=1.5,
            color=colour,
            shrinkA=4,
            shrinkB=4,
            zorder=2,
            **style,
        )
    )


def _places(shapes: Shapes) -> tuple[list[Slab], list[Slab]]:
    """Slabs of the way down (photo first) and of the way up (logits last)."""
    size = shapes.photo[1]
    rows = [0.0]
    for shape in shapes.encoder:
        rows.append(rows[-1] - 0.78 - 0.85 * (shape[1] / size) ** 0.5)
    down = [
        Slab.of(shape, STEP * level, rows[level], size=size)
        for level, shape in enumerate([shapes.photo, *shapes.encoder])
    ]
    width = 2 * STEP * len(shapes.encoder) + 0.3
    up = [
        Slab.of(shape, width - STEP * level, rows[level], size=size)
        for level, shape in zip(
            range(len(shapes.decoder), -1, -1), [*shapes.decoder, shapes.logits], strict=True
        )
    ]
    return down, up


def draw(shapes: Shapes, title: tuple[str, str]) -> plt.Figure:
    """Draw the U: the encoder down its left arm, the decoder up its right one.

    Args:
        shapes: what to draw.
        title: names of the encoder and of the decoder.
    """
    figure, axes = plt.subplots(figsize=(12, 7))
    down, up = _places(shapes)
    for slab, shape in zip(down, [shapes.photo, *shapes.encoder], strict=True):
        slab.draw(axes, shape, GREY if slab is down[0] else BLUE, words="left")
    for slab, shape in zip(up, [*shapes.decoder, shapes.logits], strict=True):
        slab.draw(axes, shape, GREEN if slab is up[-1] else ORANGE, words="right")
    for larger, smaller in pairwise(down):
        _arrow(axes, _low(larger.right, larger), smaller.top, BLUE)
    for smaller, larger in pairwise([down[-1], *up]):
        _arrow(axes, smaller.top, _low(larger.left, larger), ORANGE)
    for start, end in zip(down[1:-1], reversed(up[:-1]), strict=True):
        _arrow(axes, start.right, end.left, INK, dashed=True)
    _write(axes, shapes, title, down, up)
    _explain(axes, (down[-1].x, down[0].y))
    axes.set_aspect("equal")
    axes.axis("off")
    axes.autoscale_view()
    return figure


def _low(point: tuple[float, float], slab: Slab) -> tuple[float, float]:
    """The same side of a slab, a little lower: the middle belongs to the skip."""
    return (point[0], point[1] - slab.side / 4)


def _write(
    axes: Axes, shapes: Shapes, title: tuple[str, str], down: list[Slab], up: list[Slab]
) -> None:
    low = down[-1].y
    for x, side, name, cost, colour in (
        (down[0].left[0], "left", f"encoder {title[0]}", shapes.encoder_cost, BLUE),
        (up[-1].right[0], "right", f"decoder {title[1]}", shapes.decoder_cost, ORANGE),
    ):
        axes.text(x, low + 0.55, name, weight="bold", size=12, ha=side, color=INK)
        axes.text(x, low + 0.22, cost, size=9, ha=side, color=INK)
        axes.plot([x, x + (3.6 if side == "left" else -3.6)], [low + 0.08] * 2, color=colour, lw=3)
    for slab, words in ((down[0], "photo, RGB 0..255"), (up[-1], "logits of the classes")):
        x, y = slab.top
        axes.text(x, y + 0.12, words, ha="center", color=INK)


def _explain(axes: Axes, middle: tuple[float, float]) -> None:
    """What the arrows and the numbers mean, in the empty mouth of the U."""
    x, y = middle[0] - 1.7, middle[1] + 0.45
    for words, colour in (
        ("halved and convolved: a level of the encoder", BLUE),
        ("skip: the same features, joined by channels", INK),
        ("doubled and convolved: a level of the decoder", ORANGE),
    ):
        _arrow(axes, (x, y), (x + 0.9, y), colour, dashed=colour == INK)
        axes.text(x + 1.0, y, words, va="center", size=9, color=INK)
        y -= 0.36
    axes.text(x + 0.85, y, "16", ha="right", va="center", weight="bold", size=9, color=INK)
    axes.text(x + 1.0, y, "channels", va="center", size=9, color=INK)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", choices=ENCODERS, default="efficientnet_lite0")
    parser.add_argument("--decoder", choices=DECODERS, default="light")
    parser.add_argument("--size", type=int, default=256, help="of the photo, a multiple of 32")
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/images/network.png"))
    options = parser.parse_args()
    network = UNet(options.encoder, options.decoder, classes=2).eval()
    figure = draw(shapes_of(network, options.size), (options.encoder, options.decoder))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.out, dpi=130, bbox_inches="tight", facecolor="white")
    print(options.out)


if __name__ == "__main__":
    main()
