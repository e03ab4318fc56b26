"""How is a recipe run on folds or drawings of the data, and what is said when all are done?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from receta.cli.options import Where
from receta.cli.printing import console
from receta.cli.printing.progress import progress
from receta.cli.printing.studying import watch_study
from receta.cli.whole_run import RunOptions
from receta.core.errors import RecipeError

if TYPE_CHECKING:
    from receta.core.recipe import Recipe
    from receta.studies import CrossValidation


@dataclass(frozen=True)
class FoldOptions:
    """How often, in which way, and how many at a time."""

    cv: int
    bootstrap: int
    jobs: int


def make_folds(where: Where, recipe: Recipe, options: RunOptions, folds: FoldOptions) -> None:
    """Train once a fold, or go on with it, and print what came of all."""
    from receta import studies
    from receta.core import deadline

    if folds.cv and folds.bootstrap:
        raise RecipeError("--cv and --bootstrap divide the data in two ways; expected one of them.")
    if options.callbacks is not None or options.trust:
        raise RecipeError(
            "--callbacks and --trust bring code along, which trials in processes of their own do "
            "not run; expected a run of one division. Leave --cv and --bootstrap away."
        )
    with watch_study() as watch:
        found = studies.cross_validate(
            where.data,
            k=folds.cv or folds.bootstrap,
            way="folds" if folds.cv else "bootstrap",
            jobs=folds.jobs,
            recipe=recipe,
            test=where.test,
            out=options.out,
            force=options.force,
            deadline=deadline.of_command(recipe.budget_s or math.inf),
            watch=watch,
            progress=progress(),
            **where.options(),
        )
    if options.as_json:
        return console.print_json(found.to_json())
    _show(found)


def _show(found: CrossValidation) -> None:
    rows = [
        (str(one.fold + 1), one.rung, f"{one.value:.4f}", f"{one.validation:.4f}", f"{one.n:,}")
        for one in found.folds
    ]
    console.table(found.way, ("number", "model", found.measure, "validation", "tested on"), rows)
    low, high = found.interval
    console.tell(
        f"{found.measure}: mean {found.mean:.4f}, 95 % interval {low:.4f} to {high:.4f}; it knows "
        "that the trainings share examples."
    )
    console.tell(
        f"Every answer to an example that its network never saw: {found.out_of_fold} "
        f"({found.measure} {found.pooled:.4f} of all together)."
    )
    console.tell(f"Let all of them answer together: receta combine {found.folder}")
