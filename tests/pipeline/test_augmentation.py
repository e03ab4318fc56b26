"""Does augmentation vary training pictures only, repeatably, and leave the rest alone?"""

from __future__ import annotations

import numpy as np
import pytest

from receta import load, models
from receta.pipeline import backend


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(0)


def digits() -> np.ndarray:
    data = load("digits")
    return np.stack([data[row] for row in range(16)])


def layer(strength: float = 1.0, seed: int = 1):  # type: ignore[no-untyped-def]
    from receta.pipeline.augmentation import RandomAffine

    return RandomAffine(strength, seed)


def test_outside_training_pictures_come_back_untouched() -> None:
    np.testing.assert_array_equal(np.asarray(layer()(digits(), training=False)), digits())


def test_in_training_each_picture_varies_by_itself_and_stays_uint8() -> None:
    varied = np.asarray(layer()(digits(), training=True))
    assert varied.dtype == np.uint8
    assert all((one != other).any() for one, other in zip(varied, digits(), strict=True))
    same = np.asarray(layer()(np.repeat(digits()[:1], 8, axis=0), training=True))
    assert len({picture.tobytes() for picture in same}) == 8


def test_the_same_seed_varies_alike_and_calls_differ() -> None:
    one, other = layer(seed=4), layer(seed=4)
    first = np.asarray(one(digits(), training=True))
    np.testing.assert_array_equal(first, np.asarray(other(digits(), training=True)))
    assert (np.asarray(one(digits(), training=True)) != first).any()


def test_a_whole_turn_of_nothing_is_the_identity() -> None:
    np.testing.assert_array_equal(np.asarray(layer(strength=0.0)(digits(), training=True)), digits())


def test_varied_model_shares_its_weights_and_judges_without_variation() -> None:
    from receta.pipeline.augmentation import varied

    model = models.build("cnn", (8, 8, 1), np.full(10, 0.1))
    trainer = varied(model, 0.5, seed=2)
    np.testing.assert_array_equal(trainer.predict(digits(), verbose=0), model.predict(digits(), verbose=0))
    assert {id(weight) for weight in model.weights} <= {id(weight) for weight in trainer.weights}
    assert varied(model, 0.0, seed=2) is model
    assert not any(type(inner).__name__ == "RandomAffine" for inner in model.layers)
