"""Do the predictions on one fixed batch come to rest as training goes on?"""

from __future__ import annotations

import numpy as np

from receta.checks import Trained
from receta.checks.setups import examples
from receta.core.finding import Finding, Verdict
from receta.core.sketch import Curve

AFTER = "capacity_helps"
QUESTION = "Do the predictions settle down as training goes on?"
MEASURES = "change of the predictions on one fixed batch, in the last third of the epochs"
SOUND = "0.15 at most"
SKETCH = Curve("epochs", "change", "epoch", "change of the predictions")
STAGE = "after"
# Mean total variation between epochs in the last third. A batch that is right half of the time and
# wrong half of the time, with full confidence, would show 0.5.
WARN_ABOVE = 0.15


def predictions_settle(trained: Trained) -> Finding | None:
    """Mean change of the fixed batch's probabilities in the last third."""
    watched = trained.watched[np.isfinite(trained.watched).all(axis=(1, 2))]
    if len(watched) < len(trained.watched):
        return Finding(
            "predictions_settle",
            "warn",
            len(watched),
            "epochs",
            f"{len(trained.watched)}, all of them numbers",
            where=trained.name,
            advice="Then its loss was no number any more; the best weights before that are kept. "
            "Lower the learning rate.",
        )
    if len(watched) < 3:
        return None
    change = trained.asks.movement(watched)
    last = float(change[-max(1, len(change) // 3) :].mean())
    verdict: Verdict = "ok" if last <= WARN_ABOVE else "warn"
    advice = (
        ""
        if verdict == "ok"
        else "Predictions still swing from epoch to epoch: lower the learning rate."
    )
    return Finding(
        "predictions_settle",
        verdict,
        round(last, 4),
        "mean change an epoch",
        f"<= {WARN_ABOVE}",
        where=trained.name,
        advice=advice,
        shown={
            "epochs": list(range(2, len(change) + 2)),
            "change": [round(float(c), 5) for c in change],
        },
    )


def sound() -> Trained:
    """Predictions at rest."""
    return examples.trained()


def broken() -> Trained:
    """Predictions that jump between two classes."""
    swinging = np.stack([np.tile(np.eye(3)[epoch % 2], (4, 1)) for epoch in range(9)])
    return examples.trained(watched=swinging)
