"""maskwright's side of the comparison: the `paper` recipe's step, and prediction as shipped.

It does what lines on its standard input ask for, see benchmarks/keras/worker.py.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

THREADS = 2


class Trainer:
    """The trainer's own loop on photos in memory; batches are made beside it as always.

    Args:
        folder: a data folder.
        encoder: a name in `ENCODERS`; its weights are random, which changes no speed.
        maps: "once" computes the frozen encoder's maps before the first step, as `maskwright
            train` does; "each step" does not, as in Keras.
    """

    def __init__(self, folder: Path, encoder: str, maps: str) -> None:
        from maskwright.runtime.allocator import keep_freed_memory

        keep_freed_memory()  # as the command does
        import cv2
        import torch
        from accelerate import Accelerator

        from maskwright.data.cache import load_pairs
        from maskwright.data.dataset import open_dataset
        from maskwright.training.batches import Batches
        from maskwright.training.features import encoded
        from maskwright.training.loop import start_training
        from maskwright.training.recipes import PAPER
        from maskwright.training.start.weights import new_network

        cv2.setNumThreads(1)  # as the command does
        torch.set_num_threads(THREADS)
        self.folder = Path(tempfile.mkdtemp())
        dataset = open_dataset(folder)
        recipe = replace(PAPER, encoder=encoder)
        pairs = load_pairs(dataset, dataset.examples, long_side=2 * recipe.size, disk=self.folder)
        classes = len(dataset.classes)
        network = new_network(recipe, classes, start="scratch", seed=0, encoder_weights=None)
        self.recipe, self.accelerator = recipe, Accelerator(cpu=True)
        self.training = start_training(network, recipe, self.accelerator)
        photos = Batches(pairs, recipe, 0)
        self.batches = photos if maps == "each step" else encoded(photos, network, self.folder)

    def about(self) -> dict[str, Any]:
        """Numbers of weights, BatchNorm's statistics among them, which Keras counts too."""
        network = self.training.network
        network.freeze_encoder()
        weights = list(network.parameters())
        statistics = [value for name, value in network.state_dict().items() if ".running_" in name]
        return {
            "weights": sum(one.numel() for one in [*weights, *statistics]),
            "weights_trained": sum(one.numel() for one in weights if one.requires_grad),
        }

    def train(self, steps: int, warm_up: int) -> dict[str, float]:
        """Make some steps after others that do not count; return the seconds of each."""
        from maskwright.training.loop import Training, run

        ends: list[float] = []

        def note(_: Training, __: float) -> bool:
            ends.append(time.perf_counter())
            return False

        last = self.training.step + warm_up + steps
        run(self.training, self.recipe, self.batches, last, self.accelerator, note)
        return {"seconds": (ends[-1] - ends[warm_up - 1]) / steps, "peak_mb": peak_mb()}

    def close(self) -> None:
        """Remove what it has put on disk."""
        shutil.rmtree(self.folder)


class Predictor:
    """`maskwright.predict` with a model directory: ONNX Runtime, no torch."""

    def __init__(self, model: Path) -> None:
        from maskwright.runtime.allocator import use_one_arena

        use_one_arena()  # as the command does
        self.model = model

    def predict(self, photos: list[str], out: str) -> dict[str, float]:
        """From files to mask files of the photos' own sizes; return the seconds of each."""
        import maskwright

        begin = time.perf_counter()
        result = maskwright.predict(list(map(Path, photos)), out, model=self.model, threads=THREADS)
        seconds = time.perf_counter() - begin
        assert len(result.photos) == len(photos) and not result.failed
        return {"seconds": seconds / len(photos)}

    def close(self) -> None:
        """Nothing is left behind."""


def peak_mb() -> float:
    """Most memory that this process had so far, in megabytes of 10^6 (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    """Do what each line of standard input asks for, and answer with a line."""
    kind, *arguments = sys.argv[1:]
    worker: Trainer | Predictor
    if kind == "train":
        from benchmarks.keras.expanded import register

        register()
        folder, encoder, maps = arguments
        worker = Trainer(Path(folder), encoder, maps)
    else:
        worker = Predictor(Path(arguments[0]))
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(worker, order["do"])(**order["with"])
        print(json.dumps(answer), flush=True)
    worker.close()


if __name__ == "__main__":
    main()
