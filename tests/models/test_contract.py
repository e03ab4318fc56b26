"""Does every rung on the shelf keep the contract of a rung?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from keras import ops

from receta import models, tasks
from receta.core.errors import UnknownName
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.pipeline import backend

SHAPES = [(28, 28, 1), (20, 36, 3)]
SHARES = np.array([0.6, 0.3, 0.1])
BLANK = Recipe(weights="random")  # no network, and no file of weights
RUNGS = [name for name in models.SHELF.names() if "images" in models.SHELF.module(name).KINDS]
LEARNING = [name for name in RUNGS if models.is_trained(name)]


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(3)


def pictures(n: int, shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, *shape)).astype(np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rung", RUNGS)
def test_rung_takes_raw_pixels_and_gives_probabilities(
    rung: str, shape: tuple[int, int, int]
) -> None:
    model = models.build(rung, of_pixels(shape), SHARES, BLANK)
    assert model.input_shape == (None, *shape)
    assert model.inputs[0].dtype == "uint8"
    predicted = ops.convert_to_numpy(model(pictures(5, shape), training=False))
    assert predicted.shape == (5, 3)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("rung", RUNGS)
def test_rung_begins_at_the_class_shares(rung: str) -> None:
    model = models.build(rung, of_pixels(SHAPES[0]), SHARES, BLANK)
    bias = np.asarray(model.layers[-1].bias)
    np.testing.assert_allclose(np.exp(bias), SHARES, rtol=1e-5)
    truth = np.repeat([0, 1, 2], [60, 30, 10])
    predicted = ops.convert_to_numpy(model(pictures(100, SHAPES[0]), training=False))
    loss = -np.log(predicted[np.arange(100), truth]).mean()
    assert loss < 2 * -(SHARES * np.log(SHARES)).sum()


@pytest.mark.parametrize("rung", LEARNING)
def test_rung_learns_eight_examples_by_heart(rung: str) -> None:
    recipe = Recipe(dropout=0.0, l2=0.0, weights="random")
    model = models.compile_network(
        models.build(rung, of_pixels(SHAPES[0]), SHARES, recipe),
        recipe.for_rung({"learning_rate": 3e-3}),
    )
    inputs, targets = pictures(8, SHAPES[0]), np.arange(8) % 3
    for _ in range(150):
        model.reset_metrics()
        if model.train_on_batch(inputs, targets, return_dict=True)["accuracy"] == 1.0:
            return
    pytest.fail("150 steps were not enough")


@pytest.mark.parametrize("rung", RUNGS)
def test_saved_rung_loads_in_safe_mode_and_predicts_the_same(rung: str, tmp_path: Path) -> None:
    import keras

    model = models.build(rung, of_pixels(SHAPES[1]), SHARES, BLANK)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = pictures(4, SHAPES[1])
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(inputs, training=False)),
        ops.convert_to_numpy(again(inputs, training=False)),
    )


@pytest.mark.parametrize("rung", RUNGS)
def test_rung_holds_no_random_layer_that_an_export_could_run_in_training_mode(rung: str) -> None:
    names = {
        type(layer).__name__
        for layer in models.build(rung, of_pixels(SHAPES[0]), SHARES, BLANK).layers
    }
    assert not any(name.startswith("Random") for name in names)


@pytest.mark.parametrize("rung", models.SHELF.names())
def test_rung_says_where_it_comes_from_and_its_defaults_are_settings(rung: str) -> None:
    assert models.SHELF.module(rung).ORIGIN
    Recipe().for_rung(models.defaults(rung))


@pytest.mark.parametrize(
    ("rung", "parameters"),
    [("course_dense", 236_952), ("course_dense_regularised", 236_952), ("course_cnn", 5_575_320)],
)
def test_courses_networks_have_the_courses_numbers_of_parameters(
    rung: str, parameters: int
) -> None:
    assert (
        models.build(rung, of_pixels((28, 28, 1)), np.full(24, 1 / 24)).count_params() == parameters
    )


@pytest.mark.parametrize(
    ("rung", "shape", "recipe", "parameters"),
    [
        ("course_simple_conv", (200, 200, 3), Recipe(), 10_177),
        # as the Keras example of this network prints
        ("course_xception", (180, 180, 3), Recipe(), 2_782_649),
        # 32 x 9 + 32, 64 x 32 x 9 + 64, 128 x 64 x 9 + 128, 10 x 10 x 128 x units + units, units +
        # 1
        (
            "course_grey_cnn",
            (100, 100, 1),
            Recipe(dropout=0.0),
            320 + 18_496 + 73_856 + 1_280_100 + 101,
        ),
        (
            "course_grey_cnn",
            (200, 150, 3),
            Recipe(dropout=0.5),
            320 + 18_496 + 73_856 + 3_200_250 + 251,
        ),
        ("course_grey_dense", (100, 100, 1), Recipe(), 1_500_150 + 22_650 + 151),
    ],
)
def test_courses_networks_for_photos_have_the_courses_numbers_with_their_one_output(
    rung: str, shape: tuple[int, int, int], recipe: Recipe, parameters: int
) -> None:
    model = models.build(rung, of_pixels(shape), np.array([0.5, 0.5]), recipe)
    head = model.layers[-1]
    assert model.count_params() - head.count_params() + head.kernel.shape[0] + 1 == parameters


def test_larger_xception_has_two_blocks_of_each_width() -> None:
    small, large = (
        models.build(f"course_xception{kind}", of_pixels((64, 64, 3)), SHARES)
        for kind in ("", "_large")
    )
    # A second block of a width has two separable convolutions (9 w + w w + w) with normalisations
    # (4 w), and no shortcut.
    added = sum(
        2 * (9 * width + width * width + width + 4 * width) for width in (128, 256, 512, 728)
    )
    assert large.count_params() - small.count_params() == added


def test_grey_rungs_see_the_luma_of_a_colour_picture() -> None:
    import keras

    from receta.models.parts import blocks

    inputs = keras.Input((2, 2, 3))
    model = keras.Model(inputs, blocks.grey(inputs, 100))
    colours = np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3).repeat(2, axis=1)[:, :, :2]
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(colours))[0, 0, :, 0], [0.299, 0.587], rtol=1e-6
    )


def test_prior_predicts_the_shares_whatever_comes_in() -> None:
    predicted = ops.convert_to_numpy(
        models.build("prior", of_pixels(SHAPES[0]), SHARES)(pictures(3, SHAPES[0]))
    )
    np.testing.assert_allclose(predicted, np.tile(SHARES, (3, 1)), rtol=1e-5)


@pytest.mark.parametrize("rung", ["linear", "mlp"])
@pytest.mark.parametrize("shape", [(8, 300, 1), (1, 50, 1), (200, 6, 3)])
def test_long_narrow_pictures_have_a_thumbnail(rung: str, shape: tuple[int, int, int]) -> None:
    assert models.build(rung, of_pixels(shape), SHARES).output_shape == (None, len(SHARES))


def test_unknown_rung_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        UnknownName, match=r"rung 'cn' is unknown; expected one of prior, .*\. Did you mean 'cnn'\?"
    ):
        models.build("cn", of_pixels(SHAPES[0]), SHARES)


def test_smoothed_loss_equals_keras_own_on_one_hot_labels() -> None:
    import keras

    truth, predicted = np.array([0, 2]), np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)
    ours = np.asarray(tasks.of("classes").loss(3, Recipe(label_smoothing=0.1))(truth, predicted))
    theirs = np.asarray(
        keras.losses.categorical_crossentropy(np.eye(3)[truth], predicted, label_smoothing=0.1)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
