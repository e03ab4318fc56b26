"""What is the whole way from data to a judged model? The first file to read; the door `run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from receta import audits, cleaning, kinds, models, sources, splitting, training
from receta.core.deadline import Deadline
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.data.examples import Parts
from receta.data.options import Options, spell_options
from receta.report.ending import conclude
from receta.studies import CrossValidation, cross_validate


@spell_options
def run(
    data: str | Path,
    *,
    test: str | Path | None = None,
    out: str | Path | None = None,
    recipe: Recipe | None = None,
    force: bool = False,
    command: str = "",
    callbacks: Any = None,
    trust: bool = False,
    deadline: Deadline | None = None,
    cv: int = 0,
    progress: Progress = Unasked(),
    **options: Any,
) -> training.Run | CrossValidation:
    """The main job: look, clean, split, check, climb, judge, report.

    options: those of `Options`, about the data. callbacks, trust: as for `train`. deadline: by
    default the recipe's budget from now. out: the run folder, by default one under runs/ that the
    same call finds again: it goes on to the same bits, or leaves a finished one as it is. Raises
    CheckFailed (after the report) when no rung passed its checks, DataRefused where a column gives
    the target away. cv: folds of a cross-validation, which is then made and given back.
    """
    if cv:
        return cross_validate(
            data, k=cv, test=test, out=out, recipe=recipe, force=force, progress=progress, **options
        )
    asked, said = recipe or Recipe(), Options(**options).words()
    recipe = models.admit(asked, trusted=trust)
    folder = Path(out) if out else training.default_folder(data, test, recipe, said)
    session = training.begin(
        folder, recipe, progress, callbacks=callbacks, force=force, deadline=deadline
    )
    everything = sources.load(data, test=test, progress=progress, **said)
    recipe = training.suit_recipe(recipe, everything, session)
    examples = kinds.read(everything, recipe, progress)
    with training.open_folder(session) as work:
        asks = audits.worth_asking(recipe.budget_s)
        findings = audits.audit(everything, pixels=examples.inputs, progress=progress, **asks)
        audits.refuse(findings, force=force)
        kept = cleaning.clean(examples, findings)
        parts = Parts.of(splitting.split(kept, recipe), examples.inputs)
        about = {"command": command, "data": training.describe(examples, kept, recipe)}
        run = training.climb(parts, recipe, work.session, asked=asked, about=about, is_judged=True)
        conclude(run, parts, findings, training.LeftOut.between(examples, kept), work)
    return training.reopen(run)
