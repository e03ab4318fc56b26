"""What should be true of a set-up before it is trained, and of a model after? The door `check`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from receta import kinds, models
from receta.checks._contract import Check
from receta.checks.augmenting.choosing import (
    augmentable,
    draw_augmented,
    of_augmentation,
    without_harm,
)
from receta.checks.setups.setup import Setup, Trained, blind_answer, setup
from receta.core.amounts import short
from receta.core.deadline import NEVER, Deadline
from receta.core.finding import Finding, Findings, leave_unjudged
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.core.registry import Shelf
from receta.data.dataset import Splits
from receta.data.examples import Parts
from receta.pixels import Pixels, decode

__all__ = [
    "SHELF",
    "Check",
    "Setup",
    "Trained",
    "after",
    "augmentable",
    "before",
    "blind_answer",
    "check",
    "draw_augmented",
    "of_augmentation",
    "setup",
    "speed",
    "without_harm",
]

SHELF = Shelf("receta.checks", "check", contract=Check)


def check(
    parts: Splits,
    recipe: Recipe | None = None,
    *,
    pixels: Pixels | None = None,
    trust: bool = False,
    progress: Progress = Unasked(),
) -> Findings:
    """Check the set-up of every rung before it is trained, in seconds.

    trust: whether a SavedModel that the recipe names may run. Raises UnknownName for a rung
    that is not on the shelf, InputError for one that is for other data.
    """
    from receta.pipeline import backend

    recipe = recipe or Recipe()
    models.admit(recipe, trusted=trust)
    recipe = kinds.climbed(recipe, parts.train)
    backend.prefer(recipe.backend)
    backend.start(recipe.threads)
    rungs = [rung for rung in recipe.rungs if models.is_trained(rung)]
    fed = kinds.feed(parts, recipe, progress, pixels)  # validation pictures are looked at too
    findings = Findings()
    for rung in rungs:
        models.refuse_kind(rung, kinds.of(fed.train))
        seen = _seen_by(rung, fed, recipe, progress)
        ready = setup(rung, seen, recipe, progress=progress)
        model = models.build(rung, kinds.learn(seen.train), ready.blind, recipe, task=ready.task)
        flops = short(models.count_flops(model)) or "?"
        progress.say(
            f"{rung}: {model.count_params():,} parameters, {flops} FLOPs a {fed.train.noun.one}"
        )
        findings += [*before(ready, progress=progress), *of_augmentation(ready)]
    return findings


def _seen_by(rung: str, fed: Parts, recipe: Recipe, progress: Progress) -> Parts:
    """The parts as a rung sees them: pictures at the size of a pretrained one."""
    if not models.is_transfer(rung):
        return fed
    size, pixels = models.choose_size(rung, recipe, fed.inputs), fed.inputs
    larger = decode(fed.union(), size, pixels.channels, fit=recipe.fit, progress=progress)
    return fed.fed_by(larger)


def before(
    setup: Setup, *, deadline: Deadline = NEVER, progress: Progress = Unasked()
) -> list[Finding]:
    """All checks that come before training, in their order.

    deadline: when no more are begun; those left are told as not judged.
    """
    names = [name for name in SHELF.names() if SHELF.module(name).STAGE == "before"]
    if deadline.is_limited:
        setup = dataclasses.replace(setup, deadline=deadline)
    findings = []
    with progress.bar(f"checking {setup.name}", len(names), "checks") as bar:
        for name in names:
            late = setup.deadline.is_over()
            findings.append(_no_time(name, setup.name) if late else SHELF.function(name)(setup))
            bar.advance(1, check=name)
    return findings


def _no_time(name: str, rung: str) -> Finding:
    return leave_unjudged(
        name, "looks", "one look", where=rung, advice="The budget left no time to look."
    )


def speed(found: Sequence[Finding]) -> float:
    """Pictures a second that the network learnt from in the checks; 0 where that was not seen."""
    return next(
        (finding.facts.images_per_second for finding in found if finding.facts.images_per_second),
        0.0,
    )


def after(trained: Trained) -> list[Finding]:
    """All checks of a trained rung, in their order."""
    names = [name for name in SHELF.names() if SHELF.module(name).STAGE == "after"]
    found = [SHELF.function(name)(trained) for name in names]
    return [finding for finding in found if finding is not None]
