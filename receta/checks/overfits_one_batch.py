"""Can the network learn one batch by heart? If not, something is wired wrongly."""

from __future__ import annotations

import math

import numpy as np

from receta.checks import Setup
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict
from receta.core.sketch import Curve

AFTER = "prior_bias"
QUESTION = "Can it learn one small batch by heart?"
MEASURES = "accuracy on 32 examples after at most 400 steps on nothing else"
SOUND = "1.0; below 0.9 fails, as does a loss that is no number"
SKETCH = Curve("steps", "loss", "step", "loss")
STAGE = "before"
BATCH = 32  # S2's, as are the steps' order of magnitude (240)
MOST_STEPS = 400
WARN_BELOW = 1.0
FAIL_BELOW = 0.9


def overfits_one_batch(setup: Setup) -> Finding:
    """Accuracy on one batch after training on nothing else."""
    recipe = setup.plain()
    model = setup.fresh(recipe)
    weights = sum(int(np.prod(one.shape)) for one in model.trainable_weights)
    n = min(BATCH, setup.asks.most_by_heart(weights // model.output_shape[-1]))
    inputs, targets = setup.inputs[:n], setup.targets[:n]
    fail_below, learnt = setup.asks.strict(FAIL_BELOW, targets), setup.asks.WORDS["learnt"]
    steps: list[int] = []
    losses: list[float] = []
    accuracy = 0.0
    for step in range(MOST_STEPS):
        model.reset_metrics()
        figures = model.train_on_batch(inputs, targets, return_dict=True)
        accuracy = setup.asks.fitted(figures, targets)
        if not math.isfinite(float(figures["loss"])):
            return Finding(
                "overfits_one_batch",
                "fail",
                round(accuracy, 4),
                f"{learnt} after {step + 1} steps",
                "1.0",
                where=setup.name,
                advice="Its loss is no number any more: lower the learning rate, and look at the "
                "scale of the input.",
                shown={"steps": steps, "loss": losses},
            )
        if step % 5 == 0 or accuracy == 1.0:
            steps.append(step + 1)
            losses.append(round(float(figures["loss"]), 5))
        if accuracy == 1.0 or setup.deadline.is_over():
            break
    shown = {"steps": steps, "loss": losses}
    if accuracy < WARN_BELOW and step + 1 < MOST_STEPS:
        return Finding(
            "overfits_one_batch",
            "ok",
            round(accuracy, 4),
            f"{learnt} after {step + 1} steps",
            "1.0",
            where=setup.name,
            advice="The budget left no time for more steps.",
            shown=shown,
            judged=False,
        )
    verdict: Verdict = (
        "fail" if accuracy < fail_below else "warn" if accuracy < WARN_BELOW else "ok"
    )
    advice = (
        ""
        if verdict == "ok"
        else (
            f"A network that cannot learn {n} examples by heart is wired wrongly or too small, or "
            "the same example stands there under two labels: look at the input, the loss, the head "
            "and the learning rate."
        )
    )
    return Finding(
        "overfits_one_batch",
        verdict,
        round(accuracy, 4),
        f"{learnt} after {step + 1} steps",
        "1.0",
        where=setup.name,
        advice=advice,
        shown=shown,
    )


def sound() -> Setup:
    """A network with room enough."""
    return examples.setup()


def broken() -> Setup:
    """A network that sees only the mean of a picture, whose class is elsewhere."""
    import keras

    def blind(recipe: object) -> keras.Model:
        inputs = keras.Input((8, 8, 1), dtype="uint8")
        x = keras.layers.Rescaling(0.0)(inputs)
        x = keras.layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))

    return examples.setup(blind)
