"""Does a larger network fit the training data better than a smaller one?"""

from __future__ import annotations

from receta.checks import Trained
from receta.checks.beats_prior import cut_short
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict
from receta.core.sketch import NamedBars

AFTER = "beats_prior"
QUESTION = "Does more capacity lower the training loss?"
MEASURES = "training loss against that of the simpler rungs"
SOUND = "lower, or training accuracy of 0.95"
SKETCH = NamedBars("rungs", "losses")
STAGE = "after"
FITTED = 0.95  # training accuracy above which there is too little left to fit


def capacity_helps(trained: Trained) -> Finding | None:
    """Training loss against that of the best simpler rung; None without one."""
    if not trained.lower:
        return None
    name, bound = min(trained.lower.items(), key=lambda item: item[1])
    enough = trained.asks.strict(FITTED, trained.validation_targets)
    reached = {trained.asks.MEASURE: trained.train_accuracy}
    fitted = trained.asks.fitted(reached, trained.validation_targets) >= enough
    verdict: Verdict = "ok" if trained.train_loss < bound or fitted else "warn"
    advice = (
        ""
        if verdict == "ok"
        else cut_short(trained)
        or (
            f"It fits its training data worse than {name}, though it is larger: train it longer, "
            "raise the learning rate, or lower dropout, augmentation and penalties."
        )
    )
    expected = f"< {bound:.4f}, that of {name}" + (
        f", or training {trained.asks.WORDS['learnt']} >= {enough:.4g}" if fitted else ""
    )
    return Finding(
        "capacity_helps",
        verdict,
        round(trained.train_loss, 4),
        f"{trained.asks.LOSS_UNIT} on training data",
        expected,
        where=trained.name,
        advice=advice,
        shown={
            "rungs": [*trained.lower, trained.name],
            "losses": [*trained.lower.values(), trained.train_loss],
        },
    )


def sound() -> Trained:
    """A lower loss than the simpler rung's."""
    return examples.trained()


def broken() -> Trained:
    """A higher loss than the simpler rung's."""
    return examples.trained(train_loss=0.9, train_accuracy=0.6)
