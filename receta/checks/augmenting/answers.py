"""What do two small models answer differently, more often than by luck?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Judged:
    """(n,) class named for each example by models that have not learnt from it.

    plain: of the picture as it is, by the model of such pictures; turned: of its copy, by
    the same; after, after_turned: by the model that has learnt from copies too.
    """

    plain: np.ndarray
    turned: np.ndarray
    after: np.ndarray
    after_turned: np.ndarray


DOUBT = 0.01  # chance to refuse a harmless one, by each of the tests


CLASS_LOSS = 0.25  # of a class's accuracy, from which on a class alone can refuse


def chance_of_losses(before: np.ndarray, now: np.ndarray) -> float:
    """Chance of as many more losses than gains by luck (McNemar's exact test, one-sided)."""
    lost, won = int((before & ~now).sum()), int((~before & now).sum())
    return _chance(won, lost)


def _chance(fewer: int, more: int) -> float:
    """Chance that a fair coin falls on one side `more` times or more of all."""
    from scipy.stats import binom

    return float(binom.sf(more - 1, fewer + more, 0.5)) if fewer + more else 1.0


def say_confused(judged: Judged, targets: np.ndarray, class_names: Sequence[str]) -> str:
    """Which class is taken for which in copies, most often."""
    wrong = (judged.plain == targets) & (judged.turned != targets)
    pairs, counts = np.unique(
        np.stack([targets[wrong], judged.turned[wrong]]), axis=1, return_counts=True
    )
    best = int(counts.argmax())
    truth, named = pairs[:, best]
    of = int((targets == truth).sum())
    return (
        f"{counts[best]} of {of} of class {class_names[truth]} are then taken for "
        f"{class_names[named]}"
    )


def say_losing_class(judged: Judged, targets: np.ndarray, class_names: Sequence[str]) -> str:
    """Which class alone a mirror turns into another, in words; empty for none."""
    classes = [label for label in np.unique(targets) if (targets == label).sum() >= FEWEST_A_CLASS]
    for label in classes:
        own = targets == label
        plain, turned = judged.plain[own] == label, judged.turned[own] == label
        after = judged.after[own] == label
        lost = float(plain.mean() - turned.mean())
        if (
            lost >= CLASS_LOSS
            and chance_of_losses(plain, turned) < DOUBT / len(classes)
            and chance_of_losses(after, plain) > DOUBT
        ):
            one = Judged(
                judged.plain[own], judged.turned[own], judged.after[own], judged.after_turned[own]
            )
            return (
                f"class {class_names[label]} does not stay itself: "
                f"{say_confused(one, targets[own], class_names)}"
            )
    return ""


FEWEST, FEWEST_A_CLASS = 100, 10
