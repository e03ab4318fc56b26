"""How much of the time does each rung get, and which rung cannot be paid any more?"""

from __future__ import annotations

from collections.abc import Sequence

from receta import models, yardsticks
from receta.core.deadline import Deadline
from receta.data.dataset import Splits
from receta.training.outcome import TRAIN_SAMPLE
from receta.training.result import RungResult, choose

_LEAST_USEFUL_S = 6.0  # what checking, building and a few epochs of a small rung take
# of which a yardstick that learns would take what the network needs: 0.75 instead of 0.88 in 20 s
# (LOG.md)
_SHORT_S = 30.0
_LEAST_S = 1.0  # below, a rung is not worth building
_SHOWN_S = 0.05  # less is told as nothing
# Seconds that the test and the report take, at least, and as a share of a budget.
_REPORT_S, _BACKBONE_S, _REPORT_SHARE = 4.0, 7.0, 0.02


def reserve_for_report(rungs: Sequence[str], budget_s: float) -> float:
    """Seconds of an idle machine that the test and the report take of a budget."""
    if not budget_s:
        return 0.0
    least = _BACKBONE_S if any(models.is_transfer(rung) for rung in rungs) else _REPORT_S
    return min(max(least, _REPORT_SHARE * budget_s), budget_s / 3)


def count_spent(rungs: Sequence[RungResult]) -> float:
    """Seconds that finished rungs took, checks and all."""
    return float(sum(rung.wall_s or 0.0 for rung in rungs))


def share_time(rungs: Sequence[str], deadline: Deadline, kind: str = "") -> Deadline:
    """When the first of some rungs must be done: its share of the time beside the others."""
    shares = [models.share(rung, kind) for rung in rungs]
    share = shares[0] / sum(shares) if sum(shares) else 1.0
    return deadline.share(
        max(share, min(_LEAST_USEFUL_S / max(deadline.seconds_left(), 1e-9), 0.25))
    )


def leave_time_to_judge(parts: Splits, speed: float, deadline: Deadline) -> Deadline:
    """When a rung must be trained, so that time is left to judge it.

    It is looked at on validation when trained, for its temperature and with it, on a sample of
    training, and twice on the test part. speed: pictures a second in training, of which a forward
    pass is a third; 0 where unknown.
    """
    if not deadline.is_limited or not speed:
        return deadline
    looks = 3 * len(parts.validation) + min(TRAIN_SAMPLE, len(parts.train)) + 2 * len(parts.test)
    return deadline.sooner(min(looks / (3 * speed), max(0.0, deadline.seconds_left() / 2)))


def explain_skipping(
    rungs: Sequence[str],
    done: Sequence[RungResult],
    deadline: Deadline,
    *,
    kind: str = "",
    is_quick: bool = False,
) -> str:
    """Why the first of the rungs ahead is not climbed within a budget; empty where it is.

    is_quick: whether its weights are found nearly at once. Such a rung is climbed late, too.
    """
    rung, *ahead = rungs
    shares = {one: models.share(one, kind) for one in rungs}
    is_yardstick = yardsticks.is_yardstick(rung)
    if not deadline.is_limited or not (models.is_trained(rung) or is_yardstick):
        return ""
    left = deadline.seconds_left()
    best = choose(done)
    if best is None:
        return ""
    if left < _LEAST_S and not is_quick:
        much = f"{left:.1f} s of the budget are" if left >= _SHOWN_S else "nothing of the budget is"
        return f"{much} left for training, and {best.rung} is there: too little time to train it"
    if is_yardstick:
        return _spare_networks(ahead, done, left)
    learnt = models.is_trained(best.rung)  # nobody has learnt who repeats the last season
    if learnt and best.is_perfect:
        return (
            f"{best.rung} gets all of validation right, at a loss of {best.loss:.5f}: no "
            "better could be seen"
        )
    if is_quick:
        return ""
    share = left * shares[rung] / sum(shares.values())
    stronger = [one for one in ahead if shares[one] > shares[rung]]
    # A starved machine takes as long again to build and to check the next one as it took for the
    # last.
    least = max(
        [
            _LEAST_USEFUL_S,
            *((one.wall_s or 0.0) - (one.seconds or 0.0) for one in done if one.state == "trained"),
        ]
    )
    if stronger and share < least and (learnt or left < _SHORT_S):
        return (
            f"of {left:.0f} s that are left {share:.1f} s would be its share, less than it takes "
            "to build and to check it; "
            f"{best.rung} is there, and {stronger[-1]} gets the time"
        )
    return ""


def _spare_networks(ahead: Sequence[str], done: Sequence[RungResult], left: float) -> str:
    """Why a yardstick is left out where its time is all that a first network would have."""
    waiting = [rung for rung in ahead if models.is_trained(rung)]
    if left >= _LEAST_USEFUL_S or not waiting or any(rung.epochs for rung in done):
        return ""
    return f"{waiting[-1]} gets the {left:.0f} s that are left, and no network was trained before"
