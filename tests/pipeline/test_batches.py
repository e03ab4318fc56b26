"""Are batches a pure function of seed, epoch and step, and is every example used once?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from receta import decode, load
from receta.pipeline import balance
from receta.pipeline.batches import Batches


class Numbers:
    """Pixels whose value is the row."""

    def take(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows).reshape(-1, 1, 1, 1)


def batches(n: int, size: int, seed: int | None = 5) -> Batches:
    return Batches(Numbers(), np.arange(100, 100 + n), np.arange(n) % 7, size, seed)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@drawn(n=st.integers(1, 300), size=st.integers(1, 64), epoch=st.integers(0, 5))
def test_an_epoch_uses_every_example_once_in_batches_of_like_size(
    n: int, size: int, epoch: int
) -> None:
    some = batches(n, size)
    parts = [some.batch(epoch, step) for step in range(some.steps)]
    rows = np.concatenate([inputs.ravel() for inputs, _ in parts])
    assert sorted(rows.tolist()) == list(range(100, 100 + n))
    lengths = {len(targets) for _, targets in parts}
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1
    assert all(((inputs.ravel() - 100) % 7 == targets).all() for inputs, targets in parts)


def test_the_order_of_an_epoch_never_depends_on_what_came_before() -> None:
    some = batches(50, 8)
    late = some.batch(3, 2)[0].ravel().tolist()
    for epoch in range(4):
        some.batch(epoch, 0)
    assert (
        some.batch(3, 2)[0].ravel().tolist()
        == late
        == batches(50, 8).batch(3, 2)[0].ravel().tolist()
    )


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    orders = {
        tuple(balance.order("none", np.arange(40) % 3, seed, epoch).tolist())
        for seed in range(4)
        for epoch in range(4)
    }
    assert len(orders) == 16


def test_without_a_seed_nothing_is_shuffled() -> None:
    assert batches(5, 3, seed=None).batch(2, 0)[0].ravel().tolist() == [100, 101]


def test_batches_hold_the_pictures_of_their_targets() -> None:
    data = load("digits")
    pixels = decode(data)
    inputs, targets = Batches(pixels, data.rows, data.targets, 32, 1).batch(0, 3)
    chosen = balance.order("none", data.targets, 1, 0)
    steps = -(-len(data) // 32)
    rows = chosen[3 * len(data) // steps : 4 * len(data) // steps]
    np.testing.assert_array_equal(inputs, np.stack([data[int(row)] for row in rows]))
    np.testing.assert_array_equal(targets, data.targets[rows])


@pytest.mark.parametrize("start", [0, 3])
def test_feed_gives_keras_what_is_left_of_an_epoch(start: int) -> None:
    from receta.pipeline import backend

    backend.start()
    from receta.pipeline.feed import Feed

    feed = Feed(batches(50, 8), start=start)
    feed.epoch = 4
    assert len(feed) == 7 - start
    np.testing.assert_array_equal(feed[0][0], batches(50, 8).batch(4, start)[0])


def test_what_fit_takes_is_the_epoch_that_was_set_and_does_not_tune_itself() -> None:
    from receta.pipeline import backend

    backend.start()
    from receta.pipeline.feed import Feed

    feed = Feed(batches(50, 8))
    given = feed.for_keras()
    for epoch in (0, 3, 1):  # set where Keras begins an epoch, after it was given the batches
        feed.epoch = epoch
        for step, (inputs, targets) in enumerate(given):
            expected = batches(50, 8).batch(epoch, step)
            np.testing.assert_array_equal(inputs, expected[0])
            np.testing.assert_array_equal(targets, expected[1])
        assert step == feed.batches.steps - 1
    if given is not feed:  # TensorFlow: its tuning thread may hold up the next epoch for a minute
        assert given.options().autotune.enabled is False
