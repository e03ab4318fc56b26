"""Which models are worth climbing for these examples, where nobody named any?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta import kinds, models, tasks
from receta.core.amounts import counted
from receta.core.progress import Progress, tell_stage
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.dataset import Dataset
from receta.data.examples import Parts
from receta.pipeline.transferring import Advice, advice
from receta.pixels import Pixels
from receta.training import expected
from receta.training.run import Run


def suit_recipe(recipe: Recipe, data: Dataset, session: Session) -> Recipe:
    """The recipe with the ladder for this kind of data, which are decoded next.

    RecipeError for what cannot be set for them.
    """
    tasks.of(data.task).refuse(recipe)
    recipe = kinds.climbed(recipe, data)
    ahead = expected.at_first(data, recipe, session.deadline)
    tell_stage(session.progress, expected.DECODING, ahead)
    return recipe


def choose_ladder(
    parts: Parts, recipe: Recipe, asked: Recipe, *, progress: Progress, folder: Path | None = None
) -> Recipe:
    """The recipe with the ladder for these parts, where the user's recipe `asked` names none.

    folder: of a run that may have been begun.
    """
    named = "rungs" in asked.model_fields_set
    if not kinds.of(parts.train).NOUN.is_seen:
        return recipe if named else _shorten(parts, recipe, progress)
    advised = advice(parts.train, parts.inputs, recipe.seed)
    return fit_ladder(recipe, advised, progress, named=named, folder=folder)


def _shorten(parts: Parts, recipe: Recipe, progress: Progress) -> Recipe:
    """The recipe with the plainest two rungs, where the examples are too few for others."""
    kind, n = kinds.of(parts.train), sum(len(part) for part in parts)
    plainest = kind.RUNGS[:2]
    if n >= kind.FEW or recipe.rungs == plainest:
        return recipe
    progress.say(
        f"{counted(n, kind.NOUN.many)} are too few for more than one layer; --set rungs=… asks "
        "for others"
    )
    return recipe.with_settings(rungs=plainest)


def fit_ladder(
    recipe: Recipe,
    advised: Advice,
    progress: Progress,
    *,
    named: bool,
    folder: Path | None = None,
) -> Recipe:
    """The recipe with the ladder for these pictures; as it is where the user named one.

    Colour photos begin with a network that was trained on a million others, whose weights
    were given or come with a package. The cnn follows where pictures are posed, as hands
    before a wall are, which a network of their own may learn better. A run that was begun
    keeps its ladder, whatever has been installed since.
    """
    given = given_rung(recipe)
    if named or recipe.weights == "random" or not advised.photos:
        return recipe
    if folder and (folder / "run.json").exists():
        earlier = _allow_earlier(Run.open(folder).recipe.rungs, recipe, given)
        if earlier:
            return recipe.with_settings(rungs=earlier)
    rung = given or models.find_packaged()
    if not rung:
        if advised.transfer:
            progress.say(advised.without_weights())
        return recipe
    chosen, every = _of_photos(rung, posed=not advised.transfer), list(recipe.rungs)
    if not given:
        every.insert(every.index("cnn"), rung)
    later = (
        ", then cnn, which may learn more of pictures that are all alike" if "cnn" in chosen else ""
    )
    left_out = ", ".join(name for name in every if name not in chosen)
    progress.say(
        f"photos: {advised.why}. So {rung} is trained{later}; without {left_out}. "
        f"All of them: `--set rungs={','.join(every)}`, with another --out"
    )
    return recipe.with_settings(rungs=chosen)


@dataclass(frozen=True)
class Beginning:
    """What a run of pictures begins with: advice, the pretrained network, and what that sees.

    rung: empty, and shape None, where it begins with networks of its own.
    """

    advised: Advice
    rung: str
    shape: tuple[int, int, int] | None

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {"transfer": {**self.advised.to_json(), "rung": self.rung or None}}

    def sentence(self) -> str:
        """One line, for people."""
        return self.advised.sentence(self.rung)


def beginning(data: Dataset, pixels: Pixels, recipe: Recipe) -> Beginning:
    """What a run of these pictures begins with, without training anything."""
    advised, asked = advice(data, pixels, recipe.seed), models.add_pretrained(recipe)
    named = "rungs" in recipe.model_fields_set
    rung = given_rung(asked) or ("" if named or not advised.photos else models.find_packaged())
    if not rung or asked.weights == "random" or not (advised.photos or named):
        return Beginning(advised, "", None)
    height, width = models.choose_size(rung, asked, pixels)
    return Beginning(advised, rung, (height, width, pixels.channels))


def given_rung(recipe: Recipe) -> str:
    """The pretrained rung that the recipe names, or that --weights put there; empty without."""
    return next(filter(models.is_transfer, recipe.rungs), "")


def _of_photos(rung: str, *, posed: bool) -> tuple[str, ...]:
    """Networks on pixels one by one, which are the other yardsticks, tell nothing of photos:
    0.57 for linear on cats and dogs (LOG.md).
    """
    return ("prior", rung, "cnn") if posed else ("prior", rung)


def _allow_earlier(rungs: tuple[str, ...], recipe: Recipe, given: str) -> tuple[str, ...]:
    """The ladder of a run that was begun, where it is one of those that nobody named; else none."""
    rung = next(filter(models.is_transfer, rungs), "")
    plain = (
        recipe.rungs,
        *(_of_photos(rung, posed=posed) for posed in (True, False) if rung and given in ("", rung)),
    )
    return rungs if rungs in plain else ()
