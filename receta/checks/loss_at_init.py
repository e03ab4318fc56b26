"""Is the first loss that of a guess by class shares? If not, the scale or the head is wrong."""

from __future__ import annotations

from receta.checks import Setup
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict
from receta.core.sketch import Bars

AFTER = ""
QUESTION = "Is the loss before training what chance predicts?"
MEASURES = "the first loss, against the entropy of the class shares"
SOUND = (
    "within 0.7 of that entropy above it; above 2 or far below it fails. The head of the cnn "
    "starts small, so that its first answer is the blind guess"
)
SKETCH = Bars((("measured", "measured"), ("expected", "expected")))
STAGE = "before"
# Glorot logits on inputs of unit size add 0.05 to 0.5 nats to the entropy (LOG.md); unscaled pixels
# add tens.
# excess over the entropy; in entropies, or nats where that is below 1
WARN_ABOVE, FAIL_ABOVE, FAIL_BELOW = 0.7, 2.0, -0.5


def loss_at_init(setup: Setup) -> Finding:
    """First loss against the entropy of the class shares, in nats."""
    from keras import ops

    model = setup.fresh(setup.plain())
    n = min(256, len(setup.inputs))
    predicted = ops.convert_to_numpy(model(setup.inputs[:n], training=True))
    truth = setup.targets[:n]
    measured = float(setup.asks.losses(predicted, truth).mean())
    # Against the sample's own blind loss: its class mix may differ from the whole part's.
    blind = setup.asks.blind_loss(setup.blind, truth)
    excess = (measured - blind) / max(setup.entropy, 1.0)
    verdict: Verdict = (
        "fail"
        if not FAIL_BELOW <= excess <= FAIL_ABOVE
        else "warn"
        if excess > WARN_ABOVE
        else "ok"
    )
    advice = ""
    if excess > WARN_ABOVE:
        advice = (
            "Scale the inputs to about 0..1 inside the model, and start the output bias at "
            "the log of the class shares."
        )
    elif verdict == "fail":
        advice = (
            "A loss this low before training means that the answer leaks into the input or "
            "the labels are constant."
        )
    return Finding(
        "loss_at_init",
        verdict,
        round(measured, 4),
        setup.asks.LOSS_UNIT,
        f"about {blind:.3f}, {setup.asks.WORDS['blind_loss']}",
        where=setup.name,
        advice=advice,
        shown={"measured": measured, "expected": blind},
    )


def sound() -> Setup:
    """Scaled pixels and a prior bias."""
    return examples.setup()


def broken() -> Setup:
    """Pixels that reach the first layer as 0..255."""
    import keras

    def unscaled(recipe: object) -> keras.Model:
        inputs = keras.Input((8, 8, 1), dtype="uint8")
        x = keras.layers.Flatten()(keras.layers.Rescaling(1.0)(inputs))
        x = keras.layers.Dense(64, activation="relu")(x)
        return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))

    return examples.setup(unscaled)
