"""Does the network learn from the input what a blind one cannot know?

Trained for a moment on some examples, it must do better on held-out ones than the
most frequent class, and worse again when their pixels are zeroed. Labels, of which most
are absent anyhow, must be said likelier of examples that have them. Source: Karpathy
(2019), "A recipe for training neural networks", input-independent baseline.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from receta import models
from receta.checks import Setup
from receta.checks.setups import examples
from receta.core.facts import Facts
from receta.core.finding import Finding, Verdict
from receta.core.seeds import rng
from receta.core.sketch import Bars

AFTER = "overfits_one_batch"
QUESTION = "Does it learn from the input, not only from how often each answer comes?"
MEASURES = (
    "held-out accuracy after a moment of training, against the most frequent class and against "
    "zeroed pictures"
)
SOUND = (
    "three standard errors above; fails where the training examples are known by heart and "
    "enough held-out ones show no gain"
)
SKETCH = Bars((("real", "with the input"), ("blind", "with a zeroed input")), are_shares=True)
STAGE = "before"
SURE = 3.0  # standard errors: chance gets this far once in 700 looks, and 60 looks hang together
BATCH = 32
MOST_EPOCHS = 60
MOST_SECONDS = 30.0  # within a budget
# floating-point operations without one: some 30 s of two cores, counted so that a repeat looks as
# long
MOST_WORK = 2e12
UNCOUNTED_EPOCHS = 15  # of a network whose work cannot be counted
# a failure needs evidence too: that the gain is below this; some 140 held-out examples give it
NO_GAIN = 0.1
FEWEST_HELD_OUT = 10  # of fewer, one odd example would decide
# examples that are looked at, in the median: fewer learnt by heart prove nothing
FEWEST_A_CLASS = 10
LEARNT = 0.95  # accuracy on the examples trained on, from which waiting longer is in vain


def beats_blind(setup: Setup) -> Finding:
    """Held-out accuracy after a short training, against a blind guess."""
    recipe = setup.plain()
    model = setup.fresh(recipe)
    truth = setup.validation_targets
    learnt_from = setup.asks.strict(LEARNT, setup.targets)
    deadline = setup.deadline.within(MOST_SECONDS) if setup.deadline.is_limited else setup.deadline
    epochs = MOST_EPOCHS if deadline.is_limited else _affordable(model, len(setup.inputs))
    real, blind, learnt, sure, gains = 0.0, 0.0, 0.0, -np.inf, np.zeros(len(truth))
    took: list[float] = []
    for epoch in range(epochs):
        chosen = rng(recipe.seed, "blind", epoch).permutation(len(setup.inputs))
        model.reset_metrics()
        # whole batches: another size would be compiled anew
        for start in range(0, max(len(chosen) - BATCH, 0) + 1, BATCH):
            some = chosen[start : start + BATCH]
            began = time.monotonic()
            figures = model.train_on_batch(
                setup.inputs[some], setup.targets[some], return_dict=True
            )
            learnt = setup.asks.fitted(figures, setup.targets[some])
            took.append(time.monotonic() - began)
        said = model.predict(setup.validation_inputs, batch_size=256, verbose=0)
        if not np.isfinite(said).all():
            return Finding(
                "beats_blind",
                "fail",
                epoch + 1,
                "epochs",
                "predictions that are numbers",
                where=setup.name,
                advice="Its predictions are no numbers any more: lower the learning rate, scale "
                "the input.",
            )
        real, blind, gains = setup.asks.gains(said, truth)
        sure = standard_errors(gains)
        if sure > SURE or learnt >= learnt_from or deadline.is_over():
            break
    zeros = np.zeros_like(setup.validation_inputs[:1])
    zeroed = setup.asks.gains(np.tile(model.predict(zeros, verbose=0), (len(truth), 1)), truth)[0]
    blind = max(blind, zeroed)
    verdict: Verdict
    if sure > SURE and real > zeroed:
        verdict, advice = "ok", ""
    elif (
        learnt >= learnt_from
        and no_gain(gains)
        and setup.asks.has_enough(setup.targets, FEWEST_A_CLASS)
    ):
        verdict = "fail"
        advice = (
            "It learns its examples by heart and nothing that holds for others: the labels do not "
            "belong to the pictures (shuffled apart, off by one), or there are far too few."
        )
    else:
        verdict = "warn"
        advice = (
            "Too early or too few to say after a moment of training; the check after "
            "training may tell."
        )
    return Finding(
        "beats_blind",
        verdict,
        round(real, 4),
        setup.asks.GAIN,
        f"> {blind:.3f}, that of a blind guess",
        where=setup.name,
        advice=advice,
        shown={"real": real, "blind": blind},
        facts=Facts(
            images_per_second=round(min(BATCH, len(setup.inputs)) / float(np.median(took)), 1)
        ),
    )


def _affordable(model: Any, n: int) -> int:
    """Epochs over n examples that are looked at where no clock says when to end."""
    work = models.count_flops(model)
    if work is None:
        return UNCOUNTED_EPOCHS
    # backwards takes as much as twice forwards
    return int(max(1, min(MOST_EPOCHS, MOST_WORK / (3 * max(work, 1) * max(n, 1)))))


def spread(gain: np.ndarray) -> float:
    """The standard error of the mean of gains (n,)."""
    return max(float(gain.std(ddof=1)) if len(gain) > 1 else 0.0, 1e-9) / float(np.sqrt(len(gain)))


def standard_errors(gain: np.ndarray) -> float:
    """By how many standard errors gains (n,) are above 0."""
    return float(gain.mean()) / spread(gain)


def no_gain(gain: np.ndarray) -> bool:
    """Whether gains (n,) are shown to be hardly above 0, if at all."""
    if len(gain) < FEWEST_HELD_OUT:
        return False
    # few examples may agree by luck; a coin's spread is the least
    widest = max(float(gain.std()), 0.5)
    return bool(gain.mean() + 2.33 * widest / np.sqrt(len(gain)) < NO_GAIN)


def sound() -> Setup:
    """Labels that belong to the pictures."""
    return examples.setup()


def broken() -> Setup:
    """Labels that were shuffled apart from their pictures."""
    setup = examples.setup()
    return examples.setup(
        targets=rng(1, "apart").permutation(setup.targets),
        validation_targets=rng(2, "apart").permutation(setup.validation_targets),
    )
