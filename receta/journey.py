"""What is the whole way from data to a judged model? The first file to read; the door `run`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from receta import kinds, models, tasks, training
from receta.audits import audit, refuse, worth_asking
from receta.cleaning import DEFAULT_FIXES, Plan, clean, plan
from receta.core.deadline import Deadline
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.recipe import Recipe
from receta.core.session import MachineSettings, Session
from receta.data.dataset import Dataset, Splits
from receta.data.examples import Parts
from receta.data.options import Options, spell_options
from receta.report.ending import conclude
from receta.sources import load
from receta.splitting import split
from receta.training import Run, expected


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
    progress: Progress = Unasked(),
    **options: Any,
) -> Run:
    """The main job: look, clean, split, check, climb, judge, report.

    options: those of `Options`, about the data. callbacks, trust: as for `train`. deadline: by
    default the recipe's budget from now. out: the run folder, by default one under runs/ that the
    same call finds again. One that was begun is gone on with to the same bits, a finished one is
    left as it is. Raises CheckFailed (after the report is written) when no rung passed its checks,
    DataRefused where a column gives the target away.
    """
    asked = recipe or Recipe()
    recipe = models.add_pretrained(asked)
    models.admit(recipe, trusted=trust)
    said = Options(**options).words()
    folder = Path(out) if out else training.default_folder(data, test, recipe, said)
    machine = MachineSettings.of(recipe)
    until = deadline or Deadline(machine.budget_s or math.inf)
    training.refuse_strangers(folder)
    tell_stage(progress, "looking at the data")
    everything = load(data, test=test, progress=progress, **said)
    tasks.of(everything.task).refuse(recipe)
    recipe = kinds.climbed(recipe, everything)
    tell_stage(progress, expected.DECODING, expected.at_first(everything, recipe, until))
    examples = kinds.read(everything, recipe, progress)
    with training.open_folder(Session(folder, progress, until, machine, callbacks, force)) as work:
        asks = worth_asking(machine.budget_s)
        pixels = examples.inputs if kinds.of(examples).NOUN.is_seen else None
        findings = audit(everything, pixels=pixels, progress=progress, **asks)
        if not force:
            refuse(findings)
        kept = clean(examples, findings)
        parts = Parts.of(split(kept, recipe), examples.inputs)
        shown = work.session.progress
        recipe = training.choose_ladder(parts, recipe, asked, progress=shown, folder=folder)
        ahead = expected.of_run(parts.train, recipe, until)
        tell_stage(progress, expected.STARTING, ahead)
        known = training.describe(examples, kept, recipe)
        run, best = training.climb(
            parts,
            recipe,
            work.session,
            everything=parts.union(),
            about={"command": command, "asked": sorted(asked.model_fields_set), "data": known},
            reserved_s=training.reserve_for_report(recipe.rungs, machine.budget_s),
        )
        conclude(run, parts, findings, training.LeftOut.between(examples, kept), work)
    if best is None:
        raise training.error_of_none_passed(run)
    return Run.open(folder)


def divide(
    everything: Dataset, recipe: Recipe = Recipe(), *, progress: Progress = Unasked()
) -> tuple[Plan, Splits]:
    """The parts that `run` uses of these data, and what it leaves out before it divides them."""
    examples = kinds.read(everything, recipe, progress)
    findings = audit(
        everything,
        pixels=examples.inputs if kinds.of(examples).NOUN.is_seen else None,
        only=DEFAULT_FIXES,
        within_s=worth_asking(MachineSettings.of(recipe).budget_s).get("within_s", math.inf),
        progress=progress,
    )
    cleaned = plan(examples, findings)
    return cleaned, split(cleaned.after, recipe)
