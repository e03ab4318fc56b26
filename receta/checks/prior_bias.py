"""Does the output bias say the class shares, so that the first steps need not learn them?"""

from __future__ import annotations

import numpy as np

from receta.checks import Setup
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict

AFTER = "loss_at_init"
QUESTION = "Does the output start at what the targets alone tell?"
MEASURES = "distance of softmax(output bias) from the class shares"
SOUND = "0.05 at most; above 0.2 fails"
STAGE = "before"
# total variation; 0.05 moves the first loss by less than 0.02 nats
WARN_ABOVE, FAIL_ABOVE = 0.05, 0.2


def prior_bias(setup: Setup) -> Finding:
    """Distance of what the output bias says from the class shares; of labels the farthest."""
    from keras import ops

    head = setup.fresh(setup.plain()).layers[-1]  # the one that the other checks use
    bias = getattr(head, "bias", None)
    logits = (
        np.zeros(len(setup.blind))
        if bias is None
        else np.asarray(ops.convert_to_numpy(bias), np.float64)
    )
    distance = setup.asks.bias_distance(logits, setup.blind)
    verdict: Verdict = (
        "fail" if distance > FAIL_ABOVE else "warn" if distance > WARN_ABOVE else "ok"
    )
    advice = (
        ""
        if verdict == "ok"
        else "Start the output bias at the logarithm of the shares (of labels: at their logits)."
    )
    return Finding(
        "prior_bias",
        verdict,
        round(distance, 4),
        "total variation",
        f"<= {WARN_ABOVE}",
        where=setup.name,
        advice=advice,
    )


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
