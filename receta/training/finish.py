"""How does a run end, so that whoever lists, resumes or refuses it knows how it ended?

result.json is the last file of a run: what has it is finished.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from receta import kinds
from receta.core import disk
from receta.core.facts import Facts
from receta.core.finding import Finding, Findings
from receta.data.dataset import Dataset, Quarantined
from receta.training.hurry import tell_hurry
from receta.training.result import RungResult, choose
from receta.training.run import Run

_OF_A_RUNG = (
    "rung",
    "state",
    "why",
    "validation_accuracy",
    "validation_rmse",
    "validation_mase",
    "train_accuracy",
    "train_rmse",
    "train_mase",
    "seconds",
    "parameters",
    "flops",
    "epochs_run",
    "images_per_second",
    "precision",
    "yardstick",
)
_OF_A_TEST = (
    "kind", "measure", "value", "accuracy", "rmse", "mae", "median_ae", "r2", "interval",
    "mase", "rmsse", "smape", "pinball", "coverage_95", "width_95",
    "intervals", "coverage_80", "coverage_80_interval", "width_80", "balanced_accuracy", "blind",
    "mean_average_precision", "chance", "f1_micro", "f1_macro", "exact_match", "n", "ece", "loss",
    "rung", "baselines", "better", "no_network", "decision", "sure", "abstention", "none",
    "roc", "pr",
)  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """What was left out of a run: examples that cannot be read, and those that cleaning took."""

    unreadable: Sequence[Quarantined] = ()
    cleaned: Sequence[Quarantined] = ()

    @classmethod
    def between(cls, examples: Dataset, kept: Dataset) -> LeftOut:
        """What was left out before and by cleaning."""
        before = examples.left_out
        return cls(before, kept.left_out[len(before) :])


def is_finished(run: Run) -> bool:
    """Whether nothing is left to do: trained, and judged where a rung was chosen."""
    if not (run.folder / "result.json").exists():
        return False
    return choose(run.rungs) is None or (run.folder / "scores.json").exists()


def all_findings(
    run: Run, of_data: Sequence[Finding], cleaned: Sequence[Quarantined] = ()
) -> Findings:
    """What audits and checks found, in their order, as it stands after this run.

    cleaned: what the run has left out by itself.
    """
    gone = {one.id for one in cleaned}
    of_rungs = [finding for rung in run.rungs for finding in rung.findings]
    return Findings([*(_tell_done(finding, gone) for finding in of_data), *of_rungs])


def finish(
    run: Run, findings: Sequence[Finding], left: LeftOut, judged: Mapping[str, Any], seconds: float
) -> None:
    """Write what was found, left out and reached; result.json last."""
    quarantined = [dataclasses.asdict(gone) for gone in left.unreadable]
    disk.write_json(run.folder / "quarantine.json", quarantined)
    disk.write_json(run.folder / "findings.json", [finding.to_json() for finding in findings])
    if judged:
        disk.write_json(run.folder / "scores.json", dict(judged))
    best = choose(run.rungs)
    result = summary(run, best, judged, findings, quarantined, seconds)
    cleaned = [dataclasses.asdict(gone) for gone in left.cleaned]
    disk.write_json(run.folder / "result.json", {**result, "left_out": cleaned})


def summary(
    run: Run,
    best: RungResult | None,
    judged: Mapping[str, Any],
    findings: Sequence[Finding],
    quarantined: Sequence[Mapping[str, str]],
    seconds: float,
) -> dict[str, Any]:
    """What `receta run --json` prints."""
    data, hurry = run.about["data"], tell_hurry(run.recipe.budget_s, run.rungs)
    test = {name: judged[name] for name in _OF_A_TEST if name in judged}
    kind, said = kinds.of_model(run), {"classes": list(run.class_names)}
    about = {"fingerprint": data["fingerprint"], "n": data["n"]}
    return {
        "run": str(run.folder),
        "data": {**about, **said, "task": run.task, "kind": kind.KIND},
        "best": _tell_best(best),
        "test": {**test, "calibrated": _cut_bins(judged["calibrated"])} if judged else None,
        "verdict": judged.get("verdict", ""),
        "rungs": [_pick_figures(rung.figures()) for rung in run.rungs],
        "findings": [_shorten(finding).to_json() for finding in findings],
        "quarantined": list(quarantined),
        "notes": data.get("notes", []),
        "place": data.get("place", ""),
        "seconds": round(seconds, 1),
        **({"hurried": hurry} if hurry else {}),
    }


def _tell_best(best: RungResult | None) -> dict[str, Any] | None:
    if best is None or best.measure is None:
        return None
    named, value = best.measure.name, best.measure.value
    measured = {"measure": named, "value": value}
    return {"rung": best.rung, f"validation_{named}": value, "validation": measured}


def _pick_figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: figures[name] for name in _OF_A_RUNG if name in figures}


def _cut_bins(calibrated: Mapping[str, Any]) -> dict[str, Any]:
    """What was done to the probabilities, without the bins."""
    known = calibrated["before"]
    before = {name: known[name] for name in ("accuracy", "loss", "ece") if name in known}
    return {
        **{name: calibrated[name] for name in ("temperature", "views", "times")},
        "before": before,
    }


def _shorten(finding: Finding) -> Finding:
    """Without what is drawn, and without what fixes go by."""
    return dataclasses.replace(finding, shown=None, facts=Facts())


def _tell_done(finding: Finding, gone: set[str]) -> Finding:
    """A finding whose examples the run has left out, so that nothing is left to do.

    A leak stays a warning: who has judged other models on these data should hear of it.
    """
    if finding.check == "duplicate" and finding.ids and gone.issuperset(finding.ids):
        return dataclasses.replace(finding, mended=True, advice="This run left the copies out.")
    if finding.check != "leak" or not finding.failed:
        return finding
    return dataclasses.replace(
        finding, verdict="warn", advice="This run left them out of the earlier part."
    )
