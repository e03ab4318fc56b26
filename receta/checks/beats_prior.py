"""Does the trained rung do better on validation data than the most frequent class?"""

from __future__ import annotations

import numpy as np

from receta.checks import Trained, _examples
from receta.checks.beats_blind import guess, no_gain, standard_errors
from receta.core.finding import Finding, Verdict

ORDER = 110
STAGE = "after"
SURE = 2.33  # standard errors: chance gets this far once in 100 times


def beats_prior(trained: Trained) -> Finding:
    """Validation accuracy after training, against a blind guess."""
    truth = trained.validation_targets
    hits = trained.validation_predictions.argmax(axis=1) == truth
    blind = guess(truth)
    verdict: Verdict
    if standard_errors(hits, blind) > SURE:
        verdict, advice = "ok", ""
    elif no_gain(hits, blind):
        verdict = "fail"
        advice = (
            "After all its training it knows no more than a blind guess: look at labels and pictures side by side, "
            "and whether this kind of network can see the difference at all."
        )
    else:
        verdict, advice = "warn", f"{len(truth)} validation examples are too few to tell: add pictures."
    return Finding("beats_prior", verdict, round(float(hits.mean()), 4), "accuracy",
                   f"> {blind.mean():.3f}, that of a blind guess", where=trained.name, advice=advice)  # fmt: skip


def sound() -> Trained:
    """Everything right."""
    return _examples.trained()


def broken() -> Trained:
    """Always the same answer."""
    return _examples.trained(validation_predictions=np.tile([1.0, 0.0, 0.0], (300, 1)))
