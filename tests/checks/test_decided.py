"""Are augmentations, samples and first layers judged at their bounds as they say?"""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from receta import checks, models
from receta.checks import (
    beats_blind,
    beats_prior,
    capacity_helps,
    filters_smooth,
    overfits_one_batch,
    predictions_settle,
    prior_bias,
)
from receta.checks.augmenting import keeping_labels as probe
from receta.checks.augmenting.answers import Judged
from receta.checks.setups import examples
from receta.checks.setups import setup as set_ups
from receta.core.deadline import Deadline
from receta.core.errors import InputError
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.pipeline import backend


@pytest.fixture(autouse=True, scope="module")
def _backend() -> None:
    backend.start()


def decide(name: str = "zoom", *, n: int = 400, **wrong: int) -> Finding:
    """Of two even classes so many of each are wrong; with +, only of the second class."""
    targets = np.arange(n) % 2
    said = {}
    for field in ("plain", "turned", "after", "after_turned"):
        answers = targets.copy()
        answers[: wrong.get(field, 0)] ^= 1
        second = np.flatnonzero(targets == 1)[: wrong.get(f"{field}_of_second", 0)]
        answers[second] ^= 1
        said[field] = answers
    trial = probe.Trial(np.zeros(0), targets, ("b", "d"), (name,), 0.4, 0, where="cnn")
    return probe._decide(name, Judged(**said), trial)


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        # half to the power of 7 is 0.0078, of 6 is 0.0156
        ("zoom", {"after": 6}, ""),
        ("zoom", {"after": 7}, "Learning from such copies costs 1.7% of accuracy on pictures"),
        ("zoom", {"after_turned": 100}, ""),
        ("zoom", {"after_turned": 101}, "Little is to be recognised on such copies"),
        ("zoom", {"turned": 400}, ""),  # of a mirror alone it is asked
        ("flip", {"turned": 50}, ""),
        ("flip", {"turned": 51}, "Mirrored pictures are named right in 87%, unmirrored in 100%"),
        ("flip_vertical", {"turned": 51}, "Mirrored pictures are named right in 87%"),
        ("flip", {"plain": 7, "turned": 99}, ""),  # learning from mirrors helps
        ("flip", {"plain": 6, "turned": 99}, "Mirrored pictures are named right in 75%"),
        ("flip", {"turned_of_second": 49}, ""),
        ("flip", {"turned_of_second": 50}, "Class d does not stay itself: 50 of 200 of class d"),
        ("flip", {"after": 7}, "Learning from such copies costs 1.7%"),
    ],
)
def test_an_augmentation_is_refused_from_its_bounds_on(name, wrong, words) -> None:
    found = decide(name, **wrong)
    assert (found.verdict, found.judged) == ("warn" if words else "ok", True)
    assert found.advice.startswith(words)
    assert bool(found.advice) is bool(words)
    assert found.mended is found.facts.left_out is bool(words)
    assert found.measured == 100 * (wrong.get("plain", 0) - wrong.get("after", 0)) / 400
    assert found.shown["copies"] == pytest.approx(
        1 - (wrong.get("turned", 0) + wrong.get("turned_of_second", 0)) / 400, abs=1e-4
    )


@pytest.mark.parametrize(
    ("n", "right", "judged"),
    [(400, 219, False), (400, 221, True), (100, 56, False), (100, 57, True)],
)
def test_what_is_no_better_than_a_guess_judges_nothing(n: int, right: int, judged: bool) -> None:
    """All of the first class are right, and some of the second: a guess is right in a half."""
    wrong = {
        f"{field}_of_second": n - right for field in ("plain", "turned", "after", "after_turned")
    }
    found = decide("flip", n=n, **wrong)
    assert found.judged is judged
    assert (found.facts.left_out, "no better than a blind guess" in found.advice) == (
        not judged,
        not judged,
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((50, 50), "The budget left no time"),
        ((50, 49), "99 training examples are too few"),
        ((90, 10), "The budget left no time"),
        ((91, 9), "100 training examples are too few"),
        ((0, 100), "100 training examples are too few"),
    ],
)
def test_a_hundred_pictures_and_ten_of_two_classes_are_enough(counts, words) -> None:
    targets = np.repeat([0, 1], counts)
    pictures = np.zeros((len(targets), 4, 4, 1), np.uint8)
    names = ("flip", "mixup", "zoom")
    trial = probe.Trial(pictures, targets, ("a", "b"), names, 0.4, 0, deadline=Deadline(0.0))
    found = probe.keeping_labels(trial)
    assert [one.facts.augmentation for one in found] == ["flip", "zoom"]
    assert all(one.advice.startswith(words) for one in found)
    assert probe.keeping_labels(dataclasses.replace(trial, names=("mixup", "cutmix"))) == []
    several = probe.keeping_labels(dataclasses.replace(trial, is_exclusive=False))
    assert "a picture may have several labels" in several[0].advice.lower()


def test_a_mirror_takes_all_pictures_and_others_are_varied_in_batches() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (130, 4, 6, 1)).astype(np.uint8)
    assert np.array_equal(probe._copies(pictures, "flip", 0.4, 0), pictures[:, :, ::-1])
    assert np.array_equal(probe._copies(pictures, "flip_vertical", 0.4, 0), pictures[:, ::-1])
    varied = probe._copies(pictures, "brightness", 0.4, 0)
    assert varied.shape == pictures.shape
    assert (varied != pictures).any(axis=(1, 2, 3)).mean() > 0.9


def test_small_models_are_judged_on_what_they_have_not_seen() -> None:
    """Vectors that tell the class; copies that tell the other one, and copies of pure noise."""
    with threadpool_limits(1, "blas"):  # as the probe does
        chance = np.random.default_rng(0)
        targets = np.arange(200) % 2
        told = (2.0 * targets - 1)[:, None] * [1.0, 0.0] + chance.normal(0, 0.1, (200, 2))
        vectors = told.astype(np.float32)
        opposed = probe._judge(vectors, -vectors, targets, np.random.default_rng(1))
        assert (opposed.plain == targets).mean() > 0.98
        assert (opposed.turned == targets).mean() < 0.02
        assert 0.2 < (opposed.after == targets).mean() < 0.8
        apart = probe._judge(
            vectors, vectors + np.float32([0, 5]), targets, np.random.default_rng(1)
        )
        assert (apart.after_turned == targets).mean() > 0.98
        assert (apart.after == targets).mean() > 0.98
        lost = probe._judge(
            vectors,
            chance.normal(0, 3, (200, 2)).astype(np.float32),
            targets,
            np.random.default_rng(1),
        )
        assert abs((lost.after_turned == targets).mean() - 0.5) < 0.15


def test_vectors_that_do_not_differ_name_one_class_and_raise_nothing() -> None:
    flat = np.ones((40, 3), np.float32)
    with threadpool_limits(1, "blas"):
        found = probe._judge(flat, flat, np.arange(40) % 2, np.random.default_rng(0))
    assert set(np.concatenate([found.plain, found.turned]).tolist()) <= {0, 1}


def test_checks_look_at_a_thousand_examples_drawn_once() -> None:
    class Inputs:
        def take(self, rows: np.ndarray) -> np.ndarray:
            return np.asarray(rows) * 10

    class Data(SimpleNamespace):
        def __len__(self) -> int:
            return len(self.rows)

    data: Any = Data(inputs=Inputs(), rows=np.arange(5, 1505), targets=np.arange(1500))
    inputs, targets = set_ups.sample(data, 3)
    assert len(set(inputs.tolist())) == len(targets) == 1024
    assert (inputs == (targets + 5) * 10).all()
    assert targets.tolist() == set_ups.sample(data, 3)[1].tolist()
    assert targets.tolist() != set_ups.sample(data, 4)[1].tolist()


def test_what_makes_fitting_harder_is_switched_off() -> None:
    hard = Recipe(
        **{"dropout": 0.5, "l1": 0.1, "l2": 0.1, "stochastic_depth": 0.1, "label_smoothing": 0.1},
        **{"augment": 0.5, "weight_decay": 0.1, "accumulate": 4},
    )
    plain = examples.setup(recipe=hard).plain()
    assert (plain.accumulate, plain.seed) == (1, hard.seed)
    for name in ("dropout", "l1", "l2", "stochastic_depth", "label_smoothing", "augment"):
        assert getattr(plain, name) == 0
    assert plain.weight_decay == 0


def test_without_time_each_check_is_told_as_not_judged() -> None:
    found = checks.before(examples.setup(), deadline=Deadline(0.0))
    assert len(found) == 4
    assert not any(one.judged for one in found)
    assert {one.where for one in found} == {"mlp"}
    assert checks.speed(found) == 0
    fast = [
        dataclasses.replace(found[0], facts=Facts(images_per_second=one)) for one in (0, 5.0, 7)
    ]
    assert checks.speed([*found, *fast]) == 5.0


def test_pictures_of_classes_alone_are_augmented() -> None:
    for seen, task, fine in (
        (True, "classes", True),
        (True, "labels", True),
        (True, "values", False),
        (False, "classes", False),
    ):
        some: Any = SimpleNamespace(is_seen=seen, task=task, noun=SimpleNamespace(whole="a table"))
        if fine:
            checks.augmentable(some)
        else:
            with pytest.raises(InputError, match=f"are a table of task {task}"):
                checks.augmentable(some)


@pytest.mark.parametrize(("n", "batches"), [(20, 1), (32, 1), (63, 1), (64, 2), (65, 2), (96, 3)])
def test_an_epoch_is_of_whole_batches_and_its_speed_is_told(n, batches, monkeypatch) -> None:
    from tests.checks.test_bounds import Model, setup

    ticks = iter(np.arange(0, 1000, 0.25))
    monkeypatch.setattr(beats_blind.time, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(beats_blind, "_affordable", lambda model, n: 1)
    model = Model(np.eye(3))
    found = beats_blind.beats_blind(setup(model, n))
    assert model.asked == batches
    assert found.facts.images_per_second == 4 * min(32, n)


def test_a_bias_is_brought_to_the_unit_behind_it() -> None:
    import keras

    inputs = keras.Input((4,))
    head = keras.layers.Dense(2)(inputs)
    model = keras.Model(inputs, keras.layers.Rescaling([2.0, 3.0], offset=[10.0, 20.0])(head))
    model.layers[1].bias.assign([1.0, -1.0])
    assert prior_bias._find_bias(model, 2).tolist() == [12.0, 17.0]
    plain = keras.Model(inputs, head)
    assert prior_bias._find_bias(plain, 2).tolist() == [1.0, -1.0]
    without = keras.Model(inputs, keras.layers.Dense(3, use_bias=False)(inputs))
    assert prior_bias._find_bias(without, 3).tolist() == [0.0, 0.0, 0.0]
    assert prior_bias._find_bias(keras.Model(inputs, keras.layers.ReLU()(head)), 2) is None


def test_first_filters_are_those_of_the_layer_that_sees_the_pixels() -> None:
    import keras
    from keras import layers

    def of(*stack: Any, shape: tuple[int, ...] = (4, 5, 2)) -> tuple[Any, np.ndarray | None]:
        model = keras.Sequential([keras.Input(shape), *stack])
        return model, filters_smooth._filters(model)

    model, found = of(layers.Conv2D(3, (2, 4)))
    kernel = np.asarray(model.layers[0].kernel)
    assert np.allclose(found, [kernel[..., k].mean(axis=2) for k in range(3)])
    model, found = of(layers.Flatten(), layers.Dense(3))
    kernel = np.asarray(model.layers[1].kernel).reshape(4, 5, 2, 3)
    assert np.allclose(found, [kernel[..., k].mean(axis=2) for k in range(3)])
    model, found = of(layers.DepthwiseConv2D(3), layers.Conv2D(2, 2))
    assert found.shape == (2, 2, 2)
    for stack in (
        [layers.Conv2D(3, 1)],
        [layers.Conv2D(3, (1, 3))],
        [layers.Conv2D(3, (3, 1))],
        [layers.GlobalAveragePooling2D(), layers.Dense(3)],
        [layers.ReLU()],
    ):
        assert of(*stack)[1] is None
    assert of(layers.Flatten(), layers.Dense(3), shape=(4, 5))[1] is None


def test_the_strongest_filters_are_shown_and_agreement_is_that_of_neighbours() -> None:
    noise = np.random.default_rng(0).normal(size=(20, 5, 6))
    filters = noise * np.arange(20)[:, None, None]
    shown = filters_smooth._strongest(filters)
    assert len(shown) == 16
    assert np.allclose(shown, filters[np.argsort(-filters.std(axis=(1, 2)), kind="stable")[:16]])
    one = noise[:1] - noise[:1].mean()
    pairs = np.array([(one[0, y, x] * one[0, y, x + 1]) for y in range(5) for x in range(5)])
    below = np.array([(one[0, y, x] * one[0, y + 1, x]) for y in range(4) for x in range(6)])
    expected = (pairs.mean() + below.mean()) / 2 / (one**2).mean() + 1 / 29
    assert filters_smooth._neighbours(noise[:1]) == pytest.approx(expected)
    assert filters_smooth._noise(noise[:1]) == pytest.approx(np.sqrt((1 / 25 + 1 / 24) / 4))


class View:
    """Rows of pictures as a set-up asks for them: each is its own number."""

    task, class_names = "classes", ("a", "b")

    def __init__(self, rows: np.ndarray) -> None:
        self.rows, self.targets = rows, rows % 2
        self.inputs = SimpleNamespace(specs=("a spec",), take=lambda rows: np.asarray(rows))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, order: np.ndarray) -> View:
        return View(self.rows[order])


@pytest.mark.parametrize("body", [None, "a body"])
def test_of_a_pretrained_rung_the_head_is_looked_at_on_features(body, monkeypatch) -> None:
    asked: list[Any] = []

    def measure(body: Any, inputs: Any, rows: np.ndarray, **more: Any) -> np.ndarray:
        asked.append(body)
        return np.asarray(rows, float)[:, None]

    monkeypatch.setattr("receta.pipeline.features.features", measure)
    monkeypatch.setattr(models, "build", lambda *given, **more: "whole")
    monkeypatch.setattr(models, "cut_below_head", lambda model: f"{model} cut")
    monkeypatch.setattr(models, "build_head", lambda *given: given)
    parts: Any = SimpleNamespace(train=View(np.arange(1500)), validation=View(np.arange(60)))
    blind = np.array([0.5, 0.5])
    found = set_ups._on_features("rung", parts, Recipe(), blind, body, Unasked())
    assert asked == [body or "whole cut"] * 2
    assert (len(found.inputs), len(found.validation_inputs)) == (1024, 60)
    assert (found.inputs[:, 0] % 2 == found.targets).all()
    assert (found.validation_inputs[:, 0] % 2 == found.validation_targets).all()
    assert found.pictures is not None
    assert found.pictures.tolist() == found.inputs[:512, 0].tolist()
    assert (found.recipe.learning_rate, found.name, found.class_names) == (3e-3, "rung", ("a", "b"))
    mean, variance, given, task = found.build(Recipe())
    assert (mean, variance) == (found.inputs.mean(), pytest.approx(found.inputs.var()))
    assert (given is blind, task) == (True, "classes")


def test_measured_values_are_told_to_four_digits() -> None:
    from tests.checks.test_bounds import Model, setup

    found = overfits_one_batch.overfits_one_batch(setup(Model(steps=[(0.98765, 1.0)])))
    assert found.measured == 0.9877
    assert found.advice.startswith("A network that cannot learn 32 examples by heart")
    few = Model(steps=[(0.98765, 1.0)])
    few.trainable_weights = [np.zeros((3, 11))]
    few_found = overfits_one_batch.overfits_one_batch(setup(few))
    assert few_found.advice.startswith("A network that cannot learn 2 examples by heart")
    spoilt = Model(steps=[(0.12345, float("inf"))])
    assert overfits_one_batch.overfits_one_batch(setup(spoilt)).measured == 0.1235


def test_before_training_the_checks_of_that_time_are_asked_in_their_order(monkeypatch) -> None:
    asked: list[str] = []
    ready, done = examples.setup(), examples.trained()
    monkeypatch.setattr(
        type(checks.SHELF), "function", lambda shelf, name: lambda some: asked.append(name)
    )
    checks.before(ready)
    assert asked == ["loss_at_init", "prior_bias", "overfits_one_batch", "beats_blind"]
    asked.clear()
    assert len(checks.after(done)) == 0
    assert asked == ["beats_prior", "capacity_helps", "predictions_settle", "filters_smooth"]


def test_what_is_measured_after_training_has_four_digits_too() -> None:
    said = np.eye(3)[(np.arange(300) % 3 + (np.arange(300) % 3 == 0)) % 3]
    found = beats_prior.beats_prior(examples.trained(validation_predictions=said))
    assert found.measured == 0.6667
    swings = np.array([0.0, 0.12345, 0.0, 0.12345])
    watched = np.stack([[[0.9 - one, 0.1 + one, 0.0]] * 4 for one in swings])
    settled = predictions_settle.predictions_settle(examples.trained(watched=watched))
    assert settled is not None
    assert settled.measured == pytest.approx(0.1234, abs=6e-5)
    assert settled.measured == round(settled.measured, 4) != round(settled.measured, 3)
    assert settled.shown["change"] == [0.12345] * 3
    capacity = capacity_helps.capacity_helps(examples.trained(train_loss=0.123456))
    assert capacity is not None
    assert capacity.measured == 0.1235
