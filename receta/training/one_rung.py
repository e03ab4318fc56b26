"""How is one rung climbed: its recipe decided, its set-up checked, trained, and checked again?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from receta import checks, models
from receta.core import disk, records
from receta.core.finding import Finding
from receta.core.progress import tell_stage
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.training.decisions import Decisions
from receta.training.planning import find_strength, plan, settle_strength
from receta.training.preparing import Prepared, prepare
from receta.training.rates import settle_rate
from receta.training.result import RungResult
from receta.training.rung import train_rung
from receta.training.time_shares import leave_time_to_judge
from receta.training.transfer import train_transfer

_FASTER = 2  # times as fast as in the checks, on small batches, a training may be
_CHECKS_SHARE = 0.2  # of the time of a rung within a budget


@dataclass(frozen=True)
class Attempt:
    """A rung that is about to be trained.

    recipe: the user's; own: the rung's. done: what came of simpler rungs. ready: what a
    pretrained rung begins with.
    """

    rung: str
    parts: Parts
    recipe: Recipe
    own: Recipe
    session: Session
    done: Sequence[RungResult]
    ready: Prepared | None = None


def climb_rung(
    rung: str, parts: Parts, recipe: Recipe, session: Session, done: Sequence[RungResult]
) -> tuple[RungResult, Any]:
    """(what came of a rung, the trained network or None where it was stopped).

    session: its folder is the rung's, its deadline when the rung must be done.
    """
    if not models.is_trained(rung):
        tell_stage(session.progress, rung)
    attempt = _begin(rung, parts, recipe, session, done)
    found = _check(attempt) if models.is_trained(rung) else []
    failed = [finding for finding in found if finding.failed]
    if failed and not session.force:
        return _stop(rung, failed[0], found), None
    attempt = _settle_recipe(attempt, found)
    result, trained = _train(attempt)
    # nobody can use it, with --force or without
    if not math.isfinite(trained.train_loss + (result.loss or 0.0)):
        diverged = _tell_divergence(rung, len(trained.history))
        return _stop(rung, diverged, [*found, diverged]), None
    if models.is_trained(rung):
        found = [*found, *checks.after(trained), *result.findings]
    failed = [finding for finding in found if finding.failed]
    if failed and not session.force:
        why = failed[0].sentence()
        return dataclasses.replace(result, state="stopped", why=why, findings=tuple(found)), None
    own = attempt.own.model_dump(mode="json")
    return dataclasses.replace(result, recipe=own, findings=tuple(found)), trained.model


def _begin(
    rung: str, parts: Parts, recipe: Recipe, session: Session, done: Sequence[RungResult]
) -> Attempt:
    """The attempt with the rung's own rate, pictures and examples."""
    own = Decisions(session.folder).find_recipe()
    if own is None:
        own = recipe.for_rung(models.defaults(rung, len(parts.train), parts.train.kind))
        own = own if own.learning_rate else settle_rate(rung, parts, recipe, session)
    ready = prepare(rung, parts, own, session) if models.is_transfer(rung) else None
    return Attempt(rung, ready.parts if ready else parts, recipe, own, session, done, ready)


def _check(attempt: Attempt) -> list[Finding]:
    """What the checks before training found; those of an earlier process where it came so far."""
    path = attempt.session.folder / "checks.json"
    if path.exists():
        return [Finding.from_json(plain) for plain in disk.read_json(path, records.FINDINGS)]
    setup = checks.setup(
        attempt.rung,
        attempt.parts,
        attempt.recipe,
        body=attempt.ready.body if attempt.ready else None,
        progress=attempt.session.progress,
    )
    until = attempt.session.deadline.share(_CHECKS_SHARE)
    found = checks.before(setup, deadline=until, progress=attempt.session.progress)
    if _may_vary(attempt, found):
        earlier = [finding for simpler in attempt.done for finding in simpler.findings]
        found += checks.of_augmentation(setup, earlier=earlier, deadline=until)
    disk.write_json(path, [finding.to_json() for finding in found])
    return found


def _may_vary(attempt: Attempt, found: Sequence[Finding]) -> bool:
    """Whether pictures may be varied, so that it is worth asking which ways keep labels.

    That they are not is a decision, and kept.
    """
    own, recipe, n = attempt.own, attempt.recipe, len(attempt.parts.train)
    speed = 0.0 if models.is_transfer(attempt.rung) else _FASTER * checks.speed(found)
    if find_strength(own, recipe, n, speed, attempt.session.deadline)[1]:
        return True
    settle_strength(own, recipe, n, speed, attempt.session)
    return False


def _settle_recipe(attempt: Attempt, found: Sequence[Finding]) -> Attempt:
    """The attempt with the recipe that the rung is trained by, decided once, and time to judge."""
    rung, parts, session = attempt.rung, attempt.parts, attempt.session
    # what was seen of a head tells nothing of fine-tuning
    speed = checks.speed(found) if models.is_trained(rung) and not models.is_transfer(rung) else 0.0
    session = session.until(leave_time_to_judge(parts, speed, session.deadline))
    decisions = Decisions(session.folder)
    if decisions.find_recipe() is None:
        own = attempt.own
        if models.is_trained(rung):
            own = checks.without_harm(own, found)
            if not models.is_transfer(rung):
                # Checks take small batches in float32; where a probe measured real steps, it
                # knows better.
                speed = plan(rung, parts, own, session).images_per_second or speed
            own = settle_strength(own, attempt.recipe, len(parts.train), speed, session)
        decisions.keep_recipe(own)
    return dataclasses.replace(attempt, own=decisions.find_recipe() or attempt.own, session=session)


def _train(attempt: Attempt) -> tuple[RungResult, checks.Trained]:
    lower = {
        one.rung: one.train_loss
        for one in attempt.done
        if one.state == "trained" and one.train_loss is not None and not one.is_yardstick
    }
    rung, parts, own, session = attempt.rung, attempt.parts, attempt.own, attempt.session
    if attempt.ready is not None:
        return train_transfer(rung, parts, own, session, lower=lower, ready=attempt.ready)
    return train_rung(rung, parts, own, session, lower=lower)


def _tell_divergence(rung: str, epochs: int) -> Finding:
    return Finding(
        "diverges",
        "fail",
        epochs,
        "epochs",
        "a loss that is a number",
        where=rung,
        advice="Its loss is no number any more: lower the learning rate (--set "
        "learning_rate=…, or auto).",
    )


def _stop(rung: str, failed: Finding, found: Sequence[Finding]) -> RungResult:
    return RungResult(rung, "stopped", failed.sentence(), tuple(found))
