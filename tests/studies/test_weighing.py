"""Do weights of an ensemble say which members to believe, and do rows that were seen never judge?"""

from __future__ import annotations

import numpy as np
import pytest

from receta import tasks
from receta.core.errors import InputError
from receta.core.spec import ColumnSpec, Spec
from receta.data.dataset import Dataset
from receta.kinds import of_specs
from receta.studies.ensembles.judging import choose_rows, compare_answers
from receta.studies.ensembles.members import Member
from receta.studies.ensembles.weighing import WAYS, refuse_way
from tests.fakes import Rows

CLASSES, VALUES, LABELS = tasks.of("classes"), tasks.of("values"), tasks.of("labels")


def probabilities(right: np.ndarray, sure: float, names: int = 3) -> np.ndarray:
    """Answers that are sure of the given classes."""
    answers = np.full((len(right), names), (1 - sure) / (names - 1), np.float32)
    answers[np.arange(len(right)), right] = sure
    return answers


def members_of_classes(n: int, seed: int, wrong: tuple[float, ...]) -> tuple[np.ndarray, ...]:
    """(answers, targets) of members that are wrong in some shares of the examples."""
    chance = np.random.default_rng(seed)
    targets = chance.integers(0, 3, n)
    answers = []
    for share in wrong:
        slip = chance.random(n) < share
        said = np.where(slip, (targets + chance.integers(1, 3, n)) % 3, targets)
        answers.append(probabilities(said, 0.8))
    return np.stack(answers), targets


@pytest.mark.parametrize("how", sorted(WAYS))
@pytest.mark.parametrize("task", [CLASSES, VALUES, LABELS], ids=["classes", "values", "labels"])
def test_an_answer_of_any_mix_is_an_answer_of_its_task(how, task):
    chance = np.random.default_rng(1)
    if task is VALUES:
        targets = chance.normal(50, 9, 60)
        answers = np.stack([targets[:, None] + chance.normal(0, 2, (60, 1)) for _ in range(3)])
    elif task is LABELS:
        targets = (chance.random((60, 4)) < 0.4).astype(np.int8)
        answers = np.stack([np.clip(targets + chance.normal(0, 0.3, (60, 4)), 0.01, 0.99)] * 3)
    else:
        answers, targets = members_of_classes(60, 1, (0.1, 0.2, 0.3))
    said = WAYS[how](answers, targets, task).answer(answers, task)
    assert said.shape == answers.shape[1:]
    if task is CLASSES:
        assert np.allclose(said.sum(axis=1), 1, atol=1e-5)
    assert task.measure(said, targets).value >= 0


def test_least_squares_finds_the_weights_that_the_truth_was_mixed_with():
    chance = np.random.default_rng(2)
    answers = chance.normal(0, 1, (3, 200, 1))
    targets = 0.7 * answers[0, :, 0] + 0.3 * answers[2, :, 0]
    weights = WAYS["nnls"](answers, targets, VALUES).weights
    assert weights == pytest.approx((0.7, 0.0, 0.3), abs=1e-6)


def test_greedy_selection_never_falls_behind_its_best_member_where_it_selects():
    answers, targets = members_of_classes(150, 3, (0.4, 0.15, 0.3, 0.35))
    mix = WAYS["greedy"](answers, targets, CLASSES)
    together = CLASSES.measure(mix.answer(answers, CLASSES), targets).value
    assert together >= max(CLASSES.measure(one, targets).value for one in answers)
    assert sum(mix.weights) == pytest.approx(1)


def test_greedy_selection_gains_more_where_it_selects_than_elsewhere():
    """Forty members of pure noise: what is gained on validation is nothing on new examples."""
    gains = []
    for seed in range(10):
        chance = np.random.default_rng(seed)
        targets = chance.integers(0, 3, 400)
        answers = chance.dirichlet(np.ones(3), (40, 400)).astype(np.float32)
        mix = WAYS["greedy"](answers[:, :200], targets[:200], CLASSES)
        said = mix.answer(answers, CLASSES)
        parts = [CLASSES.measure(said[at], targets[at]).value for at in (np.s_[:200], np.s_[200:])]
        gains.append(parts[0] - parts[1])
    assert np.mean(gains) > 0.08  # measured: 0.15


def test_a_stack_learns_that_members_are_less_sure_than_they_could_be():
    chance = np.random.default_rng(4)
    targets = chance.integers(0, 3, 400)
    answers = np.stack([probabilities(targets, 0.5)] * 2)  # right, and hardly sure
    mix = WAYS["stack"](answers, targets, CLASSES)
    assert CLASSES.losses(mix.answer(answers, CLASSES), targets).mean() < 0.1


def test_forecasts_with_bounds_cannot_be_stacked_and_ways_are_known_by_name():
    quantiles = tasks.of("quantiles")
    targets = np.zeros((30, 9))
    with pytest.raises(InputError, match="a stack is not known"):
        WAYS["stack"](np.zeros((2, 30, 10)), targets, quantiles)
    with pytest.raises(InputError, match=r"--how avrage is unknown.*average"):
        refuse_way("avrage")


def member(name: str, train: range, validation: range, test: range) -> Member:
    ids = [[f"{row:06}.png" for row in rows] for rows in (train, validation, test)]
    return Member(name, (), *map(frozenset, ids))


def test_what_any_member_was_trained_on_or_chosen_by_never_judges():
    data = Dataset.of(Rows([row % 2 for row in range(40)]))
    one = member("a", range(0, 20), range(20, 30), range(30, 40))
    other = member("b", range(5, 25), range(0, 5), range(25, 40))
    rows = choose_rows(data, [one, other])
    assert rows.judged.rows.tolist() == list(range(30, 40))
    assert rows.learnt.rows.tolist() == [25, 26, 27, 28, 29]
    assert "5 test examples" in rows.why
    assert not (one.seen | other.seen) & set(rows.judged.ids)


def test_a_test_part_of_the_datas_own_judges_folds_that_never_saw_it():
    parts = ["test" if row >= 30 else "" for row in range(40)]
    data = Dataset.of(Rows([row % 2 for row in range(40)], parts=parts))
    folds = member("folds", range(0, 30), range(0, 30), range(0, 30))
    assert choose_rows(data, [folds]).judged.rows.tolist() == list(range(30, 40))


def test_the_same_answers_differ_by_nothing_and_better_ones_by_something():
    answers, targets = members_of_classes(300, 5, (0.05, 0.4))
    assert compare_answers(answers[0], answers[0], targets, CLASSES).value == 0
    found = compare_answers(answers[0], answers[1], targets, CLASSES)
    assert found.interval[0] > 0.2
    values = np.random.default_rng(6).normal(0, 1, 200)
    near, far = values[:, None] + 0.1, values[:, None] + 1.0
    assert compare_answers(near, far, values, VALUES).is_real  # less error is better
    assert compare_answers(near, far, values, VALUES).value == pytest.approx(0.9)


def column(*texts: str) -> Spec:
    columns = (ColumnSpec("n", "number"), ColumnSpec("c", "category", texts))
    return Spec("cells", (2,), "float32", "cell", fields=("n", "c"), columns=columns)


def test_categories_of_two_vocabularies_keep_their_texts():
    import keras

    one, other = column("red", "blue"), column("blue", "green")
    kind = of_specs((one,))
    shared = kind.share([one, other])
    assert shared.columns[1].vocabulary == ("red", "blue", "green")
    taken = keras.Input((2,))
    asked = keras.Model(taken, kind.translate(shared, other, taken))
    cells = np.array([[7, 1], [7, 2], [7, 3], [7, 0], [7, np.nan]], np.float32)
    found = asked.predict(cells, verbose=0)
    assert found[:4].tolist() == [[7, 0], [7, 1], [7, 2], [7, 0]]
    assert np.isnan(found[4, 1])


def test_words_of_two_vocabularies_and_lengths_keep_their_meaning():
    import keras

    one = Spec("words", (4,), "int32", "word", vocabulary=("", "[unknown]", "good", "bad"))
    other = Spec("words", (3,), "int32", "word", vocabulary=("", "[unknown]", "bad", "day"))
    kind = of_specs((one,))
    shared = kind.share([one, other])
    assert shared.vocabulary == ("", "[unknown]", "good", "bad", "day")
    taken = keras.Input((4,), dtype="int32")
    asked = keras.Model(taken, kind.translate(shared, other, taken))
    found = asked.predict(np.array([[2, 3, 4, 3], [1, 0, 0, 0]], np.int32), verbose=0)
    assert found.tolist() == [[1, 2, 3], [1, 0, 0]]


def test_pictures_of_two_sizes_are_shrunk_and_grey_is_no_colour():
    import keras

    small, large = (Spec("pixels", (n, n, 1), "uint8", "picture") for n in (4, 8))
    kind = of_specs((small,))
    assert kind.share([small, large]) == large
    taken = keras.Input((8, 8, 1), dtype="uint8")
    asked = keras.Model(taken, kind.translate(large, small, taken))
    picture = np.full((1, 8, 8, 1), 90, np.uint8)
    picture[0, :2, :2] = 200
    found = asked.predict(picture, verbose=0)
    assert found[0, 0, :2, 0].tolist() == [200, 90]
    with pytest.raises(InputError, match="grey pictures and others colour"):
        kind.share([small, Spec("pixels", (8, 8, 3), "uint8", "picture")])
