"""Does every check pass a sound set-up and catch a broken one?"""

from __future__ import annotations

import pytest

from receta.checks import SHELF
from receta.core.deadline import Deadline
from receta.pipeline import backend


@pytest.fixture(autouse=True, scope="module")
def _backend() -> None:
    backend.start()


@pytest.mark.parametrize("name", SHELF.names())
def test_check_passes_the_sound_set_up(name: str) -> None:
    module = SHELF.module(name)
    assert getattr(module, name)(module.sound()).verdict == "ok"


@pytest.mark.parametrize("name", SHELF.names())
def test_check_catches_the_broken_set_up_and_says_what_to_do(name: str) -> None:
    module = SHELF.module(name)
    finding = getattr(module, name)(module.broken())
    assert finding.verdict in ("warn", "fail")
    assert finding.check == name
    assert finding.where
    assert finding.advice.endswith(".")


@pytest.mark.parametrize("n", [2, 4, 9])
def test_few_examples_never_fail_for_being_few(n: int) -> None:
    import numpy as np

    from receta.checks.beats_blind import no_gain, standard_errors
    from receta.tasks.classes import gains

    truth = np.arange(n) % 2
    all_right, always_the_first = (
        gains(np.eye(2)[truth], truth)[2],
        gains(np.eye(2)[np.zeros(n, int)], truth)[2],
    )
    assert not no_gain(all_right)
    assert not no_gain(always_the_first)
    assert standard_errors(all_right) > 0


def test_many_examples_show_that_there_is_no_gain() -> None:
    import numpy as np

    from receta.checks.beats_blind import no_gain
    from receta.tasks.classes import gains

    truth = np.random.default_rng(0).integers(10, size=300)
    assert no_gain(gains(np.eye(10)[np.random.default_rng(1).integers(10, size=300)], truth)[2])


def test_a_network_that_was_trained_is_set_back_for_the_next_check() -> None:
    import numpy as np

    from receta.checks.setups import examples

    setup = examples.setup()

    def losses() -> list[float]:
        model = setup.fresh(setup.plain())
        model.reset_metrics()
        return [
            float(model.train_on_batch(setup.inputs[:32], setup.targets[:32])[0]) for _ in range(3)
        ]

    model = setup.fresh(setup.plain())
    before = [np.array(weights) for weights in model.get_weights()]
    assert losses() == losses()
    again = setup.fresh(setup.plain())
    assert again is model
    assert all(np.array_equal(*pair) for pair in zip(before, again.get_weights(), strict=True))
    assert setup.fresh(setup.recipe.with_settings(seed=1)) is not model


def test_checks_for_which_no_time_is_left_are_told_as_not_judged() -> None:
    from receta.checks import before
    from receta.checks.setups import examples

    found = before(examples.setup(), deadline=Deadline(0.0))
    assert [finding.check for finding in found] == [
        name for name in SHELF.names() if SHELF.module(name).STAGE == "before"
    ]
    assert not any(finding.judged or finding.failed for finding in found)


def test_what_had_hardly_any_time_is_told_to_take_more_before_anything_else_is_blamed() -> None:
    from receta.checks.capacity_helps import capacity_helps
    from receta.checks.setups import examples

    worse = {"train_loss": 0.9, "train_accuracy": 0.6}
    cut, whole = (
        capacity_helps(examples.trained(history=[{"loss": 1.0}] * epochs, **worse))
        for epochs in (1, 8)
    )
    assert cut is not None
    assert cut.verdict == "warn"
    assert "for 1 epoch only: give it more time" in cut.advice
    assert whole is not None
    assert "fits its training data worse than linear" in whole.advice


def test_many_classes_with_few_examples_each_do_not_fail_before_training() -> None:
    import numpy as np

    from receta.checks.beats_blind import beats_blind
    from receta.checks.setups import examples

    rng = np.random.default_rng(0)
    # nothing that holds for others, five of each class
    pictures = rng.integers(0, 256, (300, 8, 8, 1)).astype(np.uint8)
    targets, others = np.arange(300) % 60, rng.permutation(np.arange(300) % 60)

    def setup(classes: int) -> object:
        from receta import models
        from receta.core.spec import of_pixels

        shares = np.full(classes, 1 / classes)
        return examples.setup(
            lambda recipe: models.build("mlp", of_pixels((8, 8, 1)), shares, recipe),
            inputs=pictures,
            targets=targets % classes,
            validation_inputs=pictures[::-1],
            validation_targets=others % classes,
            blind=shares,
        )

    assert beats_blind(setup(60)).verdict == "warn"
    assert beats_blind(setup(3)).verdict == "fail", (
        "a hundred of each class, learnt by heart, do prove it"
    )


def test_a_step_of_the_optimizer_for_every_batch_is_what_checks_take() -> None:
    from receta.checks.overfits_one_batch import overfits_one_batch
    from receta.checks.setups import examples

    sound = examples.setup()
    assert (
        overfits_one_batch(
            examples.setup(recipe=sound.recipe.with_settings(accumulate=512))
        ).verdict
        == "ok"
    )


def test_a_loss_that_is_no_number_fails_with_what_to_do() -> None:
    from receta.checks.overfits_one_batch import overfits_one_batch
    from receta.checks.setups import examples

    sound = examples.setup()
    wild = sound.recipe.with_settings(learning_rate=10.0, optimizer="sgd")
    setup = examples.setup(recipe=wild, inputs=sound.inputs)
    spoilt = setup.fresh(setup.plain())
    spoilt.layers[-1].kernel.assign(spoilt.layers[-1].kernel * float("nan"))
    object.__setattr__(setup, "fresh", lambda recipe: spoilt)
    found = overfits_one_batch(setup)
    assert found.verdict == "fail"
    assert "no number any more" in found.advice
    found.to_json()


def test_pictures_of_validation_are_decoded_for_the_checks_too(tmp_path, monkeypatch) -> None:
    from receta import check, load, split
    from receta.core.recipe import Recipe

    monkeypatch.setenv("RECETA_CACHE", str(tmp_path))
    recipe = Recipe(rungs=("mlp",))
    found = {one.check: one for one in check(split(load("digits"), recipe), recipe)}
    assert found["beats_blind"].verdict == "ok"
    assert found["beats_blind"].shown["real"] > 0.3


def test_a_training_that_diverged_late_is_told_by_numbers_that_can_be_kept() -> None:
    import numpy as np

    from receta.checks.predictions_settle import predictions_settle
    from receta.checks.setups import examples

    watched = np.stack([np.full((4, 3), 1 / 3)] * 6)
    watched[4:] = np.nan
    found = predictions_settle(examples.trained(watched=watched))
    assert found is not None
    assert (found.verdict, found.measured) == ("warn", 4)
    assert "no number any more" in found.advice


def test_predictions_that_are_no_numbers_fail_before_training() -> None:
    import numpy as np

    from receta.checks.beats_blind import beats_blind
    from receta.checks.setups import examples

    setup = examples.setup()
    spoilt = setup.fresh(setup.plain())
    spoilt.layers[-1].kernel.assign(np.full(spoilt.layers[-1].kernel.shape, np.nan))
    object.__setattr__(setup, "fresh", lambda recipe: spoilt)
    found = beats_blind(setup)
    assert found.verdict == "fail"
    assert found.measured == 1


def test_a_head_of_one_penalty_is_not_told_to_have_had_too_little_time() -> None:
    from receta.checks.beats_prior import cut_short
    from receta.checks.setups import examples

    assert cut_short(examples.trained(history=[{"loss": 1.0}]))
    assert not cut_short(examples.trained(name="pretrained:MobileNetV2", history=[{"loss": 1.0}]))


def test_values_start_at_their_mean_in_their_own_unit() -> None:
    import keras
    import numpy as np

    from receta import models, tasks
    from receta.checks import prior_bias
    from receta.checks.setups import examples
    from receta.core.spec import Spec

    spec = Spec("cells", (2,), "float32", "number", fields=("a", "b"), mean=(0, 0), spread=(1, 1))
    inputs = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    targets = 200 + 30 * inputs[:, 0].astype(np.float64)
    blind = tasks.of("values").blind(targets, 1)
    known = {"task": "values", "blind": blind, "inputs": inputs, "targets": targets}

    def from_nothing(recipe: object) -> keras.Model:
        taken = keras.Input((2,))
        return keras.Model(taken, keras.layers.Dense(1)(taken))

    ours = examples.setup(
        lambda recipe: models.build("mlp", (spec,), blind, task="values"), **known
    )
    assert prior_bias.prior_bias(ours).verdict == "ok"
    assert prior_bias.prior_bias(ours).judged
    assert prior_bias.prior_bias(examples.setup(from_nothing, **known)).failed
