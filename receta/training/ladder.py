"""Which models are worth climbing for these pictures, where nobody named any?"""

from __future__ import annotations

from pathlib import Path

from receta import models
from receta.core.progress import Progress
from receta.core.recipe import Recipe
from receta.pipeline.transferring import Advice
from receta.training.run import Run


def fitted(recipe: Recipe, advised: Advice, folder: Path, progress: Progress, *, named: bool) -> Recipe:
    """The recipe with the ladder for these pictures; as it is where the user named one.

    Colour photos begin with a network that was trained on a million others, whose weights
    were given or come with a package. The cnn follows where pictures are posed, as hands
    before a wall are, which a network of their own may learn better. A run that was begun
    keeps its ladder, whatever has been installed since.
    """
    given = next(filter(models.transfers, recipe.rungs), "")
    if named or recipe.weights == "random" or not advised.photos:
        return recipe
    if (folder / "run.json").exists() and (begun := _begun(Run.open(folder).recipe.rungs, recipe, given)):
        return recipe.with_settings(rungs=begun)
    rung = given or models.packaged()
    if not rung:
        if advised.transfer:
            progress.say(advised.without_weights())
        return recipe
    chosen, every = _of_photos(rung, posed=not advised.transfer), list(recipe.rungs)
    if not given:
        every.insert(every.index("cnn"), rung)
    later = ", then cnn, which may learn more of pictures that are all alike" if "cnn" in chosen else ""
    left_out = ", ".join(name for name in every if name not in chosen)
    progress.say(f"photos: {advised.why}. So {rung} is trained{later}; without {left_out}. "
                 f"All of them: --set rungs={','.join(every)}, with another --out")  # fmt: skip
    return recipe.with_settings(rungs=chosen)


def _of_photos(rung: str, *, posed: bool) -> tuple[str, ...]:
    """Networks on pixels one by one, which are the other yardsticks, tell nothing of photos: 0.57 for linear on cats and dogs (LOG.md)."""
    return ("prior", rung, "cnn") if posed else ("prior", rung)


def _begun(begun: tuple[str, ...], recipe: Recipe, given: str) -> tuple[str, ...]:
    """The ladder of a run that was begun, where it is one of those that nobody named."""
    rung = next(filter(models.transfers, begun), "")
    plain = (recipe.rungs, *(_of_photos(rung, posed=posed) for posed in (True, False) if rung and given in ("", rung)))
    return begun if begun in plain else ()
