"""Colour models against an independent library's densities, and on photos with few colours."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from maskwright.classical.colour_model import COMPONENTS, first_model, model_from, palette_of
from tests.contract import photo

STEP = 4


def test_a_palette_keeps_every_colour_to_half_a_step() -> None:
    image = np.random.default_rng(0).integers(0, 256, (31, 17, 3)).astype(np.uint8)
    palette = palette_of(image)
    assert palette.pixels.shape == (31, 17)
    assert np.abs(palette.colours[palette.pixels] - image).max() <= STEP / 2
    assert palette.counts(palette.pixels).sum() == 31 * 17
    assert palette.counts(palette.pixels).min() == 1


def test_densities_are_those_of_another_library() -> None:
    rng = np.random.default_rng(1)
    palette = palette_of(photo(30, 40))
    weights = np.array([0.2, 0.5, 0.3])
    means = rng.uniform(0, 255, (3, 3))
    roots = rng.normal(size=(3, 3, 3)) * 60
    covariances = roots @ roots.transpose(0, 2, 1) + np.eye(3)
    parts = [
        weight * multivariate_normal(mean, covariance).pdf(palette.colours)
        for weight, mean, covariance in zip(weights, means, covariances, strict=True)
    ]
    with np.errstate(divide="ignore"):
        expected = np.log(np.sum(parts, axis=0)) + 1.5 * np.log(2 * np.pi)
    seen = np.isfinite(expected)  # where the library's densities do not underflow
    assert seen.sum() > 10
    found = model_from(weights, means, covariances).log_likelihood(palette)
    np.testing.assert_allclose(found[seen], expected[seen], rtol=1e-6)


def test_clusters_of_colours_become_the_gaussians() -> None:
    centres = np.array([[20, 30, 40], [200, 30, 40], [20, 200, 40], [20, 30, 220], [220, 220, 220]])
    sizes = [100, 200, 300, 150, 250]
    noise = np.random.default_rng(2).normal(0, 6, (sum(sizes), 3))
    image = np.clip(np.repeat(centres, sizes, axis=0) + noise, 0, 255).astype(np.uint8)[None]
    palette = palette_of(image)
    model = first_model(palette, palette.counts(palette.pixels))
    np.testing.assert_allclose(np.sort(np.exp(model.log_weights)), np.sort(sizes) / sum(sizes))
    at_centres = palette_of(centres.astype(np.uint8)[None])
    between = palette_of(np.full((1, 1, 3), 120, np.uint8))
    assert model.log_likelihood(at_centres).min() > model.log_likelihood(between)[0] + 20


def test_learning_again_raises_the_likelihood() -> None:
    palette = palette_of(photo(60, 50))
    counts = palette.counts(palette.pixels)
    model = first_model(palette, counts)
    first = counts @ model.log_likelihood(palette)
    for _ in range(3):
        model = model.relearned(palette, counts)
    assert counts @ model.log_likelihood(palette) > first


@pytest.mark.parametrize("colours", [1, 2, COMPONENTS - 1])
def test_fewer_colours_than_gaussians_are_learned_from(colours: int) -> None:
    image = (np.arange(colours, dtype=np.uint8) * 30)[None, :, None].repeat(3, axis=2)
    palette = palette_of(image)
    model = first_model(palette, palette.counts(palette.pixels))
    assert len(model.log_weights) == colours
    assert np.isfinite(model.relearned(palette, np.ones(colours)).log_likelihood(palette)).all()
