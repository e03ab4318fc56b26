"""What is the whole way from data to a judged model? The first file to read; the door `run`."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import math
import time
from pathlib import Path
from typing import Any, Literal

import numpy as np

from receta import models, splitting, tasks
from receta.audits import audit
from receta.cleaning import clean
from receta.core import disk, likeness, records, seals
from receta.core.dataset import Dataset, Splits, Task
from receta.core.deadline import Deadline
from receta.core.errors import InputError
from receta.core.finding import Finding, Findings
from receta.core.progress import Progress, Told, Unasked, tell_stage
from receta.core.recipe import Recipe
from receta.evaluation import decisions, scores
from receta.pipeline.transferring import advice
from receta.pixels import Pixels, decode
from receta.report import write
from receta.report.facts import gather
from receta.report.hurry import hurried
from receta.sources import Options, load
from receta.training import climb, expected, findings_of, ladder, nothing_passed, spent
from receta.training.result import ADVICE, RungResult
from receta.training.run import Run, refuse_strangers

_AUDIT_SHARE = 0.1  # of a budget: an audit that takes longer is left out
_REPORT_S, _BACKBONE_S, _REPORT_SHARE = 4.0, 7.0, 0.02  # what the test and the report take, at least, and as a share of a budget


def run(data: str | Path, *, test: str | Path | None = None, out: str | Path | None = None, recipe: Recipe | None = None,
        label: str | None = None, shape: tuple[int, ...] | None = None, group: str | None = None,
        bad_rows: Literal["error", "quarantine"] = "error", target: str | None = None, task: Task | None = None,
        series: str | None = None, window: int | None = None, horizon: int | None = None, content: str | None = None,
        allow_private: bool = False, force: bool = False, command: str = "", callbacks: Any = None,
        trust: bool = False, deadline: Deadline | None = None, progress: Progress = Unasked()) -> Run:  # noqa: B008
    """The main job: look, clean, split, check, climb, judge, report.

    callbacks: as for `train`. deadline: when a run with a budget must be over, by default
    that budget from now. out: the run folder, by default one under runs/ that the same call finds again. A
    folder that was begun is gone on with to the same bits; a finished one is left as it
    is. trust: whether a SavedModel that the recipe names may run. Raises CheckFailed (after
    the report is written) when no rung passed its checks.
    """
    asked = recipe or Recipe()
    recipe = models.ladder(asked)
    models.admit(recipe, trusted=trust)
    options = Options(label, shape, group, bad_rows, target, task, series, window, horizon, content, allow_private).words()
    folder = Path(out) if out else default_folder(data, test, recipe, options)
    deadline = deadline or Deadline(recipe.budget_s or math.inf)
    refuse_strangers(folder)
    tell_stage(progress, "looking at the data")
    examples = load(data, test=test, progress=progress, **options)  # type: ignore[arg-type]
    if examples.kind != "images":
        raise InputError(
            f"{data} holds a {examples.kind}, for which receta has no models yet; expected pictures. "
            f"receta look, audit, clean, split and convert take it."
        )
    tasks.of(examples.task).refuse(recipe)
    tell_stage(progress, expected.DECODING, expected.at_first(recipe, len(examples), deadline))
    pixels = decode(examples, recipe.image_size, recipe.channels, fit=recipe.fit, progress=progress)
    with disk.sole_user(folder), seals.kept(folder, ADVICE, progress.say):
        interrupted_s = _interrupted(folder)
        told = Told(progress, folder / "log.txt")
        readable = pixels.readable(examples)
        findings = audit(examples, pixels=pixels, also=_affordable(recipe), progress=progress,
                         within_s=_AUDIT_SHARE * recipe.budget_s if recipe.budget_s else math.inf)  # fmt: skip
        kept = clean(readable, findings)
        parts = splitting.split(kept, recipe)
        recipe = ladder.fitted(recipe, advice(parts.train, pixels, recipe.seed), folder, told, named="rungs" in asked.model_fields_set)
        tell_stage(progress, expected.STARTING, {expected.STARTING: 3.0, **expected.of_climb(
            recipe.rungs, len(parts.train), pixels.size[0], recipe, deadline)})  # fmt: skip
        decisions.costs(recipe.costs, parts.class_names)  # a wrong name is said now, not after the training
        how = splitting.how(kept, recipe)
        n = sum(not name.startswith("test:") for name in readable.ids) if test else len(readable)
        about = {"command": command, "asked": sorted(asked.model_fields_set), "data": {
            "name": Path(data).name, "source": str(data), "test": None if test is None else str(test),
            "options": options, "n": n, "split": how, "notes": list(examples.notes), "place": examples.place,
        }}  # fmt: skip
        earlier = spent(Run.open(folder)) if (folder / "run.json").exists() else 0.0
        run, best = climb(parts, recipe, folder, pixels=pixels, force=force, about=about, how=how,
                          progress=told, deadline=deadline.sooner(earlier),
                          kept_s=_afterwards(recipe), callbacks=callbacks)  # fmt: skip
        if (folder / "result.json").exists():
            progress.say(f"{folder} is finished already: nothing was changed. Another --out begins anew.")
            if best is None:
                raise nothing_passed(run)
            return run
        quarantined = [dataclasses.asdict(gone) for gone in readable.left_out]
        findings = Findings([*(_mended(finding) for finding in findings), *findings_of(run)])
        disk.write_json(folder / "quarantine.json", quarantined)
        disk.write_json(folder / "findings.json", [finding.to_json() for finding in findings])
        tell_stage(progress, expected.JUDGING)
        judged, probabilities = _judge(run, parts, pixels, best)
        tell_stage(progress, expected.REPORT)
        seconds = deadline.spent() + interrupted_s
        left_out = [(gone.id, gone.reason) for gone in kept.left_out]
        seen = _as_seen(run, examples, pixels)
        write(gather(run, parts, seen, findings, left_out, judged, probabilities, seconds), folder / "report.html")
        if best:
            disk.write_json(folder / "scores.json", judged)
        cleaned = [dataclasses.asdict(gone) for gone in kept.left_out[len(readable.left_out) :]]
        result = {**summary(run, best, judged, findings, quarantined, deadline.spent() + interrupted_s), "left_out": cleaned}
        disk.write_json(folder / "result.json", result)  # last: from now on the run is finished
        if best is None:
            told.say(f"report: {folder / 'report.html'}")
    if best is None:
        raise nothing_passed(run)
    return Run.open(folder)


def _interrupted(folder: Path) -> float:
    """Seconds that earlier calls of an unfinished run took, each from its start to the last file that it wrote; begins the next."""
    path = folder / "clock.json"
    if (folder / "result.json").exists():
        return 0.0
    earlier = 0.0
    if path.exists():
        known = disk.read_json(path, records.CLOCK)
        last = max((file.stat().st_mtime for file in folder.rglob("[!.]*") if file.is_file()), default=0.0)
        earlier = known["earlier_s"] + max(0.0, last - known["began"])
    disk.write_json(path, {"earlier_s": round(earlier, 1), "began": round(time.time(), 1)})
    return float(earlier)


def _as_seen(run: Run, examples: Dataset, pixels: Pixels) -> Pixels:
    """The pictures as the chosen rung sees them."""
    return pixels if run.input_shape == pixels.shape else run.pixels(examples)


def _affordable(recipe: Recipe) -> tuple[str, ...]:
    """Audits that take long, and are worth it beside a training: likely label errors, where cleanlab is installed.

    Not within a budget, which is the training's.
    """
    return ("label_error",) if not recipe.budget_s and importlib.util.find_spec("cleanlab") else ()


def _afterwards(recipe: Recipe) -> float:
    """Seconds of an idle machine that the test and the report take."""
    if not recipe.budget_s:
        return 0.0
    least = _BACKBONE_S if any(models.transfers(rung) for rung in recipe.rungs) else _REPORT_S
    return min(max(least, _REPORT_SHARE * recipe.budget_s), recipe.budget_s / 3)


def _judge(run: Run, parts: Splits, pixels: Pixels, best: RungResult | None) -> tuple[dict[str, Any], np.ndarray | None]:
    """The one look at the test part: the chosen rung, and the yardsticks beside it."""
    if best is None:
        return {}, None
    test, task = parts.test, tasks.of(run.task)
    probabilities = run.predict_rows(pixels, test)
    judged = scores(probabilities, test.targets, run.class_names, sure_from=run.sure_from, thresholds=run.thresholds,
                    task=run.task).to_json()
    found = run.calibration
    judged["calibrated"] = {name: found[name] for name in ("temperature", "views", "times", "tried")}
    judged["calibrated"]["validation"] = {name: found[name] for name in ("n", "before", "after")}
    plain = scores(run.predict_rows(pixels, test, best.rung), test.targets, run.class_names, task=run.task)  # as the rung was trained
    judged["calibrated"]["before"] = {name: getattr(plain, name) for name in ("accuracy", "loss", "ece", "calibration")}
    judged["abstention"] = found["abstention"]
    unlike = run.unlike_rows(pixels, test)
    if run.likeness is not None and unlike is not None:
        judged["none"] = likeness.judge_refusals(run.likeness, unlike)
    # Also a yardstick that a check stopped after training: it is compared with, not chosen.
    yardsticks = {rung.rung for rung in run.rungs if rung.train_loss is not None} & {"prior", "linear"}
    judged["baselines"] = {
        rung: task.measure(run.predict_rows(pixels, test, rung), test.targets).value
        for rung in sorted(yardsticks, reverse=True)
    }
    if run.recipe.costs:
        table = decisions.costs(run.recipe.costs, run.class_names)
        decision = decisions.decide(run.predict_rows(pixels, parts.validation), parts.validation.targets, table, run.class_names)
        disk.write_json(run.folder / "decision.json", decision.to_json())
        judged["decision"] = decision.judged(probabilities, test.targets)
    run.kept.clear()
    return {"rung": best.rung, **judged}, probabilities


def summary(run: Run, best: RungResult | None, judged: dict[str, Any], findings: list[Finding],
            quarantined: list[dict[str, str]], seconds: float) -> dict[str, Any]:
    """What `receta run --json` prints."""
    shown = ("rung", "state", "why", "validation_accuracy", "train_accuracy", "seconds", "parameters", "flops", "epochs_run",
             "images_per_second", "precision")  # fmt: skip
    tested = ("accuracy", "interval", "balanced_accuracy", "blind", "mean_average_precision", "chance", "f1_micro", "f1_macro",
              "exact_match", "n", "ece", "loss", "baselines", "decision", "sure", "abstention", "none")  # fmt: skip
    data = run.about["data"]
    return {
        "run": str(run.folder),
        "data": {"fingerprint": data["fingerprint"], "n": data["n"], "classes": list(run.class_names), "task": run.task},
        "best": {"rung": best.rung, "validation_accuracy": best.measure.value} if best and best.measure else None,
        "test": {**{name: judged[name] for name in tested if name in judged}, "calibrated": _briefly(judged["calibrated"])}
        if judged else None,
        "rungs": [_shown(rung.figures(), shown) for rung in run.rungs],
        "findings": [dataclasses.replace(finding, shown=None).to_json() for finding in findings],
        "quarantined": quarantined,
        "notes": data.get("notes", []),
        "place": data.get("place", ""),
        "seconds": round(seconds, 1),
        **({"hurried": hurry} if (hurry := hurried(run.recipe.budget_s, run.rungs)) else {}),
    }


def _shown(figures: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: figures[name] for name in names if name in figures}


def _briefly(calibrated: dict[str, Any]) -> dict[str, Any]:
    """What was done to the probabilities, without the bins."""
    before = {name: calibrated["before"][name] for name in ("accuracy", "loss", "ece")}
    return {**{name: calibrated[name] for name in ("temperature", "views", "times")}, "before": before}


def _mended(finding: Finding) -> Finding:
    """A leak that this run has left out of training is told, but fails nothing any more."""
    if finding.check != "leak" or not finding.failed:
        return finding
    return dataclasses.replace(finding, verdict="warn", advice="This run left them out of the earlier part.")


def default_folder(data: str | Path, test: str | Path | None, recipe: Recipe, options: dict[str, Any]) -> Path:
    """Where a run goes when nobody says: the same for the same call, so that it resumes."""
    words = [str(data), str(test), str(sorted(options.items())), recipe.model_dump_json(exclude_unset=True)]
    digest = hashlib.blake2b("\x1f".join(words).encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    stem = Path(data).name.split(".")[0].replace(":", "-") or "data"
    return Path("runs") / f"{stem}-{digest}"
