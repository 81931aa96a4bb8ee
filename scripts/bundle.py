"""Makes a trained model the one that comes with the package, src/maskwright/models/subject.

MODEL... are the stages of its training, in order; the weights are those of the last. Weights are
stored in 16 bits, the network may be given another size to see photos at, and how its masks are
finished is found out on the photos that were held out. The file that ships is scored on them, by
where they come from. Its card is written from what was measured: with --card alone it is written
anew, from the figures that benchmarks have left.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import bundle_card
import numpy as np
from quantise import quantised
from safetensors.numpy import load, save
from safetensors.torch import load as load_tensors
from train_bundled import Origin, read_origins

from maskwright.classical.methods import NETWORK
from maskwright.core import Image
from maskwright.data.dataset import Dataset, open_dataset
from maskwright.data.split import folds, read_splits
from maskwright.data.threads import cores
from maskwright.evaluation.methods import segmenter_method
from maskwright.evaluation.scoring import score_sources
from maskwright.files import write_bytes, write_json
from maskwright.metrics.intervals import mean_interval
from maskwright.metrics.photo import PhotoScores
from maskwright.runtime.directory import ModelDirectory, open_directory, seal
from maskwright.runtime.int16_weights import with_int16_weights
from maskwright.runtime.metadata import with_metadata
from maskwright.runtime.resize import ENLARGE
from maskwright.runtime.segmenter import INT8_FILE
from maskwright.runtime.segmenter import load as load_model
from maskwright.study.finishing import Finishing, finishing_of_folds
from maskwright.study.folds import FoldModels
from maskwright.training.scores import summary_sentence
from maskwright.unet.export import export_onnx
from maskwright.unet.model import UNet

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "src" / "maskwright" / "models" / "subject"
_LARGEST = 20_000_000
_TEXT = (".json", ".md", ".sha256")
_FOR_RANGES = 128  # photos; more than 64 changed no figure
_SEEN = 100  # photos that were trained on, scored beside those held out
_PARTS = 5  # of the photos held out: each is finished as the others choose


def main() -> None:
    """Bundle a model, or write the card anew."""
    arguments = _parser().parse_args()
    out = arguments.output
    if arguments.card:
        write_card(out)
        return
    stages = [open_directory(path) for path in arguments.models]
    data = arguments.data or stages[-1].path.with_name(stages[-1].path.name + "-data")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".bundle-", dir=_workplace(out)) as folder:
        made = Path(folder) / "new"
        made.mkdir()
        make(made, stages, data, arguments)
        size = weights_size(made)
        swap(made, out, Path(folder) / "old")
    print((out / "CARD.md").read_text(encoding="utf-8"))
    print(f"{out}: {size / 1e6:.1f} MB")


def make(
    made: Path, stages: Sequence[ModelDirectory], data: Path, arguments: argparse.Namespace
) -> None:
    """Write the whole model directory."""
    info = _info(stages, size=arguments.size, flips=arguments.flips)
    write_bytes(made / "splits.json", stages[-1].read("splits.json"))
    dataset = open_dataset(data)
    whole = exported(stages[-1], info)
    half = with_int16_weights(whole, "model.onnx")
    write_bytes(made / "model.onnx", half)
    finishing = found_out(made, dataset, enlarge=arguments.enlarge)
    clean = None if finishing.clean is None else asdict(finishing.clean)
    said = {"enlarge": finishing.enlarge, "clean": clean}
    write_bytes(made / "model.onnx", with_metadata(half, said))
    if arguments.int8:
        photos = photos_to_set_ranges_by(made, dataset)
        write_bytes(made / INT8_FILE, with_metadata(quantised(whole, photos, INT8_FILE), said))
    write_weights(made / "weights.safetensors", stages[-1])
    write_json(made / "model.json", info)
    scores = _metrics(made, dataset, read_origins(data))
    write_json(made / "metrics.json", {"finishing": asdict(finishing)} | scores)
    write_card(made)


def weights_size(made: Path) -> int:
    """Bytes of everything that is no text.

    Raises:
        SystemExit: it is too large for the package.
    """
    size = sum(file.stat().st_size for file in made.iterdir() if file.suffix not in _TEXT)
    if size > _LARGEST:
        raise SystemExit(f"{made}: {size} bytes of weights are more than {_LARGEST}")
    return size


def swap(made: Path, out: Path, old: Path) -> None:
    """Put a finished directory in the place of another, which stays where that fails."""
    if out.exists():
        out.rename(old)
    try:
        made.rename(out)
    except BaseException:
        if old.exists():
            old.rename(out)
        raise


def exported(model: ModelDirectory, info: Mapping[str, Any]) -> bytes:
    """The ONNX file of a model's weights, as its new model.json wants it."""
    named = info["network"]
    network = UNet(named["encoder"], named["decoder"], len(named["classes"]))
    network.load_state_dict(load_tensors(model.read("weights.safetensors")))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        export_onnx(
            network.eval(),
            file,
            classes=tuple(named["classes"]),
            resize=info["resize"],
            use_flips=info["flips"],
        )
        return file.read_bytes()


def found_out(made: Path, dataset: Dataset, *, enlarge: str | None) -> Finishing:
    """How masks are best finished, on the photos held out; what it brings is told by parts of them
    that did not choose it."""
    (split,) = read_splits(made / "splits.json")
    judged = _only(dataset, split.val)
    parts = [part.val for part in folds(judged, _PARTS)]
    model = load_model(made / "model.onnx", threads=1)
    models = [model] * _PARTS
    return finishing_of_folds(FoldModels(judged, parts, models, cores()), enlarge=enlarge)


def photos_to_set_ranges_by(made: Path, dataset: Dataset) -> list[Image]:
    """Some of the photos that were trained on, evenly spread."""
    (split,) = read_splits(made / "splits.json")
    some = _only(dataset, _spread(split.train, _FOR_RANGES))
    return [dataset.load(one).image for one in some.examples]


def write_weights(file: Path, model: ModelDirectory) -> None:
    """Write what further training starts from, as float16."""
    # Statistics and biases are few, and a variance may be too small for float16.
    weights = {
        name: value.astype(np.float16) if value.ndim > 1 else value
        for name, value in load(model.read("weights.safetensors")).items()
    }
    write_bytes(file, save(weights))


def write_card(out: Path) -> None:
    """Write CARD.md from what the JSON files say, and seal the directory."""
    write_bytes(out / "CARD.md", bundle_card.card(out).encode())
    seal(out)


def _info(
    stages: Sequence[ModelDirectory], *, size: int | None, flips: bool | None
) -> dict[str, Any]:
    """The last stage's model.json, without what belongs to the machine, and with all stages."""
    infos = [dict(stage.info) for stage in stages]
    if len({info["data"]["fingerprint"] for info in infos}) > 1:
        raise SystemExit("the stages were trained on different data: the held-out photos differ")
    info = {key: value for key, value in infos[-1].items() if key != "plan"}
    if size is not None:
        info["resize"] = info["resize"] | {"size": size}
    if flips is not None:
        info["flips"] = flips
    info["start"] = infos[0]["start"]
    info["steps"] = sum(one["steps"] for one in infos)
    info["stages"] = [
        {
            "steps": one["steps"],
            "size": one["recipe"]["size"],
            "batch": one["recipe"]["batch"],
            "seed": one["seed"],
            "threads": one["plan"]["threads"],
            "validation": stage.read_json("metrics.json")["validation"]["mean_iou"],
        }
        for one, stage in zip(infos, stages, strict=True)
    ]
    return info


def _metrics(made: Path, dataset: Dataset, origins: Mapping[str, Origin]) -> dict[str, Any]:
    """Score the file that ships on all photos that were held out, and on some that were not."""
    (split,) = read_splits(made / "splits.json")
    network = load_model(made / "model.onnx", threads=1)
    held_out, trained_on = (
        score_sources(judged, {NETWORK: segmenter_method(network, judged)}, workers=cores())
        for judged in (_only(dataset, split.val), _only(dataset, _spread(split.train, _SEEN)))
    )
    (found,) = held_out.methods
    seen = trained_on.summary.iou
    return {
        "how": "at the photos' own size, on photos held out from training by source: never "
        "trained on, but what they look like was known when size and recipe were chosen",
        "validation": {
            "mean_iou": found.summary.iou,
            "interval": list(found.intervals["iou"]),
            "accuracy": 1 - found.summary.pooled_error_rate,
            "background_accuracy": 1 - held_out.baselines["all background"].pooled_error_rate,
            "boundary_f": found.summary.boundary_f,
            "images": [asdict(row) for row in found.rows],
        },
        "training_mean_iou": seen,
        "by_origin": _by_origin(found.rows, origins, split.train),
        "sentence": summary_sentence(
            found.summary.iou, seen, pairs=len(split.train), held_out=len(found.rows)
        ),
    }


def _only(dataset: Dataset, names: Sequence[str]) -> Dataset:
    wanted = set(names)
    return replace(dataset, examples=tuple(one for one in dataset.examples if one.name in wanted))


def _spread(names: Sequence[str], most: int) -> Sequence[str]:
    """Some of the names, evenly spread."""
    return names[:: -(-len(names) // most)]


def _workplace(out: Path) -> Path:
    """On the same disk, and outside of the package: a wheel holds whatever lies in there."""
    if not out.resolve().is_relative_to(ROOT):
        return out.parent
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    return folder


def _by_origin(
    rows: Sequence[PhotoScores], origins: Mapping[str, Origin], trained: Sequence[str]
) -> dict[str, Any]:
    many = Counter(_outlines(origins[name]) for name in trained)
    members: dict[str, list[PhotoScores]] = defaultdict(list)
    for row in rows:
        members[_outlines(origins[row.name])].append(row)
    return {
        kind: {
            "trained_on": pairs,
            "held_out": len(members[kind]),
            "mean_iou": fmean(row.iou for row in members[kind]),
            "interval": list(mean_interval([row.iou for row in members[kind]])),
        }
        for kind, pairs in many.most_common()
    }


def _outlines(origin: Origin) -> str:
    """The collection, and who drew the outlines where several did."""
    name = bundle_card.collection(origin.collection)
    return name if origin.annotation == "other" else f"{name}, outlines of {origin.annotation}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", type=Path, metavar="MODEL", help="stages, in order")
    parser.add_argument("--data", type=Path, help="what they were trained on [MODEL-data]")
    parser.add_argument("-o", "--output", type=Path, default=OUT, help="[%(default)s]")
    parser.add_argument("--size", type=int, help="the network sees about N x N pixels [as trained]")
    parser.add_argument("--flips", action=argparse.BooleanOptionalAction, help="[as trained]")
    parser.add_argument("--enlarge", choices=ENLARGE, help="[found out on held-out photos]")
    parser.add_argument("--int8", action="store_true", help="a file in 8 bits too, for --fast")
    parser.add_argument("--card", action="store_true", help="only write the card anew")
    return parser


if __name__ == "__main__":
    main()
