"""Does the trained rung do better on validation data than the most frequent class?"""

from __future__ import annotations

import numpy as np

from receta import models
from receta.checks import Trained
from receta.checks.beats_blind import no_gain, spread, standard_errors
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict

AFTER = "beats_blind"
QUESTION = "Is it better than always giving the same answer?"
MEASURES = "validation accuracy against the most frequent class"
SOUND = "2.33 standard errors above; fails where enough examples show a gain below 0.1"
STAGE = "after"
SURE = 2.33  # standard errors: chance gets this far once in 100 times
FEW = 2  # epochs, after which a network may still know nothing


def beats_prior(trained: Trained) -> Finding:
    """What validation shows after training, against a blind guess."""
    truth = trained.validation_targets
    measured, blind, gains = trained.asks.gains(trained.validation_predictions, truth)
    verdict: Verdict
    if standard_errors(gains) > SURE:
        verdict, advice = "ok", ""
    elif no_gain(gains):
        verdict = "fail" if trained.asks.IS_BLIND_POOR else "warn"
        advice = cut_short(trained) or (
            "After all its training it knows no more than a blind guess: look at labels and "
            "pictures side by side, and whether this kind of network can see the difference at all."
        )
    else:
        verdict, advice = (
            "warn",
            f"{len(truth)} validation examples are too few to tell: add more.",
        )
    return Finding(
        "beats_prior",
        verdict,
        round(measured, 4),
        trained.asks.GAIN,
        f"> {blind + SURE * spread(gains):.3f}, that of a blind guess with what chance may add",
        where=trained.name,
        advice=advice,
    )


def cut_short(trained: Trained) -> str:
    """What to do where there was time for hardly any training, else nothing."""
    epochs = len(trained.history)
    # a head has no epochs, but penalties
    if not 0 < epochs <= FEW or models.is_transfer(trained.name):
        return ""
    return (
        f"It was trained for {epochs} epoch{'s' if epochs > 1 else ''} only: give it more time "
        "(--budget, or epochs) before looking for a fault in data or network."
    )


def sound() -> Trained:
    """Everything right."""
    return examples.trained()


def broken() -> Trained:
    """Always the same answer."""
    return examples.trained(validation_predictions=np.tile([1.0, 0.0, 0.0], (300, 1)))
