"""How do a run's files become the facts that its page tells?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from receta import kinds, models, tasks
from receta.core.deadline import longer_budget
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.examples import Examples, Parts
from receta.evaluation.judging import Judged
from receta.evaluation.usefulness import value_of
from receta.pipeline import looking
from receta.pixels import Pixels
from receta.report.charts import gallery
from receta.report.facts import DataFacts, Facts, Mistake, Picture, RungFacts, Seen
from receta.report.series_facts import gather_series
from receta.report.texts import gather_texts
from receta.training import FILES, Run, RungResult, tell_hurry

_SEEN = 12

# written after the page
_LATER = ("report.html", "scores.json", "result.json", "findings.json", "quarantine.json")


def gather_facts(
    run: Run,
    parts: Parts,
    findings: Sequence[Finding],
    quarantined: Sequence[tuple[str, str]],
    judged: Judged,
    seconds: float,
) -> Facts:
    """Everything the page says, from the run, its data and its scores.

    judged: its answers are None when no rung was chosen.
    """
    scores, probabilities = judged.scores, judged.answers
    about, kind = run.about, kinds.of_model(run)
    sizes = _sizes(parts) if kind.NOUN.is_seen else {}
    data = DataFacts(
        n=sum(map(len, parts)),
        class_names=run.class_names,
        counts={name: part.counts().tolist() for name, part in parts.named().items()},
        image_size=run.input_shape,
        **sizes,
        noun=kind.NOUN,
        kind=kind.KIND,
        taken=_taken(run) if not kind.NOUN.is_seen else "",
        fingerprint=about["data"]["fingerprint"],
        source=about["data"]["source"],
        split=about["data"].get("split", ""),
        notes=about["data"].get("notes", ()),
        place=parts.train.place,
        quarantined=quarantined,
        task=run.task,
        parts={name: len(part) for name, part in parts.named().items()}
        if not tasks.of(run.task).IS_EXCLUSIVE
        else {},
    )
    best, hurry = str(scores.get("rung", "")), tell_hurry(run.recipe.budget_s, run.rungs)
    in_time = kind.NOUN.in_time and probabilities is not None and tasks.of(run.task).IS_RELATIVE
    return Facts(
        series=gather_series(parts, np.asarray(probabilities)) if in_time else None,
        title=about["data"].get("name", about["data"]["source"]),
        data=data,
        created=about["created"],
        command=about["command"],
        folder=str(run.folder),
        seconds=seconds,
        samples=_samples(parts.train, run.recipe.seed) if kind.NOUN.is_seen else (),
        seen=_seen(run, parts) if kind.NOUN.is_seen else None,
        findings=findings,
        pictured=gallery.collect_pictures(findings, Dataset.of(parts.train.source)),
        rungs=[_rung(run, rung, scores) for rung in run.rungs],
        best=best,
        chosen=_why(run, best),
        scores=scores,
        mistakes=_mistakes(parts.test, probabilities, run)
        if probabilities is not None and not in_time
        else (),
        values=_values(parts.test, probabilities, run),
        texts=gather_texts(run, parts),
        environment={name: str(value) for name, value in about["machine"].items()}
        | {"receta": about["receta"], "backend": about.get("backend", about["machine"]["backend"])},
        recipe=_recipe(run, best),
        files=[
            (name, what)
            for name, what in FILES.items()
            if name in _LATER or (run.folder / name).exists()
        ],
        hurry=hurry,
        longer=longer_budget(run.recipe.budget_s) if hurry else "",
        notes=["Checks that failed were overruled with --force."] if about["forced"] else [],
    )


def _sizes(parts: Parts) -> dict[str, Any]:
    """How large the original pictures are."""
    sizes = np.concatenate([parts.inputs.sizes[part.rows] for part in parts])
    smallest, median, largest = looking.spread(sizes)
    equal = smallest == largest
    return {"smallest": smallest, "median": median, "largest": largest, "sizes_equal": equal}


def _taken(run: Run) -> str:
    """What a network takes that is fed numbers: how many, and which."""
    shape, fields, columns = run.specs[0].shape, run.specs[0].fields, run.specs[0].columns
    if columns:
        words = [f"{one.name} ({one.kind})" for one in columns[:20]]
        more = " …" if columns[20:] else ""
        return f"{len(columns):,} column{'s' * (len(columns) != 1)}: {', '.join(words)}{more}"
    steps = f"{shape[0]:,} steps of " if len(shape) > 1 else ""
    named = ", ".join(fields[:20]) + (" …" if fields[20:] else "")
    return f"{steps}{len(fields):,} number{'s' * (len(fields) != 1)}: {named}"


def _seen(run: Run, parts: Parts) -> Seen:
    """What the network gets of pictures."""
    everything = looking.look(parts.train, run.recipe, pixels=parts.inputs)
    chosen = looking.samples(parts.train, run.recipe.seed, _SEEN)[:_SEEN]
    return Seen(
        pictures=_pictures(parts.train, chosen, parts.inputs),
        minimum=everything.minimum,
        maximum=everything.maximum,
        mean=everything.mean,
        std=everything.std,
        dtype="uint8 in the file, float after scaling in the model",
        shape=f"({run.recipe.batch_size}, {', '.join(map(str, run.input_shape))})",
        histogram=everything.histogram,
    )


def _pictures(data: Dataset, positions: np.ndarray, pixels: Pixels | None = None) -> list[Picture]:
    def drawn(position: int) -> np.ndarray:
        return (
            looking.thumbnail(data, position)
            if pixels is None
            else pixels.take(data.rows[[position]])[0]
        )

    return [Picture(drawn(int(p)), data.named(int(p)), data.ids[p]) for p in positions]


def _samples(data: Dataset, seed: int) -> list[Picture]:
    """A few pictures under each name; one of several labels may stand under several."""
    return [
        Picture(looking.thumbnail(data, int(p)), name, data.ids[p])
        for name, chosen in looking.groups(data, seed)
        for p in chosen
    ]


def _rung(run: Run, result: RungResult, scores: dict[str, Any]) -> RungFacts:
    test = {**scores.get("baselines", {}), str(scores.get("rung", "")): value_of(scores)}
    return RungFacts(
        name=result.rung,
        origin=models.entry(result.rung).ORIGIN,
        state=result.state,
        why=result.why,
        parameters=result.parameters,
        flops=result.flops,
        seconds=result.seconds,
        images_per_second=result.images_per_second or None,
        precision=result.precision,
        epochs_run=result.epochs,
        best_epoch=result.best_epoch,
        train_accuracy=result.train.value if result.train else None,
        validation_accuracy=result.measure.value if result.measure else None,
        test_accuracy=test.get(result.rung),
        history=run.history(result.rung),
    )


def _why(run: Run, best: str) -> str:
    if not best:
        return "No rung that learns passed its checks, so none was chosen."
    rivals = [rung for rung in run.rungs if rung.state == "trained" and not rung.is_yardstick]
    task = tasks.of(run.task)
    most = {"higher": "highest", "lower": "lowest"}[task.BETTER]
    if rivals and all(rung.evenly for rung in rivals):
        return (
            f"It has the highest balanced accuracy on validation of {len(rivals)} rungs, since "
            f"imbalance={run.recipe.imbalance} asks for rare classes; of equals, the one with the "
            "lowest validation loss."
        )
    return (
        f"It has the {most} {task.WORDS['chosen']} of {len(rivals)} rungs; of equals, the one "
        "with the lowest validation loss."
    )


def _mistakes(data: Examples, probabilities: np.ndarray, run: Run) -> list[Mistake]:
    found, class_names, thresholds, task = [], run.class_names, run.thresholds, tasks.of(run.task)
    held = task.held(data.targets, len(class_names))
    kind = kinds.of_model(run)
    is_seen = kind.NOUN.is_seen
    for position in task.worst(probabilities, data.targets, thresholds):
        likely = np.argsort(-probabilities[position], kind="stable")[:5] if held else ()
        top = [(class_names[i], float(probabilities[position, i])) for i in likely]
        said, truth = (
            task.named(probabilities[position], class_names, thresholds),
            data.named(int(position)),
        )
        holds = [class_names[i] for i, mine in enumerate(held) if mine[position]]
        pixels = looking.thumbnail(data, int(position)) if is_seen else None
        cells = kind.tell_example(data.inputs, int(data.rows[position]))
        found.append(Mistake(pixels, data.ids[position], truth, said, top, holds, cells))
    return found


def _values(
    data: Examples, answers: np.ndarray | None, run: Run
) -> tuple[np.ndarray, np.ndarray] | None:
    """Truth and answers of one value each; None of anything else."""
    if answers is None or not len(data) or answers.shape[1] != 1 or tasks.of(run.task).IS_COUNTED:
        return None
    return data.targets.reshape(-1).astype(np.float64), answers[:, 0].astype(np.float64)


def _recipe(run: Run, best: str) -> list[tuple[str, Any, str]]:
    """Settings of the chosen rung as it was trained, and who said each."""
    used: dict[str, Any] = next((one.recipe or {} for one in run.rungs if one.rung == best), {})
    # the ladder of photos is chosen by receta
    asked = run.about.get("asked", run.recipe.model_fields_set)
    rows = []
    for name, field in type(run.recipe).model_fields.items():
        value = used.get(name, getattr(run.recipe, name))
        value = tuple(value) if isinstance(value, list) else value
        who = "you" if name in asked else "default" if value == field.default else "rung"
        rows.append(
            (
                name,
                "auto"
                if value is None
                else ", ".join(map(str, value))
                if isinstance(value, tuple)
                else value,
                who,
            )
        )
    return rows
