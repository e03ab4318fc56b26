"""Are targets counted, moved and named alike, whether an example has one name, several or none?"""

from __future__ import annotations

import numpy as np

from receta.core import targets

LABELS = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 0]], np.int8)


def test_names_that_nobody_has_are_counted_too_and_values_are_not() -> None:
    assert targets.counts(np.array([2, 0, 2]), 4).tolist() == [1, 0, 2, 0]
    assert targets.counts(LABELS, 3).tolist() == [2, 1, 1]
    assert targets.counts(np.array([0.5, 2.0]), 3).tolist() == []
    assert targets.counts(np.ones((300, 1), np.int8), 1).tolist() == [300]


def test_targets_move_to_the_places_of_other_names() -> None:
    places = np.array([2, -1, 0])
    assert targets.move_targets(np.array([0, 2, 1]), places, 3).tolist() == [2, 0, -1]
    moved = targets.move_targets(LABELS, places, 4)
    assert moved.tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 1, 0]]
    assert moved.dtype == np.int8


def test_a_target_in_words() -> None:
    names = ("cat", "dog", "snow")
    assert [targets.name_target(row, names) for row in LABELS] == [
        "cat, snow",
        "no label",
        "cat, dog",
    ]
    assert [targets.spell_target(row) for row in LABELS] == ["0,2", "", "0,1"]
    assert (targets.name_target(np.int64(2), names), targets.spell_target(2)) == ("snow", "2")
