"""Does the word for a model follow its rule at every bound, and the advice the word?"""

from __future__ import annotations

from typing import Any

import pytest

from receta.core import language
from receta.evaluation.usefulness import (
    Usefulness,
    guess_of,
    judge_usefulness,
    next_steps,
    say_scores,
)


def judge(low: float, guess: float | None = 0.5, n: int = 300, **more: Any) -> Usefulness:
    return judge_usefulness(
        {"accuracy": 0.95, "interval": [low, 1.0], "n": n, "blind": guess, **more}
    )


@pytest.mark.parametrize(
    ("low", "word", "words"),
    [
        (0.3, "not better than guessing", "30.0%, is no more than"),
        (0.5, "not better than guessing", "50.0%, is no more than"),
        (0.549, "not better than guessing", "54.9%, is hardly more than"),
        (0.551, "promising", "avoids 10% of the mistakes"),
        (0.899, "promising", "From 80% on it would count as good"),
        (0.901, "good for use", "avoids 80% of the mistakes of a guess (good from 80% on)"),
    ],
)
def test_the_word_goes_by_the_mistakes_of_a_guess_that_are_surely_avoided(low, word, words):
    found = judge(low)
    assert found.word == word
    assert words in found.why


def test_what_is_avoided_is_a_share_of_what_a_guess_gets_wrong() -> None:
    assert judge(0.959, 0.8).word == "promising"
    assert judge(0.961, 0.8).word == "good for use"
    assert judge(0.75, 0.0).word == "promising"


def test_just_the_bound_counts() -> None:
    assert (judge(0.8, 0.0).word, judge(0.1, 0.0).word) == ("good for use", "promising")


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({}, "No test part was kept"),
        ({"accuracy": 1.0, "interval": [0.9, 1.0], "n": 0}, "No test part was kept"),
        ({"accuracy": 1.0, "n": 50}, "No test part was kept"),
        ({"interval": [0.9, 1.0], "n": 50}, "No test part was kept"),
        ({"accuracy": 1.0, "interval": [0.9, 1.0], "n": 50}, "Nothing tells what a guess"),
    ],
)
def test_without_figures_nothing_is_judged(scores: dict[str, Any], words: str) -> None:
    found = judge_usefulness(scores)
    assert (found.word, words in found.why) == ("cannot be judged", True)


def test_what_was_seen_few_examples_and_a_guess_that_is_always_right_judge_nothing() -> None:
    assert judge(0.9, seen_in_training=3).why.startswith("3 of the 300 examples were used")
    assert judge(0.95, n=29).why.startswith("29 test examples are too few; from 30 on")
    assert judge(0.95, n=30).word == "good for use"
    assert judge(0.95, 1.0).why.startswith("Nothing tells")


def test_a_guess_is_that_of_the_baseline_else_of_the_blind_answer_else_of_the_counts() -> None:
    confusion = [[3, 1], [0, 2]]
    assert guess_of({"baselines": {"prior": 0.0}, "blind": 0.4}) == 0.0
    assert guess_of({"baselines": {"linear": 0.9}, "blind": 0.4}) == 0.4
    assert guess_of({"blind": 0.0, "confusion": confusion}) == 0.0
    assert guess_of({"baselines": None, "confusion": confusion}) == pytest.approx(4 / 6)
    assert guess_of({"confusion": [[0, 0], [0, 0]]}) is None
    assert guess_of({}) is None


def test_a_model_is_used_and_data_of_a_poor_one_are_looked_at() -> None:
    used = [command for command, _ in next_steps(judge(0.95), "a run", "photos")]
    assert used == [
        *("receta predict 'a run' PICTURE", "receta serve 'a run'"),
        "receta export 'a run' --to onnx,web",
    ]
    assert len(next_steps(judge(0.95, n=5), "run", "")) == 3
    for poor in (None, judge(0.3)):
        assert next_steps(poor, "run", "photos")[0][0] == "receta audit photos --report audit.html"
        assert next_steps(poor, "run", "") == []


def test_a_share_is_said_where_a_model_can_be_judged_and_a_count_where_not() -> None:
    scores = {"accuracy": 0.9, "interval": [0.86, 0.93], "n": 300, "blind": 0.5}
    show = "{:.0%}".format
    assert say_scores(scores, show) == "Names 90% of new pictures right"
    few = say_scores({**scores, "n": 10}, show)
    assert few == "9 of 10 test pictures are right"
    assert say_scores({**scores, "n": 0}, show) == "Names 90% of new pictures right"


def test_examples_that_a_model_knew_are_not_called_test_examples() -> None:
    scores = {"kind": "table", "accuracy": 0.6, "interval": [0.5, 0.7], "n": 100, "blind": 0.5}
    said = say_scores({**scores, "seen_in_training": 70}, SHOWN)
    assert said == "60 of 100 rows are right, 70 of which it knew before"
    assert language.translate(said, "es") != said


SHOWN = "{:.1%}".format
TEXTS = {"kind": "texts", "accuracy": 0.892, "interval": [0.868, 0.912], "n": 758, "blind": 0.892}
BEST = {"rung": "tf_idf", "called": "TF-IDF", "value": 0.985, "network_value": 0.861}
ERRORS = {"kind": "table", "measure": "rmse", "value": 54.2, "interval": [48, 60], "n": 66}


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (
            {**TEXTS, "rung": "linear", "better": {**BEST, "network": "linear"}},
            "receta's best network is linear: 89.2% of new texts right, promising; TF-IDF does "
            "better on validation (98.5% against 86.1%)",
        ),
        (
            {**TEXTS, "rung": "linear", "better": {**BEST, "network": "mlp", "is_network": True}},
            "receta's best network is linear: 89.2% of new texts right, promising; no deeper one "
            "does better on validation (98.5% against 86.1% of mlp)",
        ),
        (
            {**TEXTS, "rung": "prior", "no_network": "time", "better": BEST},
            "No network had time; always naming the most frequent class remains: 89.2% of new "
            "texts right, promising; TF-IDF does better on validation (98.5% against 86.1%)",
        ),
        (
            {**ERRORS, "rung": "prior", "no_network": "worse"},
            "No network does better than always saying the mean: wrong by 54.2 (RMSE), promising",
        ),
        (
            {**ERRORS, "measure": "mase", "rung": "naive", "no_network": "time"},
            "No network had time; repeating the last value remains: wrong by 54.2 (MASE), "
            "promising",
        ),
    ],
)
def test_one_sentence_says_who_has_which_figure(scores: dict[str, Any], said: str) -> None:
    assert say_scores(scores, SHOWN, "promising") == said
    assert say_scores(scores, SHOWN) == said.replace(", promising", "")
    spoken = language.translate(f"{said}.", "es")
    assert not any(word in spoken.split() for word in ("network", "had", "does", "right,"))


def test_a_longer_run_is_the_first_step_where_networks_had_no_time() -> None:
    for poor in (None, judge(0.3)):
        steps = next_steps(poor, "run", "sms.tsv --target 1", "texts", longer="5m")
        assert [command.split()[1] for command, _ in steps] == ["run", "audit"]
        assert steps[0][0] == "receta run sms.tsv --target 1 --budget 5m"
    assert next_steps(judge(0.95), "run", "a.csv", "rows", longer="5m")[-1][0].endswith("5m")


@pytest.mark.parametrize(
    ("measure", "high", "guess", "word", "words"),
    [
        # of the square error: 0.9 ** 0.5 = 0.949, 0.2 ** 0.5 = 0.447
        ("rmse", 1.2, 1.0, "not better than guessing", "is no less than"),
        ("rmse", 1.0, 1.0, "not better than guessing", "is no less than"),
        ("rmse", 0.95, 1.0, "not better than guessing", "is hardly less than"),
        ("rmse", 0.948, 1.0, "promising", "avoids 10% of the square error of a guess. From 80%"),
        ("rmse", 0.448, 1.0, "promising", "avoids 80% of"),
        ("rmse", 0.447, 1.0, "good for use", "(good from 80% on)"),
        ("rmse", 0.5, 0.6, "promising", "avoids 31% of"),
        ("rmse", 0.5, 0.0, "cannot be judged", "Nothing tells"),
        # of a forecast a fifth is good, and an eighth of that is more than a guess
        ("mase", 0.976, 1.0, "not better than guessing", "is hardly less than"),
        ("mase", 0.975, 1.0, "promising", "From 20% on"),
        ("mase", 0.801, 1.0, "promising", "From 20% on"),
        ("mase", 0.799, 1.0, "good for use", "(good from 20% on)"),
    ],
)
def test_the_word_of_an_error_goes_by_its_high_end(measure, high, guess, word, words) -> None:
    scores = {"measure": measure, "value": 0.1, "interval": [0.0, high], "n": 300, "blind": guess}
    found = judge_usefulness(scores)
    assert found.word == word
    assert words in found.why


def test_more_of_what_the_data_hold_is_advised() -> None:
    assert "Add photos, set a larger" in judge(0.9, n=5).why
    assert "Add rows, set a larger" in judge(0.9, n=5, kind="table").why
    forecasts = {"measure": "mase", "value": 0.5, "interval": [0.4, 0.6], "blind": 1.0}
    assert judge_usefulness({**forecasts, "n": 5}).word == "good for use"
    assert judge_usefulness({**forecasts, "n": 4}).why.startswith("4 test examples are too few")


def test_of_values_the_mean_stands_beside_the_error() -> None:
    scores = {"measure": "rmse", "value": 54.2, "interval": [48, 60], "n": 66}
    assert say_scores(scores, SHOWN) == "Typically wrong by 54.2"
    assert say_scores({**scores, "blind": 77.0}, SHOWN).endswith("; always saying the mean: 77")
    assert say_scores({}, SHOWN) == "Nothing is known about new examples"
    labels = {"mean_average_precision": 0.7, "accuracy": 0.9, "n": 5, "interval": [0.8, 0.95]}
    assert say_scores(labels, SHOWN) == "Names 90.0% of labels of new pictures right"


@pytest.mark.parametrize(
    ("things", "verbs"),
    [
        ("pictures", ["predict run PICTURE", "serve run", "export run --to onnx,web"]),
        ("rows", ["predict run FILE.csv", "export run --to onnx"]),
        ("windows", ["predict run --out forecast.csv", "export run --to onnx"]),
    ],
)
def test_what_is_next_goes_by_what_the_examples_are(things: str, verbs: list[str]) -> None:
    expected = [f"receta {verb}" for verb in verbs]
    good = judge(0.95)
    assert [command for command, _ in next_steps(good, "run", "data", things)] == expected
    assert [command for command, _ in next_steps(good, "run", "", things, longer="5m")] == expected
    longer = [command for command, _ in next_steps(good, "run", "data", things, longer="5m")]
    assert longer == [*expected, "receta run data --budget 5m"]
