"""Does the output bias say the class shares, so that the first steps need not learn them?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.checks import Setup
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict

AFTER = "loss_at_init"
QUESTION = "Does the output start at what the targets alone tell?"
MEASURES = (
    "distance of softmax(output bias) from the class shares; of values that of the bias from their "
    "mean, in spreads"
)
SOUND = "0.05 at most; above 0.2 fails"
STAGE = "before"
# total variation; 0.05 moves the first loss by less than 0.02 nats
WARN_ABOVE, FAIL_ABOVE = 0.05, 0.2


def prior_bias(setup: Setup) -> Finding:
    """Distance of what the output bias says from the blind answer; of labels the farthest."""
    model = setup.fresh(setup.plain())  # the one that the other checks use
    told = setup.asks.output_bias(model)
    bias = _find_bias(model, len(setup.blind)) if told is None else told
    distance = 0.0 if bias is None else setup.asks.bias_distance(bias, setup.blind)
    verdict: Verdict = (
        "fail" if distance > FAIL_ABOVE else "warn" if distance > WARN_ABOVE else "ok"
    )
    advice = (
        ""
        if verdict == "ok"
        else "Start the output bias at the logarithm of the shares (of labels: at their logits; "
        "of values: at their mean)."
    )
    return Finding(
        "prior_bias",
        verdict,
        round(distance, 4),
        "distance",
        f"<= {WARN_ABOVE}",
        where=setup.name,
        advice=advice if bias is not None else "Its last layer has no bias to look at.",
        judged=bias is not None,
    )


def _find_bias(model: Any, outputs: int) -> np.ndarray | None:
    """(outputs,) what is added last: a bias, perhaps brought to the unit of values behind it.

    None where the last layer has none.
    """
    import keras

    last: Any = model.layers[-1]
    scale, offset = np.ones(1), np.zeros(1)
    if isinstance(last, keras.layers.Rescaling):
        scale, offset, last = np.asarray(last.scale), np.asarray(last.offset), model.layers[-2]
    if not hasattr(last, "bias"):
        return None
    bias = np.zeros(1) if last.bias is None else keras.ops.convert_to_numpy(last.bias)
    return np.zeros(outputs) + np.asarray(bias * scale + offset, np.float64)


def sound() -> Setup:
    """The bias that `build` sets."""
    return examples.setup()


def broken() -> Setup:
    """Nine of ten examples of one class, and a bias of zeros."""
    import keras

    def unbiased(recipe: object) -> keras.Model:
        inputs = keras.Input((8, 8, 1), dtype="uint8")
        x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
        return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))

    return examples.setup(unbiased, blind=np.array([0.9, 0.05, 0.05]))
