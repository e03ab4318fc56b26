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


@pytest.mark.parametrize(("n", "rank"), [(32, 32), (33, 33), (66, 65), (99, 97), (999, 970)])
def test_the_bound_is_the_validation_picture_at_rank_97_percent_of_one_more(n, rank) -> None:
    angles = np.linspace(0.1, 1.5, n)
    validation = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = likeness.fit(np.array([[3.0, 0.0]]), validation[::-1])
    assert found.none_from == pytest.approx(1 - np.cos(angles[rank - 1]), abs=2e-6)
    assert not found.none(found.unlike(validation[:rank])).any()
    assert found.none(found.unlike(validation[rank:])).all()


def test_features_are_kept_as_bytes_of_which_the_largest_is_127() -> None:
    found = likeness.fit(np.array([[0.5, -1.0], [200.0, 50.0], [0, 0]]), np.ones((2, 2)))
    assert found.features.tolist() == [[64, -127], [127, 32], [0, 0]]
    assert likeness.fit(np.ones((2, 2)), np.ones((0, 2))) is None


def test_pictures_are_compared_in_pieces_and_each_as_if_alone(monkeypatch) -> None:
    known = Likeness(np.array([[3, 4], [-5, 12]], np.int8), 0.1, 9)
    given = np.random.default_rng(0).normal(size=(7, 2))
    alone = [float(known.unlike(one[None])[0]) for one in given]
    monkeypatch.setattr(likeness, "_AT_ONCE", 3)
    assert known.unlike(given).tolist() == alone
    cosines = given @ (known.features / [[5], [13]]).T / np.linalg.norm(given, axis=1)[:, None]
    assert alone == pytest.approx((1 - cosines.max(axis=1)).tolist(), abs=6e-7)
    assert known.unlike(np.zeros((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    ("classes", "width", "most"),
    [
        (64, 8, 256),
        (65, 8, 260),
        (2, 1 << 20, 0),
        (1, 1 << 20, 1),
        (2, 1 << 19, 2),
        (4, 1 << 18, 4),
    ],
)
def test_how_many_features_are_kept_is_bounded_by_their_bytes(classes, width, most) -> None:
    targets = np.arange(300) % classes
    assert len(likeness.choose_rows(targets, width, np.arange(300))) == most


def test_the_first_of_the_order_are_kept_of_each_class() -> None:
    targets = np.array([0] * 300 + [1] * 3)
    order = np.arange(303)[::-1]
    chosen = likeness.choose_rows(targets, 8, order)
    assert chosen.tolist() == [*range(47, 300), 300, 301, 302]


def test_a_picture_is_unlike_beyond_the_bound_and_one_that_cannot_be_compared_is() -> None:
    known = Likeness(np.array([[127, 0]], np.int8), 0.1, 9)
    told = [likeness.tell_unlike(known, np.array([0.1, 0.11, np.nan]), at) for at in range(3)]
    assert told == [
        {"none": False, "unlike": 0.1},
        {"none": True, "unlike": 0.11, "sure": False},
        {"none": True, "unlike": 2.0, "sure": False},
    ]
    assert likeness.tell_unlike(None, np.array([0.1]), 0) == {}
    assert likeness.tell_unlike(known, None, 0) == {}


@pytest.mark.parametrize(("low", "other"), [(0.0599, False), (0.0601, True)])
def test_pictures_are_of_another_kind_from_twice_the_share_that_was_intended(low, other) -> None:
    none = {"refused": 0.2, "n": 50, "kept": 0.97, "interval": (low, 0.3)}
    assert likeness.is_other_kind(none) is other
    assert ("They look other" in likeness.say_refused(none, "{:.0%}".format)) is other


def test_without_a_right_picture_no_share_is_refused() -> None:
    known = Likeness(np.array([[127, 0]], np.int8), 0.1, 9)
    none = likeness.judge_refusals(known, np.zeros(0))
    assert (none["refused"], none["n"], none["interval"]) == (0.0, 0, [0.0, 1.0])


def test_json_at_its_bounds_is_read() -> None:
    plain = Likeness(np.ones((1, 3), np.int8), 0.1, 9).to_json()
    for fine in ({"from": 2}, {"from": 0}, {"n": 1}, {"kept": 1}, {"kept": 0}):
        Likeness.from_json({**plain, **fine})
    for spoilt in ({"from": 2.001}, {"from": -0.001}, {"kept": 1.001}, {"width": 0}, {"n": 0}):
        with pytest.raises(ValueError, match="expected a"):
            Likeness.from_json({**plain, **spoilt})
    wide = {**plain, "width": 1 << 20}
    whole = base64.b64encode(bytes(1 << 20)).decode()
    assert Likeness.from_json({**wide, "rows": whole}).features.shape == (1, 1 << 20)
    with pytest.raises(ValueError, match="rows holds 2097152 bytes"):
        Likeness.from_json({**wide, "rows": base64.b64encode(bytes(2 << 20)).decode()})


def test_the_only_right_picture_may_be_refused() -> None:
    known = Likeness(np.array([[127, 0]], np.int8), 0.1, 9)
    assert likeness.judge_refusals(known, np.array([0.3]))["refused"] == 1.0
