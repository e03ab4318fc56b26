"""How well do TF-IDF of words and pairs and a logistic regression do, as scikit-learn has them?"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from receta import tasks
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Examples
from receta.data.texts import texts_of
from receta.data.words import find_words
from receta.yardsticks import Answer, OutOfTime

AFTER = "boosting"
KINDS = ("texts",)
ORIGIN = "TF-IDF of words and pairs with logistic regression, or ridge for values, of scikit-learn"
CALLED = "TF-IDF with logistic regression"
# Newspapers 0.554, messages 0.989; 0.437 before it had converged (LOG.md, 2026-12-01).
STRENGTH = 30.0
# Threads wait for each other by spinning: of two, each class took 30 times as long.
_THREADS = 1
_MANY = 1_000  # texts, from which a word or pair must be in two of them
_MOST_WORDS = 513  # of a text, as networks have them


def tf_idf(train: Examples, recipe: Recipe, session: Session) -> Answer:
    """A classifier on sparse counts, weighed by rarity; a ridge regression for each value."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    fewest = 2 if len(train) >= _MANY else 1
    counted = TfidfVectorizer(analyzer=_terms, sublinear_tf=True, min_df=fewest)
    found, task = counted.fit_transform(texts_of(train)), tasks.of(train.task)
    if task.IS_COUNTED:
        each = _tell_each(found, train.targets, session)
        outputs = len(task.outputs(train))

        def answer(examples: Examples) -> np.ndarray:
            asked = counted.transform(texts_of(examples))
            said = np.zeros((asked.shape[0], outputs), np.float32)
            for output, model in each.items():
                said[:, output] = model.predict_proba(asked)[:, 1]
            return said / np.maximum(said.sum(axis=1, keepdims=True), 1e-30)

        return answer
    ridge = Ridge().fit(found, train.targets.reshape(len(train), -1))
    return lambda examples: np.asarray(
        ridge.predict(counted.transform(texts_of(examples))), np.float32
    ).reshape(len(examples), -1)


def _tell_each(found: Any, targets: np.ndarray, session: Session) -> dict[int, Any]:
    """A regression of each class against all others, by its number; each until it converges."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    known, each = np.unique(targets), {}
    for done, output in enumerate(known.tolist()):
        if session.deadline.is_over():
            raise OutOfTime(f"{done} of {len(known)} classes were fitted in its time.")
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=1_000)
        with threadpool_limits(_THREADS):
            each[output] = model.fit(found, targets == output)
    return each


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
