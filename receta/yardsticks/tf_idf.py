"""How well do TF-IDF of words and pairs and a logistic regression do, as scikit-learn has them?"""

from __future__ import annotations

import itertools
import time
import warnings
from typing import Any

import numpy as np

from receta import tasks
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Examples
from receta.data.texts import texts_of
from receta.data.words import find_words
from receta.yardsticks import Answer

AFTER = "boosting"
KINDS = ("texts",)
ORIGIN = "TF-IDF of words and pairs with logistic regression, or ridge for values, of scikit-learn"
CALLED = "TF-IDF with logistic regression"
# Of 1, the usual, and 10: sms.tsv 0.958 and 0.980 right (LOG.md, 2026-11-30, texts).
STRENGTH = 10.0
# Threads wait for each other by spinning: on busy cores two take much longer than one.
_THREADS = 1
_STEPS = (20, 80, 200)  # one after the other, while there is time
_MOST_WORDS = 513  # of a text, as networks have them


def tf_idf(train: Examples, recipe: Recipe, session: Session) -> Answer:
    """A classifier on sparse counts, weighed by rarity; a ridge regression for each value."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge

    counted = TfidfVectorizer(analyzer=_terms)
    found, task = counted.fit_transform(texts_of(train)), tasks.of(train.task)
    if task.IS_COUNTED:
        model = LogisticRegression(C=STRENGTH, warm_start=True)
        _fit(model, found, train.targets, session)
        outputs = len(task.outputs(train))

        def answer(examples: Examples) -> np.ndarray:
            said = model.predict_proba(counted.transform(texts_of(examples)))
            spread = np.zeros((len(said), outputs), np.float32)
            spread[:, model.classes_] = said
            return spread

        return answer
    ridge = Ridge().fit(found, train.targets.reshape(len(train), -1))
    return lambda examples: np.asarray(
        ridge.predict(counted.transform(texts_of(examples))), np.float32
    ).reshape(len(examples), -1)


def _fit(model: Any, found: Any, targets: np.ndarray, session: Session) -> None:
    """As many steps as there is time for."""
    from threadpoolctl import threadpool_limits

    for steps, following in zip(_STEPS, (*_STEPS[1:], 0), strict=True):
        began = time.monotonic()
        with warnings.catch_warnings(), threadpool_limits(_THREADS):
            warnings.simplefilter("ignore")  # that it has not converged yet
            model.set_params(max_iter=steps).fit(found, targets)
        took = time.monotonic() - began
        if (
            np.max(model.n_iter_) < steps
            or took * following / steps > session.deadline.seconds_left()
        ):
            return


def find_hindrance(train: Examples) -> str:
    """Several labels of one example are not answered by one classifier."""
    task = tasks.of(train.task)
    if task.IS_COUNTED and not task.IS_EXCLUSIVE:
        return "It answers one class of each example, and these have several labels."
    return ""


def _terms(text: str) -> list[str]:
    """Words and pairs of words of a text."""
    words = find_words(text, _MOST_WORDS)
    return [*words, *(" ".join(pair) for pair in itertools.pairwise(words))]
