"""Which photos to label next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskwright.study.label_next import labelling_order, uncertainty
from tests.support.folders import disc


def sure(mask: np.ndarray, certainty: float = 0.99) -> np.ndarray:
    foreground = np.where(mask == 1, certainty, 1 - certainty).astype(np.float32)
    return np.stack([1 - foreground, foreground], axis=2)


SMALL, LARGE = sure(disc(30, 40, radius=0.15)), sure(disc(30, 40, radius=0.4))


def test_models_that_agree_are_certain() -> None:
    assert uncertainty([SMALL, SMALL, SMALL]) < 0.1


def test_disagreement_counts_for_more_than_doubt() -> None:
    doubtful = np.full((30, 40, 2), 0.5, np.float32)
    assert uncertainty([SMALL, LARGE, SMALL]) > uncertainty([doubtful, doubtful, doubtful])
    assert uncertainty([doubtful, doubtful, doubtful]) > uncertainty([SMALL, SMALL, SMALL])


def test_a_small_object_counts_as_a_large_one() -> None:
    """The uncertain fraction of the photo does not matter, but the object does."""
    there, gone = sure(disc(60, 60, radius=0.1), 0.999), sure(np.zeros((60, 60)), 0.999)
    assert uncertainty([there, gone]) > 0.5


def test_models_that_all_find_nothing_do_not_disagree() -> None:
    """Faint noise is no object, however little of it two models share; nor are a few pixels."""
    rng = np.random.default_rng(0)
    faint = rng.uniform(0, 0.08, (3, 60, 80)) * (rng.random((3, 60, 80)) < 0.2)
    assert uncertainty([np.stack([1 - one, one], axis=2) for one in faint]) < 0.2
    faint[0, 20, 30] = 0.6
    assert uncertainty([np.stack([1 - one, one], axis=2) for one in faint]) < 0.3
    assert uncertainty([SMALL, LARGE, SMALL]) > 0.3


@given(st.integers(2, 4), st.integers(2, 4), st.integers(0, 1000))
def test_it_lies_between_0_and_1(models: int, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = rng.dirichlet(np.ones(classes), (models, 6, 8)).astype(np.float32)
    value = uncertainty(list(made))
    assert 0 <= value <= 1 + 1e-6
    assert value == pytest.approx(uncertainty(list(made[::-1])), abs=1e-6)


def photos(
    paths: list[str], uncertainties: list[float], rows: list[list[float]]
) -> list[tuple[str, float, np.ndarray]]:
    made = [np.array(row, np.float32) for row in rows]
    embeddings = [row / np.linalg.norm(row) for row in made]
    return list(zip(paths, uncertainties, embeddings, strict=True))


def test_the_most_uncertain_comes_first() -> None:
    order = labelling_order(
        photos(["a", "b", "c"], [0.2, 0.9, 0.5], [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    )
    assert [one.path for one in order] == ["b", "c", "a"]
    assert [one.uncertainty for one in order] == [0.9, 0.5, 0.2]


def test_near_duplicates_of_the_first_step_back() -> None:
    order = labelling_order(
        photos(["a", "twin", "b"], [0.9, 0.89, 0.5], [[1, 0, 0], [1, 0.01, 0], [0, 0, 1]])
    )
    assert [one.path for one in order] == ["a", "b", "twin"]


def test_no_photos_are_no_order() -> None:
    assert labelling_order([]) == ()
