"""Do the pieces that rungs share do what the recipe says?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from keras import ops

from receta import models
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.pipeline import backend

SHARES = np.array([0.6, 0.3, 0.1])


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(3)


@pytest.mark.parametrize(("l1", "l2"), [(0.25, 0.0), (0.0, 0.5), (0.25, 0.5)])
def test_penalty_is_the_sum_over_the_kernels_of_dense_layers_and_convolutions(
    l1: float, l2: float
) -> None:
    model = models.build("cnn", of_pixels((12, 12, 1)), SHARES, Recipe(l1=l1, l2=l2))
    kernels = [np.asarray(layer.kernel) for layer in model.layers if layer.name.startswith("conv_")]
    assert kernels
    expected = sum(l1 * np.abs(kernel).sum() + l2 * (kernel**2).sum() for kernel in kernels)
    assert float(ops.convert_to_numpy(sum(model.losses))) == pytest.approx(expected, rel=1e-4)


def test_without_penalties_the_loss_has_no_part_but_its_own() -> None:
    assert models.build("cnn", of_pixels((12, 12, 1)), SHARES, Recipe(l1=0.0, l2=0.0)).losses == []


@pytest.mark.parametrize("normalization", ["batch", "layer", "group"])
def test_normalisation_gives_mean_0_and_spread_1(normalization: str) -> None:
    import keras

    from receta.models.parts import blocks

    inputs = keras.Input((6, 6, 32))
    model = keras.Model(inputs, blocks.norm(inputs, Recipe(normalization=normalization), "norm"))
    maps = np.random.default_rng(0).normal(5, 3, (16, 6, 6, 32)).astype(np.float32)
    normed = ops.convert_to_numpy(model(maps, training=True))
    axes = {"batch": (0, 1, 2), "layer": 3, "group": (1, 2, 4)}[normalization]
    normed = normed.reshape(16, 6, 6, 2, 16) if normalization == "group" else normed
    np.testing.assert_allclose(normed.mean(axis=axes), 0, atol=1e-4)
    np.testing.assert_allclose(normed.std(axis=axes), 1, atol=2e-3)


def test_without_normalisation_a_convolution_keeps_its_bias() -> None:
    bare = models.build("cnn", of_pixels((12, 12, 1)), SHARES, Recipe(normalization="none"))
    assert all(layer.use_bias for layer in bare.layers if layer.name.startswith("conv_"))
    assert not any("Normalization" in type(layer).__name__ for layer in bare.layers)


def test_stochastic_depth_leaves_whole_residuals_out_in_training_and_nothing_in_use() -> None:
    import keras

    from receta.models.parts import blocks

    x, residual = keras.Input((2, 2, 3)), keras.Input((2, 2, 3))
    model = keras.Model([x, residual], blocks.stochastic_depth(x, residual, 0.25, "sum"))
    zeros, ones = np.zeros((4000, 2, 2, 3), np.float32), np.ones((4000, 2, 2, 3), np.float32)
    np.testing.assert_array_equal(ops.convert_to_numpy(model([zeros, ones], training=False)), ones)
    trained = ops.convert_to_numpy(model([zeros, ones], training=True))
    assert all(len(np.unique(picture)) == 1 for picture in trained), (
        "a picture has its residual wholly or not at all"
    )
    kept = trained[:, 0, 0, 0] > 0
    np.testing.assert_allclose(trained[kept], 1 / 0.75, rtol=1e-6)
    # A sound one fails this once in 10,000 seeds: 3.9 standard errors of a share of 4,000.
    assert abs(kept.mean() - 0.75) < 3.9 * (0.75 * 0.25 / 4000) ** 0.5


def test_stochastic_depth_needs_no_layer_of_ours_to_load(tmp_path: Path) -> None:
    import keras

    from receta.models.parts import blocks

    x = keras.Input((4, 4, 3))
    model = keras.Model(
        x, blocks.stochastic_depth(x, keras.layers.Conv2D(3, 3, padding="same")(x), 0.5, "sum")
    )
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    maps = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype(np.float32)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model(maps)), ops.convert_to_numpy(again(maps))
    )
    assert all(type(layer).__module__.startswith("keras.") for layer in again.layers)
