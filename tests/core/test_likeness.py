"""Is a picture that is unlike all of the training found, and how often is a right one refused?"""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from receta.core import likeness
from receta.core.errors import RunError
from receta.core.likeness import Likeness


def test_unlike_is_one_minus_the_largest_cosine_whatever_the_size_of_features() -> None:
    known = Likeness(np.array([[127, 0, 0], [0, 64, 64]], np.int8), 0.1, 9)
    given = np.array([[3.0, 0, 0], [0, 1e-3, 1e-3], [0, 1, 0], [-1, 0, 0], [0, 0, 0]])
    assert known.unlike(given).tolist() == pytest.approx([0, 0, 1 - np.sqrt(0.5), 1, 1], abs=1e-6)
    assert known.none(known.unlike(given)).tolist() == [False, False, True, True, True]
    assert known.none(np.array([np.nan, 0.1, 0.1001])).tolist() == [True, False, True]


def test_new_pictures_of_the_same_kind_are_refused_in_three_of_a_hundred() -> None:
    rng = np.random.default_rng(1)
    kinds = rng.normal(size=(4, 32))

    def drawn(n: int) -> np.ndarray:
        return kinds[rng.integers(4, size=n)] + 0.5 * rng.normal(size=(n, 32))

    known = likeness.fit(drawn(200), drawn(2000))
    assert known.n == 2000
    # Both parts are chance: twice the standard deviation of each is below 0.008.
    assert known.none(known.unlike(drawn(5000))).mean() == pytest.approx(0.03, abs=0.011)
    assert known.none(known.unlike(rng.normal(size=(500, 32)))).mean() > 0.9


def test_few_validation_pictures_are_all_kept() -> None:
    known = likeness.fit(np.eye(3), np.array([[1.0, 0, 0], [1, 1, 0], [1, 0.2, 0]]))
    assert known.none_from == pytest.approx(1 - np.sqrt(0.5), abs=2e-6)
    assert not known.none(known.unlike(np.array([[1.0, 1, 0]]))).any()


def test_features_that_are_no_numbers_tell_nothing() -> None:
    assert likeness.fit(np.array([[1.0, np.nan]]), np.ones((9, 2))) is None
    assert likeness.fit(np.ones((9, 2)), np.array([[np.inf, 1.0]])) is None
    assert likeness.fit(np.zeros((0, 2)), np.ones((9, 2))) is None


@pytest.mark.parametrize(
    ("n", "classes", "width", "kept"),
    [
        (500, 10, 1280, 256),
        (500, 100, 1280, 400),
        (3000, 10, 128, 256),
        (90, 3, 1280, 90),
        (500, 50, 50_000, 0),
    ],
)
def test_kept_features_are_bounded_and_each_class_has_its_share(n, classes, width, kept) -> None:
    rng = np.random.default_rng(0)
    targets = rng.integers(classes, size=n)
    chosen = likeness.choose_rows(targets, width, rng.permutation(n))
    assert len(chosen) == len(set(chosen)) == kept
    counts, all_of_it = (
        np.bincount(targets[chosen], minlength=classes),
        np.bincount(targets, minlength=classes),
    )
    assert (
        all(
            count == there or count >= counts.max() - 1
            for count, there in zip(counts, all_of_it, strict=True)
        )
        or not kept
    )


def test_it_is_the_same_after_json_and_spoilt_json_is_told() -> None:
    known = Likeness(np.arange(-6, 6).reshape(3, 4).astype(np.int8), 0.25, 7)
    again = Likeness.from_json(known.to_json())
    assert (again.features == known.features).all()
    assert (again.none_from, again.n, again.kept) == (0.25, 7, 0.97)
    for change in (
        {"width": 5},
        {"rows": "%"},
        {"rows": ""},
        {"from": 3},
        {"n": 0},
        {"rows": base64.b64encode(b"0" * (1 << 21)).decode()},
    ):
        with pytest.raises(ValueError, match=r"rows|from|n is|width"):
            Likeness.from_json({**known.to_json(), **change})


def test_right_pictures_that_look_otherwise_are_told_in_words() -> None:
    none = {"refused": 0.52, "n": 240, "kept": 0.97, "interval": (0.45, 0.58)}
    said = likeness.say_refused(none, "{:.0%}".format)
    assert (
        "52% would be called none of these (95% confidence: 45% to 58%); 3% was intended. They "
        "look other" in said
    )
    assert not likeness.is_other_kind({**none, "interval": (0.05, 0.2)})
    assert not likeness.is_other_kind(None)


def test_the_share_of_right_pictures_that_are_refused_has_its_interval() -> None:
    known = Likeness(np.array([[127, 0]], np.int8), 0.1, 9)
    told = likeness.judge_refusals(known, np.array([0.0, 0.05, 0.1, 0.3]))
    assert (told["refused"], told["n"], told["n_validation"], told["from"]) == (0.25, 4, 9, 0.1)
    assert told["interval"] == pytest.approx([0.0456, 0.6994], abs=1e-4)


@pytest.mark.parametrize("width", [1, 64, 1048576])
def test_features_of_another_width_than_the_network_gives_are_damage(width: int) -> None:
    known = Likeness(np.ones((1, width), np.int8), 0.1, 9)
    given = np.ones((3, 128), np.float32)
    message = (
        rf"^likeness\.json is damaged \(it compares {width} features of a picture, and its "
        r"network gives 128\)\. Restore it\.$"
    )
    with pytest.raises(RunError, match=message):
        known.fitting(given, Path("likeness.json"), "Restore it.")
    assert known.fitting(np.ones((3, width)), Path("likeness.json"), "Restore it.") is known
