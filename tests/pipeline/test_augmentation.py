"""Does augmentation vary training pictures only, repeatably, and leave the rest alone?"""

from __future__ import annotations

import numpy as np
import pytest

from receta import load, models
from receta.core.augmentations import ABOUT, AUTO, MIXING
from receta.core.spec import of_pixels
from receta.pipeline import backend

ALONE = [name for name in ABOUT if name not in MIXING]


@pytest.fixture(autouse=True, scope="module")
def _afresh() -> None:
    backend.start()
    backend.forget(0)


def digits(n: int = 16) -> np.ndarray:
    data = load("digits")
    return np.stack([data[row] for row in range(n)])


def photos(n: int = 8) -> np.ndarray:
    """Smooth colour pictures, wider than high."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (n, 4, 5, 3)).astype(np.uint8)
    return np.repeat(np.repeat(coarse, 4, axis=1), 4, axis=2)


def layer(*names: str, strength: float = 1.0, seed: int = 1):  # type: ignore[no-untyped-def]
    from receta.pipeline.augmentation.layer import Augment

    return Augment(names, strength, seed)


def mix(*names: str, strength: float = 1.0, seed: int = 1):  # type: ignore[no-untyped-def]
    from receta.pipeline.augmentation.mixing import Mix

    return Mix(names, strength, seed)


def every(name: str, seed: int = 1, strength: float = 1.0):  # type: ignore[no-untyped-def]
    return (mix if name in MIXING else layer)(name, seed=seed, strength=strength)


def made(one, pictures: np.ndarray, training: bool = True) -> np.ndarray:  # type: ignore[no-untyped-def]
    from keras import ops

    return np.asarray(ops.convert_to_numpy(one(pictures, training=training)))


def array(variable) -> np.ndarray:  # type: ignore[no-untyped-def]
    from keras import ops

    return np.array(ops.convert_to_numpy(variable))


def number(variable) -> float:  # type: ignore[no-untyped-def]
    return float(array(variable))


@pytest.mark.parametrize("name", ABOUT)
def test_outside_training_pictures_come_back_untouched(name: str) -> None:
    np.testing.assert_array_equal(made(every(name), digits(), training=False), digits())


@pytest.mark.parametrize("pictures", [digits(), photos()], ids=["grey", "colour"])
@pytest.mark.parametrize("name", ABOUT)
def test_in_training_shape_and_type_stay_and_pictures_change(
    name: str, pictures: np.ndarray
) -> None:
    one = every(name)
    varied = made(one, pictures)
    assert varied.dtype == np.uint8
    assert varied.shape == pictures.shape
    if name == "colour" and pictures.shape[-1] == 1:
        np.testing.assert_array_equal(varied, pictures)
    else:
        assert any((made(one, pictures) != pictures).any() for _ in range(8))


@pytest.mark.parametrize("name", [*ALONE, "all"])
def test_each_picture_is_varied_by_itself(name: str) -> None:
    names = ALONE if name == "all" else [name]
    same = np.repeat(photos(1), 32, axis=0)
    different = {picture.tobytes() for picture in made(layer(*names), same)}
    assert len(different) >= (2 if name.startswith("flip") else 8)


@pytest.mark.parametrize("name", ABOUT)
def test_the_same_seed_varies_alike_and_calls_differ(name: str) -> None:
    one, other = every(name, seed=4), every(name, seed=4)
    first = made(one, photos())
    np.testing.assert_array_equal(first, made(other, photos()))
    assert any((made(one, photos()) != first).any() for _ in range(8))


@pytest.mark.parametrize("name", ABOUT)
def test_a_restored_state_goes_on_with_the_same_pictures(name: str) -> None:
    one, other = every(name, seed=4), every(name, seed=4)
    made(one, photos())
    made(other, photos())
    made(one, photos())
    for variable, value in zip(
        other.variables, [array(variable) for variable in one.variables], strict=True
    ):
        variable.assign(value)
    np.testing.assert_array_equal(made(one, photos()), made(other, photos()))


@pytest.mark.parametrize("name", [name for name in ALONE if not name.startswith("flip")])
def test_strength_nothing_is_the_identity_and_a_little_changes_little(name: str) -> None:
    pictures = photos()
    np.testing.assert_array_equal(made(layer(name, strength=0.0), pictures), pictures)
    if name == "randaugment":
        return
    little = np.abs(made(layer(name, strength=0.02), pictures).astype(int) - pictures).mean()
    much = np.abs(made(layer(name, strength=1.0), pictures).astype(int) - pictures).mean()
    assert little < much / 4


def test_flips_mirror_exactly_every_other_picture_or_so() -> None:
    pictures = np.repeat(photos(), 25, axis=0)
    for name, axis in (("flip", 2), ("flip_vertical", 1)):
        varied, mirrored = made(layer(name), pictures), np.flip(pictures, axis)
        turned = (varied == mirrored).all(axis=(1, 2, 3))
        assert (turned | (varied == pictures).all(axis=(1, 2, 3))).all()
        assert 65 <= turned.sum() <= 135  # 200 fair coins fall outside once in 2 million times


def test_shift_moves_by_whole_pixels_and_repeats_the_border() -> None:
    pictures = photos(40)
    offsets = set()
    for picture, varied in zip(pictures, made(layer("shift"), pictures), strict=True):
        padded = np.pad(picture, ((4, 4), (4, 4), (0, 0)), mode="edge")
        found = [
            (i, j)
            for i in range(9)
            for j in range(9)
            if (padded[i : i + 16, j : j + 20] == varied).all()
        ]
        assert found
        offsets.add(found[0])
    assert len(offsets) > 10


def test_the_three_ways_of_bending_agree_where_they_can() -> None:
    from receta.pipeline.augmentation import geometry

    pictures = photos()
    n = len(pictures)
    mirror = np.where(np.arange(n) % 2, -1.0, 1.0).astype(np.float32)
    across, down = np.arange(n, dtype=np.float32) - 3, 2 - np.arange(n, dtype=np.float32)
    zero, zoom = np.zeros(n, np.float32), np.linspace(0.8, 1.2, n).astype(np.float32)
    whole = array(geometry.move(pictures, mirror, -mirror, across, down))
    np.testing.assert_array_equal(
        array(geometry.stretch(pictures, mirror, -mirror, across, down)), whole
    )
    np.testing.assert_array_equal(
        array(
            geometry.bend(
                pictures, geometry.Affine(mirror, -mirror, across, down, zero, zero, zero)
            )
        ),
        whole,
    )
    upright = array(geometry.stretch(pictures, zoom, 1 / zoom, across / 3, down / 3)).astype(int)
    bent = array(
        geometry.bend(
            pictures, geometry.Affine(zoom, 1 / zoom, across / 3, down / 3, zero, zero, zero)
        )
    ).astype(int)
    assert np.abs(upright - bent).max() <= 1


def test_a_quarter_turn_is_numpys_rot90() -> None:
    from receta.pipeline.augmentation import geometry

    square = photos()[:, :, :16]
    zero, one = np.zeros(len(square), np.float32), np.ones(len(square), np.float32)
    turned = array(
        geometry.bend(
            square, geometry.Affine(one, one, zero, zero, one * np.float32(np.pi / 2), zero, zero)
        )
    ).astype(int)
    assert np.abs(turned[:, 1:-1, 1:-1] - np.rot90(square, 1, (1, 2))[:, 1:-1, 1:-1]).max() <= 1


def test_brightness_and_contrast_do_what_their_names_say() -> None:
    from receta.pipeline.augmentation import photometry

    values = photos().astype(np.float32)
    ones, n = np.ones(len(values), np.float32), len(values)
    lighter = array(photometry.tone(values, 10 * ones, ones, None, 0 * ones))
    np.testing.assert_allclose(lighter, values + 10, atol=1e-3)
    flat = array(photometry.tone(values, 0 * ones, 0 * ones, None, 0 * ones))
    np.testing.assert_allclose(
        flat,
        np.broadcast_to(values.mean(axis=(1, 2, 3)).reshape(n, 1, 1, 1), flat.shape),
        atol=1e-2,
    )
    np.testing.assert_allclose(
        array(photometry.tone(values, 0 * ones, ones, ones, 0 * ones)), values, atol=0.01
    )


def test_without_saturation_a_picture_is_its_luma_and_hue_keeps_the_luma() -> None:
    from receta.pipeline.augmentation import photometry

    values = photos().astype(np.float32)
    ones = np.ones(len(values), np.float32)
    luma = values @ photometry.LUMA
    grey = array(photometry.tone(values, 0 * ones, ones, 0 * ones, 0 * ones))
    np.testing.assert_allclose(grey, np.repeat(luma[..., None], 3, axis=3), atol=0.05)
    turned = array(photometry.tone(values, 0 * ones, ones, ones, 0.3 * ones))
    np.testing.assert_allclose(turned @ photometry.LUMA, luma, atol=0.05)


def test_cutout_fills_a_square_of_half_the_side_with_the_mean() -> None:
    pictures = photos(30)
    changed = (made(layer("cutout"), pictures) != pictures).any(axis=3)
    assert max(picture.any(axis=1).sum() for picture in changed) <= 8
    assert max(picture.any(axis=0).sum() for picture in changed) <= 8
    assert max(picture.sum() for picture in changed) >= 30


def test_mixup_blends_with_the_one_before_by_its_share() -> None:
    one, pictures = mix("mixup"), photos()
    shares = set()
    for _ in range(12):
        mixed = made(one, pictures).astype(float)
        share = number(one.share)
        shares.add(share)
        expected = share * pictures.astype(float) + (1 - share) * np.roll(pictures, 1, axis=0)
        assert 0.5 <= share <= 1
        assert np.abs(mixed - expected).max() <= 0.51
    assert len(shares) > 6


@pytest.mark.parametrize("strength", [0.01, 0.003])
def test_mixup_that_is_hardly_wanted_hardly_mixes(strength: float) -> None:
    from receta.pipeline.augmentation.mixing import Mix

    one = Mix(["mixup"], strength, 0)
    pictures = np.zeros((2, 4, 4, 1), np.uint8)
    shares = []
    for _ in range(40):
        made(one, pictures)
        shares.append(number(one.share))
    assert 0.9 < np.mean(shares) <= 1.0


def test_the_share_of_cutmix_is_the_area_that_stayed() -> None:
    one = mix("cutmix")
    pictures = np.zeros((2, 16, 20, 3), np.uint8)
    pictures[1] = 255
    shares = set()
    for _ in range(12):
        mixed = made(one, pictures)
        share = number(one.share)
        shares.add(share)
        assert (mixed[1] == 255).mean() == pytest.approx(share, abs=1e-6)
        assert (mixed[0] == 0).mean() == pytest.approx(share, abs=1e-6)
        assert share >= 0.49
    assert len(shares) > 3


def trainer(*names: str, seed: int = 2):  # type: ignore[no-untyped-def]
    from receta.core.recipe import Recipe
    from receta.pipeline.augmentation import vary

    backend.forget(0)
    recipe = Recipe(label_smoothing=0.1, learning_rate=0.03)
    return models.compile_network(
        vary(
            models.build("linear", of_pixels((8, 8, 1)), np.full(10, 0.1), recipe), 0.5, seed, names
        ),
        recipe,
    )


def test_the_loss_of_mixed_labels_is_that_of_soft_targets() -> None:
    import keras
    from keras import ops

    model, n = trainer("mixup", "cutmix"), 12
    targets = np.arange(n) % 10
    predicted = np.random.default_rng(0).dirichlet(np.ones(10), n).astype(np.float32)
    model.mix.share.assign(0.7)
    hot = np.eye(10)[targets]
    soft = 0.7 * hot + 0.3 * np.roll(hot, 1, axis=0)
    np.testing.assert_allclose(soft.sum(axis=1), 1)
    wanted = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)(soft, predicted)
    found = model.compute_loss(
        None, ops.convert_to_tensor(targets), ops.convert_to_tensor(predicted), training=True
    )
    assert float(found) == pytest.approx(float(wanted), rel=1e-5)
    plain = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)(hot, predicted)
    judged = model.compute_loss(
        None, ops.convert_to_tensor(targets), ops.convert_to_tensor(predicted), training=False
    )
    assert float(judged) == pytest.approx(float(plain), rel=1e-5)


@pytest.mark.slow
def test_a_trainer_that_mixes_is_repeatable_and_learns() -> None:
    data = load("digits")
    pictures, targets = np.stack([data[row] for row in range(400)]), data.targets[:400]
    ends = []
    for _ in range(2):
        model = trainer("shift", "mixup", "cutmix")
        model.fit(pictures, targets, batch_size=50, epochs=4, shuffle=False, verbose=0)
        ends.append(model.evaluate(pictures, targets, verbose=0))
    assert ends[0] == ends[1]
    assert ends[0][1] > 0.5


def test_a_trainer_that_mixes_goes_on_from_its_variables_to_the_same_bits() -> None:
    data = load("digits")
    pictures, targets = np.stack([data[row] for row in range(40)]), data.targets[:40]
    one, other = trainer("shift", "mixup", "cutmix"), trainer("shift", "mixup", "cutmix", seed=2)
    for _ in range(3):
        one.train_on_batch(pictures, targets)
    other.train_on_batch(pictures, targets)  # so that the optimizer has its variables
    for mine, theirs in (
        (one.variables, other.variables),
        (one.optimizer.variables, other.optimizer.variables),
    ):
        for variable, value in zip(theirs, [array(variable) for variable in mine], strict=True):
            variable.assign(value)
    for model in (one, other):
        model.train_on_batch(pictures, targets)
    assert all(
        np.array_equal(array(a), array(b))
        for a, b in zip(one.variables, other.variables, strict=True)
    )


def test_varied_model_shares_its_weights_and_judges_without_variation() -> None:
    from receta.pipeline.augmentation import vary

    model = models.build("cnn", of_pixels((8, 8, 1)), np.full(10, 0.1))
    for names in (("auto",), ("auto", "mixup"), ("cutmix",), tuple(ABOUT)):
        trains = vary(model, 0.5, 2, names)
        np.testing.assert_array_equal(
            trains.predict(digits(), verbose=0), model.predict(digits(), verbose=0)
        )
        assert {id(weight) for weight in model.weights} <= {id(weight) for weight in trains.weights}
    assert vary(model, 0.0, 2) is model
    assert vary(model, 0.5, 2, ()) is model
    assert not any(type(inner).__name__ in ("Augment", "Mix") for inner in model.layers)


def test_auto_stands_for_some_and_names_keep_their_order() -> None:
    from receta.pipeline.augmentation import order_names

    assert order_names(("auto",)) == AUTO
    assert order_names(("cutmix", "flip")) == ("flip", "cutmix")
    assert set(order_names(("auto", "noise"))) == {*AUTO, "noise"}
