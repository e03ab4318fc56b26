"""Does every rung on the shelf keep the contract of a rung?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from receta import models
from receta.core.errors import UnknownName
from receta.core.recipe import Recipe
from receta.pipeline import backend

SHAPES = [(28, 28, 1), (20, 36, 3)]
SHARES = np.array([0.6, 0.3, 0.1])
LEARNING = [name for name in models.SHELF.names() if models.trains(name)]


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(3)


def pictures(n: int, shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, *shape)).astype(np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rung", models.SHELF.names())
def test_rung_takes_raw_pixels_and_gives_probabilities(rung: str, shape: tuple[int, int, int]) -> None:
    model = models.build(rung, shape, SHARES)
    assert model.input_shape == (None, *shape)
    assert model.inputs[0].dtype == "uint8"
    predicted = np.asarray(model(pictures(5, shape), training=False))
    assert predicted.shape == (5, 3)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("rung", models.SHELF.names())
def test_rung_begins_at_the_class_shares(rung: str) -> None:
    model = models.build(rung, SHAPES[0], SHARES)
    bias = np.asarray(model.layers[-1].bias)
    np.testing.assert_allclose(np.exp(bias), SHARES, rtol=1e-5)
    truth = np.repeat([0, 1, 2], [60, 30, 10])
    predicted = np.asarray(model(pictures(100, SHAPES[0]), training=False))
    loss = -np.log(predicted[np.arange(100), truth]).mean()
    assert loss < 2 * -(SHARES * np.log(SHARES)).sum()


@pytest.mark.parametrize("rung", LEARNING)
def test_rung_learns_eight_examples_by_heart(rung: str) -> None:
    recipe = Recipe(dropout=0.0, l2=0.0)
    model = models.compiled(models.build(rung, SHAPES[0], SHARES, recipe), recipe.for_rung({"learning_rate": 3e-3}), 1,
                            schedule="constant")  # fmt: skip
    inputs, targets = pictures(8, SHAPES[0]), np.arange(8) % 3
    for _ in range(150):
        model.reset_metrics()
        if model.train_on_batch(inputs, targets, return_dict=True)["accuracy"] == 1.0:
            return
    pytest.fail("150 steps were not enough")


@pytest.mark.parametrize("rung", models.SHELF.names())
def test_saved_rung_loads_in_safe_mode_and_predicts_the_same(rung: str, tmp_path: Path) -> None:
    import keras

    model = models.build(rung, SHAPES[1], SHARES)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = pictures(4, SHAPES[1])
    np.testing.assert_array_equal(np.asarray(model(inputs, training=False)), np.asarray(again(inputs, training=False)))


@pytest.mark.parametrize("rung", models.SHELF.names())
def test_rung_holds_no_random_layer_that_an_export_could_run_in_training_mode(rung: str) -> None:
    names = {type(layer).__name__ for layer in models.build(rung, SHAPES[0], SHARES).layers}
    assert not any(name.startswith("Random") for name in names)


@pytest.mark.parametrize("rung", models.SHELF.names())
def test_rung_says_where_it_comes_from_and_its_defaults_are_settings(rung: str) -> None:
    assert models.SHELF.module(rung).ORIGIN
    Recipe().for_rung(models.defaults(rung))


@pytest.mark.parametrize(
    ("rung", "parameters"), [("course_dense", 236_952), ("course_dense_regularised", 236_952), ("course_cnn", 5_575_320)]
)
def test_courses_networks_have_the_courses_numbers_of_parameters(rung: str, parameters: int) -> None:
    assert models.build(rung, (28, 28, 1), np.full(24, 1 / 24)).count_params() == parameters


def test_prior_predicts_the_shares_whatever_comes_in() -> None:
    predicted = np.asarray(models.build("prior", SHAPES[0], SHARES)(pictures(3, SHAPES[0])))
    np.testing.assert_allclose(predicted, np.tile(SHARES, (3, 1)), rtol=1e-5)


def test_unknown_rung_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"rung 'cn' is unknown; expected one of prior, .*\. Did you mean 'cnn'\?"):
        models.build("cn", SHAPES[0], SHARES)


def test_learning_rate_is_a_function_of_the_step_alone() -> None:
    recipe = Recipe(learning_rate=0.01)
    rate: Any = models.learning_rate(recipe, 1000, "cosine")
    rates = [float(rate(step)) for step in (0, 50, 500, 1000)]
    assert rates[0] < rates[1] == pytest.approx(0.01, rel=1e-3)
    assert rates[1] > rates[2] > rates[3] == pytest.approx(0, abs=1e-5)
    assert models.learning_rate(recipe, 1000, "constant") == 0.01


def test_smoothed_loss_equals_keras_own_on_one_hot_labels() -> None:
    import keras

    truth, predicted = np.array([0, 2]), np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)
    ours = np.asarray(models._smoothed(3, 0.1)(truth, predicted))
    theirs = np.asarray(keras.losses.categorical_crossentropy(np.eye(3)[truth], predicted, label_smoothing=0.1))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
