"""How good is a model? The answer first, in plain words, and below it figures for experts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from receta import tasks
from receta.cli.printing.console import bold, table, tell, wrap
from receta.core.amounts import figure, percent
from receta.core.language import translate
from receta.core.likeness import is_other_kind, say_refused
from receta.core.reading import reading_order
from receta.evaluation import usefulness

if TYPE_CHECKING:
    from receta.training import listing


_FIGURES = {
    "balanced_accuracy": "balanced accuracy",
    "mae": "mean absolute error",
    "r2": "of the variance explained",
    "ece": "calibration error",
}


def show_verdict(test: Mapping[str, Any]) -> None:
    """How good a model is in one sentence, its interval, and whether that is good enough."""
    low, high = (show_measure(end, tasks.of_scores(test)) for end in test["interval"])
    judged, things = usefulness.judge_usefulness(test), usefulness.things_of(test)
    print(bold(wrap(translate(f"{usefulness.say_scores(test, percent, judged.word)}."))))
    print(
        wrap(
            translate(
                f"With 95 % confidence {low} to {high}, judged on {test['n']} {things}. "
                f"{judged.why}"
            )
        )
    )
    if is_other_kind(test.get("none")):
        tell(say_refused(test["none"], percent))


def show_details(test: Mapping[str, Any]) -> None:
    """Figures for experts: calibration, sureness, costs, yardsticks."""
    by_label, task = "mean_average_precision" in test, tasks.of_scores(test)
    low, high = test["interval"]
    named = "accuracy of labels" if by_label else task.MEASURE
    reached = usefulness.value_of(test)
    tell(f"test {named} {reached:.4f}, 95 % interval {low:.4f} to {high:.4f}")
    beside = [f"{name} {accuracy:.4f}" for name, accuracy in test.get("baselines", {}).items()]
    if by_label:
        tell(
            f"mean average precision {test['mean_average_precision']:.4f} (chance "
            f"{test['chance']:.4f}); "
            f"F1 {test['f1_micro']:.4f} over all labels, {test['f1_macro']:.4f} averaged; "
            f"all labels right {test['exact_match']:.4f}"
        )
    figures = [f"{what} {test[name]:.4f}" for name, what in _FIGURES.items() if name in test]
    compared = f"; for comparison: {', '.join(beside)}" if beside else ""
    tell(f"{', '.join(figures)}{compared}")
    calibrated, stated, sure = test.get("calibrated"), test.get("abstention"), test.get("sure")
    if calibrated and (calibrated["temperature"] != 1 or calibrated["times"] > 1):
        before = calibrated["before"]
        seen = (
            f", {calibrated['times']} views ({calibrated['views']})"
            if calibrated["times"] > 1
            else ""
        )
        tell(
            f"temperature {calibrated['temperature']:g}{seen}: before, accuracy "
            f"{before['accuracy']:.4f}, loss {before['loss']:.4f} "
            f"(now {test['loss']:.4f}), calibration error {before['ece']:.4f}"
        )
    if sure:
        how = "have a wrong label" if by_label else "are wrong"
        wrong = (
            ""
            if sure["error"] is None
            else (
                f"; {sure['error']:.2%} of such answers {how}, 95 % interval "
                f"{sure['interval'][0]:.2%} to {sure['interval'][1]:.2%}"
            )
        )
        at = "" if by_label else f" (from {sure['from']:.4g} on)"
        tell(f"sure{at} of {sure['coverage']:.1%}{wrong}")
    if test.get("none") and not is_other_kind(test["none"]):
        tell(say_refused(test["none"], percent))
    if stated:
        kept = "is kept" if stated["kept"] else f"cannot be promised, only {stated['bound']:.3g}"
        tell(
            f"max_error={stated['max_error']:g} {kept}, by {stated['n']} validation examples at "
            "95 % confidence"
        )
    decided = test.get("decision")
    if decided:
        moved = (
            f", {decided['threshold']:.1%} from which the second class is named"
            if decided["threshold"] is not None
            else ""
        )
        tell(
            f"at the costs of the recipe: {decided['cost']:.4f} an example; naming the likeliest "
            "class costs "
            f"{decided['cost_of_likeliest']:.4f}{moved}"
        )


def show_scores(scores: Mapping[str, Any]) -> None:
    """The scores of each class or label, and what is most often confused."""
    if "mean_average_precision" in scores:
        return _show_labels(scores)
    if "per_class" not in scores:
        return None
    rows = scores["per_class"]
    table(
        "by class",
        ("class", "precision", "recall", "F1", "n"),
        [
            (
                rows[at]["class"],
                *(
                    f"{rows[at][name]:.3f}" if rows[at]["n"] else "–"
                    for name in ("precision", "recall", "f1")
                ),
                rows[at]["n"],
            )
            for at in reading_order([row["class"] for row in rows])
        ],
    )
    if scores["top_confusions"]:
        table(
            "most often confused",
            ("truth", "taken for", "times"),
            [(row["truth"], row["predicted"], row["n"]) for row in scores["top_confusions"]],
        )


def _show_labels(scores: Mapping[str, Any]) -> None:
    figures = ("average_precision", "precision", "recall", "f1")
    table(
        "by label",
        ("label", "average precision", "precision", "recall", "F1", "n", "said from"),
        [
            (
                row["class"],
                *("" if row[name] is None else f"{row[name]:.3f}" for name in figures),
                row["n"],
                f"{row['threshold']:.3f}",
            )
            for row in scores["per_class"]
        ],
    )


def show_reached(row: listing.ListedRun) -> str:
    """What a run in the list of runs reached: on the test part, or on validation before that."""
    if row.accuracy is not None and row.interval is not None:
        low, high = map(percent, row.interval)
        return translate(f"{percent(row.accuracy)} right ({low} to {high})")
    if row.value is not None and row.interval is not None:
        ends = f"{figure(row.interval[0])} to {figure(row.interval[1])}"
        return translate(f"typically wrong by {figure(row.value)} ({ends})")
    if row.validation_accuracy is None:
        return ""
    return translate(f"not judged; {percent(row.validation_accuracy)} of validation")


def show_measure(value: float, task: tasks.Task) -> str:
    """A value of a task's measure: a share in percent, or a number."""
    return percent(value) if task.IS_SHARE else figure(value)
