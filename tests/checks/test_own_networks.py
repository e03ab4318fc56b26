"""Do the networks of the ladder pass the checks that they are put to?"""

from __future__ import annotations

import numpy as np
import pytest

from receta import models
from receta.checks import Setup
from receta.checks.loss_at_init import loss_at_init
from receta.checks.prior_bias import prior_bias
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.data.examples import Parts
from receta.pipeline import backend

# (pixels a side, channels) and numbers of classes, the first even, the second uneven
SIGHTS = [((28, 1), (2, 20)), ((48, 3), (4, 10)), ((96, 3), (4, 3)), ((160, 3), (7, 2))]


@pytest.fixture(autouse=True, scope="module")
def _backend() -> None:
    backend.start()


def photos(n: int, side: int, channels: int) -> np.ndarray:
    """Soft spots of light and colour with a little noise, as photos have."""
    random = np.random.default_rng(side)
    spots = random.uniform(0, 255, (n, 5, 5, channels))
    steps = np.linspace(0, 4, side)
    first = np.minimum(steps.astype(int), 3)
    part = (steps - first)[:, None, None]
    rows = spots[:, first] * (1 - part) + spots[:, first + 1] * part
    soft = rows[:, :, first] * (1 - part) + rows[:, :, first + 1] * part
    return np.clip(soft + random.normal(0, 8, soft.shape), 0, 255).astype(np.uint8)


def set_up(rung: str, side: int, channels: int, classes: int, uneven: bool) -> Setup:
    inputs = photos(64, side, channels)
    targets = np.arange(64) % classes
    if uneven:
        targets = np.minimum(targets, np.random.default_rng(1).integers(0, classes, 64))
    shares = (np.bincount(targets, minlength=classes) + 1) / (64 + classes)

    def build(recipe: Recipe) -> object:
        return models.build(rung, of_pixels((side, side, channels)), shares, recipe)

    return Setup(
        rung,
        build,
        models.complete_recipe(rung, Recipe(), 64),
        inputs,
        targets,
        inputs,
        targets,
        shares,
    )


@pytest.mark.slow
def test_every_rung_begins_at_the_blind_guess_whatever_the_photos_and_classes() -> None:
    for rung in ("linear", "mlp", "cnn"):
        for sight, numbers in SIGHTS:
            for classes, uneven in zip(numbers, (False, True), strict=True):
                setup = set_up(rung, *sight, classes, uneven)
                found = loss_at_init(setup)
                told = f"{rung} {sight} {classes} classes: {found.sentence()}"
                assert found.verdict == "ok", told
                excess = found.shown["measured"] - found.shown["expected"]
                # of entropies up to 3; the bound is 0.7
                assert abs(excess) < (0.25 if rung == "cnn" else 0.5), told
                assert prior_bias(setup).verdict == "ok", told


@pytest.mark.slow
def test_the_pretrained_rung_begins_at_the_blind_guess(tmp_path, monkeypatch) -> None:
    from receta.checks import setup
    from receta.data.dataset import Dataset
    from receta.pixels import decode
    from receta.splitting import split
    from tests.fakes import Arrays

    rung = models.find_packaged()
    if not rung:
        pytest.skip("its weights are not installed")
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path))
    data = Dataset.of(Arrays(list(photos(40, 48, 3)), np.arange(40) % 4))
    recipe = Recipe(rungs=(rung,), image_size=(64, 64))
    ready = setup(rung, Parts.of(split(data, recipe), decode(data, (64, 64))), recipe)
    assert loss_at_init(ready).verdict == "ok"


def test_a_network_that_takes_pixels_of_0_to_255_is_still_told_with_a_small_head() -> None:
    import keras

    from receta.models.parts import blocks

    def unscaled(recipe: object) -> object:
        inputs = keras.Input((28, 28, 1), dtype="uint8")
        flat = keras.layers.Flatten()(keras.layers.Rescaling(1.0)(inputs))
        hidden = keras.layers.Dense(64, activation="relu")(flat)
        return models.close(
            blocks.features(inputs, hidden, "unscaled"), sound.blind, "classes", spread=0.1
        )

    sound = set_up("mlp", 28, 1, 4, False)
    broken = Setup(
        "unscaled",
        unscaled,
        sound.recipe,
        sound.inputs,
        sound.targets,
        sound.inputs,
        sound.targets,
        sound.blind,
    )
    assert loss_at_init(broken).failed
