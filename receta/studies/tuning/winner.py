"""How good is the winner of a search really? It is trained from scratch, and judged once."""

from __future__ import annotations

import shutil
from pathlib import Path

from receta import training
from receta.core import disk, recipe_files
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.data.examples import Examples, Parts
from receta.report.ending import conclude
from receta.studies.dividing import divide
from receta.studies.study import StudyFolder
from receta.studies.trial import Division
from receta.studies.tuning.findings import Honest
from receta.studies.tuning.space import Settings


def train_winner(
    folder: StudyFolder,
    settings: Settings,
    examples: Examples,
    progress: Progress = Unasked(),
) -> training.Run:
    """The run of the best settings in the folder `best`; judged on the part that no trial saw.

    Its recipe stands in recipe.toml and recipe.json of the study. One that was begun goes on; that
    of another winner, before more trials came, is begun anew.
    """
    recipe = Recipe(**{**folder.study.recipe, **settings})
    path = folder.path / "best"
    _put_away_other(path, recipe)
    kept = examples.without(folder.study.left_out)
    division = Division(seed=recipe.seed)
    parts = Parts.of(divide(kept, recipe, division), kept.inputs)
    recipe_files.write(recipe, folder.path / "recipe.toml")
    disk.write_json(folder.path / "recipe.json", spell_recipe(recipe))
    command = f"receta train --recipe {folder.path / 'recipe.toml'}"
    about = {"command": command, "data": training.describe(examples, kept, recipe)}
    session = training.begin(path, recipe, progress, force=True)
    chosen = training.suit_recipe(recipe, parts.union(), session)
    with training.open_folder(session) as work:
        run = training.climb(parts, chosen, work.session, asked=recipe, about=about, is_judged=True)
        if run.scores is None:
            conclude(run, parts, (), training.LeftOut.between(examples, kept), work)
    return training.reopen(run)


def spell_recipe(recipe: Recipe) -> dict[str, object]:
    """The settings of a recipe that were set, as JSON."""
    return dict(recipe.model_dump(mode="json", exclude_unset=True))


def read_honest(run: training.Run) -> Honest | None:
    """What the test part says of a run; None where there is none."""
    scores = run.scores
    if scores is None:
        return None
    value = scores["value"] if "value" in scores else scores["accuracy"]
    low, high = scores["interval"]
    return Honest(float(value), (float(low), float(high)), int(scores["n"]))


def _put_away_other(path: Path, recipe: Recipe) -> None:
    """Remove the run of an earlier winner of this study."""
    if not (path / "recipe.toml").exists():
        return
    old = recipe_files.read(path / "recipe.toml")
    asked = spell_recipe(recipe)
    if {name: value for name, value in spell_recipe(old).items() if name in asked} != asked:
        shutil.rmtree(path)
