"""A network that is judged and gives seeds runs once for each photo."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from maskwright import evaluate
from maskwright.core import Image, Probs, cache_recent, from_function
from maskwright.runtime.network import OnnxNetwork
from tests.support.folders import disc, write_data
from tests.support.models import write_model


def test_each_photo_gets_its_own_and_each_only_once() -> None:
    asked: Counter[int] = Counter()

    def level(image: Image, _prior: Probs | None) -> Probs:
        asked[int(image[0, 0, 0])] += 1
        share = image[..., :1].astype(np.float32) / 255
        return np.concatenate([1 - share, share], axis=2)

    segmenter = cache_recent(from_function(("background", "leaf"), level))

    def photo(at: int) -> bool:
        image = np.full((4, 4, 3), at, np.uint8)
        found = [segmenter(image)[0, 0, 1] for _ in range(3)]
        return found == [np.float32(at) / 255] * 3

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(photo, range(60)))
    assert asked == Counter(range(60))


def test_the_network_runs_once_for_itself_and_for_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_data(tmp_path / "data", {"a": disc(40, 60), "b": disc(50, 40)}, scale=255)
    model = write_model(tmp_path / "model")
    alone = [
        evaluate(data, model=model, methods=(one,), seeds=seeds)
        for one, seeds in (("unet", None), ("siox", "model"))
    ]
    runs = []
    plain = OnnxNetwork.__call__

    def counted(self: OnnxNetwork, image: Image, prior: Probs | None = None) -> Probs:
        runs.append(image.shape)
        return plain(self, image, prior)

    monkeypatch.setattr(OnnxNetwork, "__call__", counted)
    both = evaluate(data, model=model, methods=("unet", "siox"), seeds="model")
    assert len(runs) == 2 * 2, "each photo and its mirror image"
    for one, expected in zip(both.methods, alone, strict=True):
        assert one.rows == expected.rows
