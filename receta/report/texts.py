"""What does the page of texts say: how long they are, which words are known, which ones speak?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds, models
from receta.report.charts import plots
from receta.report.facts import Facts, TextFacts
from receta.report.words import number, percent

if TYPE_CHECKING:
    from receta.data.examples import Parts
    from receta.training import Run

_BINS = 32
_MOST_WORDS = 14  # that speak for a class
_MOST_CLASSES = 30


def gather_texts(run: Run, parts: Parts) -> TextFacts | None:
    """What is told of texts; None of other kinds."""
    if not kinds.of_model(run).NOUN.is_written:
        return None
    inputs, (spec,) = parts.inputs, run.specs
    rest = np.concatenate([parts.validation.rows, parts.test.rows])
    return TextFacts(
        inputs.lengths(parts.train.rows),
        spec.shape[0],
        len(spec.vocabulary) - 2,
        inputs.unknown_share(rest),
        _find_speaking(run),
    )


def _find_speaking(run: Run) -> tuple[tuple[str, tuple[str, ...]], ...]:
    trained = any(one.rung == "linear" and one.state == "trained" for one in run.rungs)
    if not trained:
        return ()
    weights = models.word_weights(run.rung_model("linear"))
    if weights is None or weights.shape[1] != len(run.class_names):
        return ()
    vocabulary = run.specs[0].vocabulary
    weights = weights[2:] - weights[2:].mean(axis=1, keepdims=True)
    found = []
    for name, column in zip(run.class_names[:_MOST_CLASSES], weights.T, strict=False):
        most = np.argsort(-column, kind="stable")[:_MOST_WORDS]
        found.append((name, tuple(vocabulary[at + 2] for at in most.tolist() if column[at] > 0)))
    return tuple(found)


def show_texts(facts: Facts) -> dict[str, Any] | None:
    """Sentences and charts of texts; None of other kinds."""
    told = facts.texts
    if told is None:
        return None
    low, high = 0, max(int(np.quantile(told.lengths, 0.995)) + 1, 2) if len(told.lengths) else 2
    counts, _ = np.histogram(np.clip(told.lengths, low, high), min(_BINS, high), (low, high))
    longer = float((told.lengths > told.length).mean()) if len(told.lengths) else 0.0
    return {
        "sentence": f"It takes the first {number(told.length)} words of a text, as numbers of a "
        f"vocabulary of {number(told.words)} words that the training part taught.",
        "unknown": f"Of the words of the other parts {percent(told.unknown)} are not in it; to the "
        "network they are all one word.",
        "longer": f"{percent(longer)} of the training texts are longer." if longer else "",
        "lengths": plots.histogram(
            counts.tolist(),
            low,
            high,
            x_name="words of a text",
            label=f"Words of the training texts, {low} to {high}",
        ),
        "speaking": told.speaking,
    }
