"""Which learning rate suits a network and its data, found in seconds?

The rate rises step by step on real batches, from one at which nothing moves to one at
which the loss explodes. Source: Smith (2017), "Cyclical learning rates for training neural
networks", section 3.3.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds, models, tasks
from receta.checks import blind_answer
from receta.core import disk
from receta.core.deadline import NEVER, Deadline
from receta.core.errors import InputError
from receta.core.progress import Progress, Unasked, tell_detail
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.dataset import Splits
from receta.data.examples import Parts
from receta.pipeline import backend
from receta.pipeline.batches import Batches
from receta.training.decisions import Decisions
from receta.training.networks import build_learner

if TYPE_CHECKING:
    import keras

LOW, HIGH = 1e-6, 1.0
STEPS = 100
_MEMORY = 0.9  # of the running mean of the loss, which single batches make jump
_EXPLODED = 3.0  # times the lowest loss so far, from where on nothing comes back
_FIRST = 10  # steps before which nothing is judged
_SHARE = 0.15  # of the time of a rung within a budget


@dataclass(frozen=True)
class Rates:
    """What a sweep over learning rates showed.

    rates, losses: (steps,) the rate of each step and the running mean of the loss then,
    in nats. steepest: the rate of the fastest fall; lowest: that of the lowest loss.
    suggested is a tenth of the lowest, or the steepest where that is lower.
    """

    rung: str
    rates: list[float]
    losses: list[float]
    steepest: float
    lowest: float
    suggested: float
    why: str

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return asdict(self)


def rate(
    parts: Splits,
    rung: str,
    recipe: Recipe | None = None,
    *,
    pixels: Any = None,
    deadline: Deadline = NEVER,
    trust: bool = False,
    progress: Progress = Unasked(),
) -> Rates:
    """Find a learning rate for a rung on the training part, in seconds.

    A network of its own is trained for 100 steps; nothing else changes. Raises UnknownName
    for a rung that is not on the shelf, InputError for one that does not learn. deadline:
    when a search that is not over is given up (for `settle_rate`). trust: whether
    a SavedModel that is the rung may run.
    """
    recipe = recipe or Recipe()
    models.admit(recipe.with_settings(rungs=(rung,)), trusted=trust)
    if not models.is_trained(rung):
        raise InputError(
            f"{rung} learns nothing; expected a rung that is trained. `receta list rungs` "
            "shows all."
        )
    recipe = recipe.for_rung(models.defaults(rung, len(parts.train), parts.train.kind))
    backend.prefer(recipe.backend)
    backend.start(recipe.threads)
    train = kinds.feed(parts, recipe, progress, inputs=pixels).train
    batches = Batches.of(train, recipe.batch_size, recipe.seed, recipe.imbalance)
    backend.forget(recipe.seed)
    plain = recipe.with_settings(learning_rate=LOW, accumulate=1)
    learner = build_learner(
        models.build(rung, kinds.learn(train), blind_answer(train), plain, task=train.task),
        plain,
    )
    with progress.bar(f"{rung}: learning rates", STEPS, "steps") as bar:
        task, units = tasks.of(train.task), tasks.of(train.task).units(learner)
        share = 1.0 if units is None else float((1 / units**2).mean())
        blind = task.entropy(blind_answer(train)) * share
        rates, losses = _sweep(learner, batches, bar, deadline, blind)
    backend.forget(recipe.seed)
    return _read_curve(rung, rates, losses)


def settle_rate(rung: str, parts: Parts, recipe: Recipe, session: Session) -> Recipe:
    """The recipe of a rung whose rate is to be found: found once, then kept in its decisions.

    A rung that does not learn by steps of its own keeps its usual rate, as does one for which
    there is no time: the session's deadline is when the rung must be trained.
    """
    train, progress = parts.train, session.progress
    usual = models.complete_recipe(rung, recipe, len(train), train.kind)
    if not models.is_trained(rung) or models.is_transfer(rung):
        return usual

    def decide() -> dict[str, Any]:
        try:
            until = session.deadline.share(_SHARE)
            found = rate(parts, rung, recipe, progress=progress, deadline=until)
        except _Late:
            tell_detail(
                progress,
                f"{rung}: learning rate {usual.learning_rate:g}, its usual one: no time is left "
                "to find another",
            )
            return {"suggested": usual.learning_rate}
        tell_detail(progress, f"{rung}: learning rate {found.why}")
        draw(found, session.folder / "rate.png")
        return found.to_json()

    known = Decisions(session.folder).once("learning_rate", decide)
    return usual.with_settings(learning_rate=known["suggested"])


class _Late(Exception):
    """The time for the search is over."""


def _sweep(
    learner: keras.Model, batches: Batches, bar: Any, deadline: Deadline, blind: float
) -> tuple[list[float], list[float]]:
    """blind: the loss of a guess by class shares, which says how much of a loss is much: one
    rare example is no explosion.
    """
    rates: list[float] = []
    losses: list[float] = []
    mean, lowest = 0.0, math.inf
    for step, now in enumerate(np.geomspace(LOW, HIGH, STEPS)):
        if deadline.is_over():
            raise _Late
        learner.optimizer.learning_rate = float(now)
        inputs, targets = batches.batch(step // batches.steps, step % batches.steps)
        weights = None if batches.class_weights is None else batches.class_weights[targets]
        learner.reset_metrics()  # else the loss is that of all steps so far
        loss = float(
            learner.train_on_batch(inputs, targets, sample_weight=weights, return_dict=True)["loss"]
        )
        bar.advance(1, rate=f"{now:.1e}", loss=f"{loss:.4f}")
        if not math.isfinite(loss):
            break
        mean = _MEMORY * mean + (1 - _MEMORY) * loss
        rates.append(float(now))
        losses.append(mean / (1 - _MEMORY ** (step + 1)))
        if step >= _FIRST:  # single batches, before, may hold no rare example
            lowest = min(lowest, losses[-1])
        if step > _FIRST + 1 and losses[-1] > _EXPLODED * max(lowest, blind):
            break
    return rates, losses


def _read_curve(rung: str, rates: list[float], losses: list[float]) -> Rates:
    """Read the curve: where it falls fastest, and where it is lowest."""
    if len(rates) <= _FIRST + 1:
        raise InputError(
            f"the loss of {rung} is no number from a rate of {LOW:g} on; expected it to be "
            "finite. Run `receta check`."
        )
    tail = np.asarray(losses[_FIRST:])
    lowest = rates[_FIRST + int(tail.argmin())]
    slopes = np.gradient(tail[: max(2, int(tail.argmin()) + 1)])
    steepest = rates[_FIRST + int(slopes.argmin())]
    suggested = min(lowest / 10, steepest)
    which = (
        "a tenth of the rate of the lowest loss"
        if suggested < steepest
        else "the rate of the steepest fall"
    )
    suggested = float(f"{suggested:.2g}")
    return Rates(
        rung,
        [float(f"{one:.4g}") for one in rates],
        [round(one, 5) for one in losses],
        float(f"{steepest:.3g}"),
        float(f"{lowest:.3g}"),
        suggested,
        f"{suggested:g}: {which} (steepest at {steepest:.2g}, lowest at {lowest:.2g})",
    )


def draw(found: Rates, path: Path) -> None:
    """Write the curve as a PNG picture: loss over the rate, which is a logarithm."""
    from PIL import Image, ImageDraw, ImageFont

    width, height, left, right, top, bottom = 900, 520, 80, 30, 50, 70
    picture = Image.new("RGB", (width, height), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(16)
    low, high = min(found.losses), min(max(found.losses), found.losses[0] * 1.5)
    room = 0.06 * (high - low or 1.0)
    low, high = low - room, high + room

    def x(rate: float) -> float:
        return left + (width - left - right) * math.log(rate / LOW) / math.log(HIGH / LOW)

    def y(loss: float) -> float:
        return top + (height - top - bottom) * (high - min(max(loss, low), high)) / (high - low)

    for power in range(round(math.log10(LOW)), round(math.log10(HIGH)) + 1):
        at = x(10.0**power)
        pen.line([(at, top), (at, height - bottom)], "#dddddd")
        pen.text((at, height - bottom + 8), f"{10.0**power:g}", "#444444", font, anchor="ma")
    for part in range(5):
        loss = low + (high - low) * part / 4
        pen.line([(left, y(loss)), (width - right, y(loss))], "#dddddd")
        pen.text((left - 8, y(loss)), f"{loss:.3g}", "#444444", font, anchor="rm")
    pen.line(
        [(x(one), y(loss)) for one, loss in zip(found.rates, found.losses, strict=True)],
        "#1f5fbf",
        3,
    )
    for one, colour, what in (
        (found.suggested, "#0a7d33", "suggested"),
        (found.lowest, "#b3261e", "lowest"),
    ):
        pen.line([(x(one), top), (x(one), height - bottom)], colour, 2)
        pen.text(
            (x(one) - 6, top + (4 if what == "suggested" else 24)),
            f"{what} {one:g}",
            colour,
            font,
            anchor="ra",
        )
    pen.text((left, 14), f"{found.rung}: loss by learning rate", "#111111", font)
    pen.text(
        ((left + width - right) / 2, height - 14), "learning rate", "#444444", font, anchor="ms"
    )
    with disk.replacing(path) as temporary:
        picture.save(temporary, "PNG")
