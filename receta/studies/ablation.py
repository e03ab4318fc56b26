"""What does each change of a recipe bring, and how sure is that? The door `ablate`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from receta import kinds, models, tasks
from receta.core import disk
from receta.core.deadline import NEVER, Deadline
from receta.core.errors import RecipeError
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.recipe import Recipe
from receta.data.examples import Examples
from receta.data.options import spell_options
from receta.studies import changes as changing
from receta.studies.ablated import Ablation
from receta.studies.ablated_page import write_page
from receta.studies.changes import Variant
from receta.studies.dividing import divide
from receta.studies.judged import Sizes, judge_variants
from receta.studies.limits import refuse_counts
from receta.studies.preparing import Question, begin, read
from receta.studies.presets import choose_rung, find_preset
from receta.studies.running import UNWATCHED, Watch, open_workers, run_trials
from receta.studies.study import StudyFolder, hold
from receta.studies.trial import Division, Outcome, Trial

SEEDS = 5  # where nobody says how many


@spell_options
def ablate(
    data: str | Path,
    *,
    changes: Sequence[str] = (),
    preset: str = "",
    pairs: bool = False,
    seeds: int = SEEDS,
    jobs: int = 1,
    on: str = "",
    recipe: Recipe | None = None,
    test: str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    deadline: Deadline = NEVER,
    watch: Watch = UNWATCHED,
    progress: Progress = Unasked(),
    **options: Any,
) -> Ablation:
    """Try each change of a recipe alone, over several seeds, beside the base.

    changes: as `dropout=0`, several at once with semicolons, `inputs=zeroed`. preset: a set of
    them by name, such as course. pairs: all pairs too. Each seed varies order, initialisation and
    division of the data. jobs: trials at a time; on: a Ray cluster's address. options: those of
    `Options`, about the data. The same call goes on with what it began; more seeds are added.
    Raises RecipeError for a change that is none, RunError for a folder of another study.
    """
    asked = recipe or Recipe()
    written = [changing.read_change(text) for text in changes]
    _refuse_impossible(written, preset, seeds, jobs)
    place = Question(
        verb="ablate",
        data=data,
        recipe=asked,
        asked={},
        test=test,
        options=options,
        jobs=jobs,
        out=out,
        force=force,
    )
    everything, examples = read(place, progress)
    if "rungs" not in asked.model_fields_set:
        asked = asked.with_settings(rungs=(choose_rung(preset, asked, examples),))
    more = find_preset(preset)(asked, examples, watch.say) if preset else []
    trained = len(divide(examples, asked, Division(seed=asked.seed)).train)
    for one in [one for one in more if changing.is_base(one, asked, examples, trained)]:
        watch.say(f"The variant {one.change} is left out: the base does that already.")
        more.remove(one)
    variants = changing.list_variants([*more, *written], pairs=pairs)
    _refuse_variants(variants, asked, examples, trained)
    question = dataclasses.replace(
        place,
        recipe=asked,
        asked={"changes": [one.to_json() for one in variants], "seeds": seeds},
    )
    with hold(question.folder):
        folder = begin(question, everything, examples, progress)
        trials = list_trials(variants, asked.seed, seeds)
        again = force or not _has_result(folder, seeds)
        tell_stage(progress, "trials")
        found: dict[int, Outcome] = {}
        with open_workers(jobs, on=on) as workers:
            for outcome in run_trials(
                folder, trials, workers, deadline=deadline, watch=watch, again=again
            ):
                found[outcome.number] = outcome
        kept = examples.without(folder.study.left_out)
        sizes = measure_sizes(kept, folder.study.base, [one.division for one in trials])
        is_share = tasks.of(examples.task).IS_SHARE
        return conclude(folder, variants, trials, found, sizes=sizes, is_share=is_share)


def list_trials(variants: Sequence[Variant], first: int, seeds: int) -> list[Trial]:
    """Each variant with each seed; a whole seed after the other, so that more can be added."""
    return [
        Trial(
            number=turn * len(variants) + place,
            name=f"{variant.change}, seed {seed}",
            settings={**variant.settings, "seed": seed},
            division=Division(seed=seed),
            inputs=variant.inputs,
        )
        for turn, seed in enumerate(range(first, first + seeds))
        for place, variant in enumerate(variants)
    ]


def measure_sizes(examples: Examples, recipe: Recipe, divisions: Sequence[Division]) -> Sizes:
    """How many examples train and judge, and whether others judge with each seed."""
    first, *others = dict.fromkeys(divisions)
    parts = divide(examples, recipe, first)
    tested = set(parts.test.rows.tolist())
    is_divided = any(
        set(divide(examples, recipe, other).test.rows.tolist()) != tested for other in others[:1]
    )
    return Sizes(trained=len(parts.train), tested=len(parts.test), is_divided=is_divided)


def conclude(
    folder: StudyFolder,
    variants: Sequence[Variant],
    trials: Sequence[Trial],
    found: dict[int, Outcome],
    *,
    sizes: Sizes,
    is_share: bool,
) -> Ablation:
    """Compare the variants over the seeds of which all of them are done.

    Once all are, result.json says it, and report.html shows it.
    """
    n = len(variants)
    rounds = [trials[at : at + n] for at in range(0, len(trials), n)]
    whole = [some for some in rounds if all(trial.number in found for trial in some)]
    outcomes = {
        variant.change: [found[some[place].number] for some in whole]
        for place, variant in enumerate(variants)
    }
    named = [(variant.change, variant.settings) for variant in variants]
    base, *others = judge_variants(named, outcomes, sizes, seed=folder.study.base.seed)
    measure = next((one.test or one.measure for one in found.values() if one.measure), None)
    ablation = Ablation(
        folder=folder.path,
        measure=measure.name if measure else "",
        better=measure.better if measure else "higher",
        base=base,
        variants=tuple(others),
        seeds=len(whole),
        is_finished=len(whole) == len(rounds),
        is_divided=sizes.is_divided,
        is_share=is_share,
        seconds=round(sum(one.seconds for one in found.values()), 1),
    )
    if ablation.seeds:
        write_page(ablation, folder.study)
    if ablation.is_finished:
        disk.write_json(folder.result_path, {"verb": "ablate", **ablation.to_json()})
    return ablation


def _has_result(folder: StudyFolder, seeds: int) -> bool:
    """Whether all that is asked for was found already."""
    if not folder.result_path.exists():
        return False
    return int(disk.read_json(folder.result_path, {"seeds": int})["seeds"]) >= seeds


def _refuse_impossible(written: Sequence[Variant], preset: str, seeds: int, jobs: int) -> None:
    """RecipeError for what can be no ablation, before the data are read."""
    if preset:
        find_preset(preset)
    if not written and not preset:
        raise RecipeError(
            "an ablation has nothing to change; expected a change. Name one with --change "
            "key=value, or a set of them with --preset course."
        )
    refuse_counts(seeds=seeds, jobs=jobs)


def _refuse_variants(
    variants: Sequence[Variant], recipe: Recipe, examples: Examples, trained: int
) -> None:
    """Raise before anything is trained where a variant is the base, or cannot be trained."""
    kind = kinds.of(examples)
    tasks.of(examples.task).refuse(recipe)
    changing.refuse_base(variants, recipe, examples, trained)
    for variant in variants:
        for rung in variant.settings.get("rungs", recipe.rungs):
            models.refuse_kind(rung, kind)
