"""maskwright's side of the comparison: steps of the `paper` recipe, and models to predict with.

    python -m benchmarks.keras.ours train FOLDER ENCODER MAPS
    python -m benchmarks.keras.ours model FOLDER RECIPE ENCODER OUT STEPS

The first obeys the orders on its standard input, see benchmarks/keras/worker.py.
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

from benchmarks.keras.environment import THREADS


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


def peak_mb() -> float:
    """Most memory that this process had so far, in megabytes of 10^6 (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def make_model(folder: Path, recipe: str, encoder: str, out: Path, steps: int) -> None:
    """Train a model directory to predict with.

    Speed does not depend on weights, but noisy masks take longer to write than real ones.
    """
    from maskwright.runtime.allocator import keep_freed_memory
    from maskwright.training.train import train

    keep_freed_memory()
    train(folder, out, recipe=recipe, encoder=encoder, start="scratch", steps=steps, overwrite=True)


def main() -> None:
    """Make a model, or obey orders: one line of standard input each, answered with a line."""
    from benchmarks.keras.expanded import register

    register()
    kind, folder, *arguments = sys.argv[1:]
    if kind == "model":
        recipe, encoder, out, steps = arguments
        make_model(Path(folder), recipe, encoder, Path(out), int(steps))
        return
    encoder, maps = arguments
    trainer = Trainer(Path(folder), encoder, maps)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(trainer, order["do"])(**order["with"])), flush=True)
    trainer.close()


if __name__ == "__main__":
    main()
