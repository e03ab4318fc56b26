"""Does every check pass a sound set-up and catch a broken one?"""

from __future__ import annotations

import pytest

from receta.checks import SHELF
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

    from receta.checks.beats_blind import judged, no_gain, standard_errors

    truth = np.arange(n) % 2
    all_right, always_the_first = judged(np.eye(2)[truth], truth)[2], judged(np.eye(2)[np.zeros(n, int)], truth)[2]
    assert not no_gain(all_right)
    assert not no_gain(always_the_first)
    assert standard_errors(all_right) > 0


def test_many_examples_show_that_there_is_no_gain() -> None:
    import numpy as np

    from receta.checks.beats_blind import judged, no_gain

    truth = np.random.default_rng(0).integers(10, size=300)
    assert no_gain(judged(np.eye(10)[np.random.default_rng(1).integers(10, size=300)], truth)[2])


def test_a_network_that_was_trained_is_set_back_for_the_next_check() -> None:
    import numpy as np

    from receta.checks import _examples

    setup = _examples.setup()

    def losses() -> list[float]:
        model = setup.fresh(setup.plain())
        model.reset_metrics()
        return [float(model.train_on_batch(setup.inputs[:32], setup.targets[:32])[0]) for _ in range(3)]

    model = setup.fresh(setup.plain())
    before = [np.array(weights) for weights in model.get_weights()]
    assert losses() == losses()
    again = setup.fresh(setup.plain())
    assert again is model
    assert all(np.array_equal(*pair) for pair in zip(before, again.get_weights(), strict=True))
    assert setup.fresh(setup.recipe.with_settings(seed=1)) is not model


def test_checks_for_which_no_time_is_left_are_told_as_not_judged() -> None:
    from receta.checks import _examples, before

    found = before(_examples.setup(), ends=0.0)
    assert [finding.check for finding in found] == [name for name in SHELF.names() if SHELF.module(name).STAGE == "before"]
    assert not any(finding.judged or finding.failed for finding in found)
