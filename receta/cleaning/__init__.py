"""Which examples, cells and labels are mended because of what the audits found?

The shelf of fixes, one file each, and the doors `clean`, `plan`, `clean_into` and `undo`.
What a file declares is said by `Fix`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta import audits, kinds, splitting, tasks
from receta.cleaning._contract import Fix
from receta.cleaning.engine import folder
from receta.cleaning.engine.choice import ALWAYS, DEFAULT_FIXES, SHELF, choose_fixes, codes, methods
from receta.cleaning.engine.each_series import holds_many, mend_each
from receta.cleaning.engine.planning import Entry, Step, Work
from receta.cleaning.engine.run_findings import findings_of
from receta.core.errors import InputError
from receta.core.finding import Finding
from receta.core.progress import Progress, Unasked
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset, Splits
from receta.sources import cleaned

__all__ = [
    "DEFAULT_FIXES",
    "SHELF",
    "Entry",
    "Fix",
    "Plan",
    "clean",
    "clean_into",
    "codes",
    "divide",
    "methods",
    "plan",
    "plan_folder",
    "undo",
]


@dataclass(frozen=True)
class Plan:
    """What cleaning would do: the data before and after, and why.

    notes: what was asked for and could not be done, in words.
    """

    before: Dataset
    after: Dataset
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> list[Step]:
        """All steps in order, as plain JSON."""
        return [step for entry in self.entries for step in entry.steps]

    def to_json(self) -> dict[str, object]:
        """Plain dict: sizes before and after, entries without their steps, notes."""
        entries = [
            {name: value for name, value in entry.to_json().items() if name != "steps"}
            for entry in self.entries
        ]
        return {
            "before": _sizes(self.before),
            "after": _sizes(self.after),
            "entries": entries,
            "notes": list(self.notes),
        }


def clean(
    data: Dataset,
    findings: Collection[Finding],
    *,
    fix: Collection[str] | None = None,
    recipe: Recipe = Recipe(),
) -> Dataset:
    """The data without what the findings name; files stay.

    fix: the codes to act on, each perhaps with its method ("missing=median"). By default
    unreadable, truncated, leak and duplicate; and then the data's own test part, which
    others may have been judged by, loses only what cannot be read. See `plan`.
    Raises UnknownName for a code or method that is none, InputError for one without a fix.

    >>> from receta.sources import load
    >>> data = load("digits")
    >>> twice = Finding(
    ...     "duplicate", "warn", 1, "images", "0", pairs=((data.ids[0], data.ids[7]),)
    ... )
    >>> len(data) - len(clean(data, [twice]))
    1
    """
    return plan(data, findings, fix=fix, recipe=recipe).after


def plan(
    data: Dataset,
    findings: Collection[Finding],
    *,
    fix: Collection[str] | None = None,
    recipe: Recipe = Recipe(),
) -> Plan:
    """What `clean` does, step by step, each with its reason.

    What is learnt (a mean, bounds, categories) is learnt on the training part alone: the
    one that `split` makes of the data and the recipe, once examples are left out. A split
    that had to be made for that is kept with the data. What is unreadable is always left
    out, a leak in the earlier part, duplicates all but the first, a conflict of labels
    on both sides.

    >>> from receta.core.facts import Facts
    >>> from receta.sources import load
    >>> data = load("digits")
    >>> wrong = Finding(
    ...     "label_error",
    ...     "warn",
    ...     1,
    ...     "images",
    ...     "0",
    ...     ids=("digit-3",),
    ...     facts=Facts(labels={"digit-3": ("5", 0.9)}),
    ... )
    >>> [entry.what for entry in plan(data, [wrong], fix=["label_error=relabel"]).entries]
    ['relabelled 1 example: digit-3 as 5']
    """
    work = Work(
        data,
        recipe,
        ()
        if fix is not None
        else [one for one, part in zip(data.ids, data.parts, strict=True) if part == "test"],
    )
    for module, code, method in choose_fixes(fix, data.kind):
        found = [
            finding for finding in findings if finding.check == code and finding.verdict != "ok"
        ]
        if not found and not module.WISHED:
            if fix is not None and code not in ALWAYS:
                said = next((finding.where for finding in findings if finding.check == code), "")
                work.notes.append(
                    f"{code}: nothing to mend was found{f' ({said})' if said else ''}"
                )
            continue
        if data.task not in module.TASKS:
            work.notes.append(f"{code}: is not for data of the task {data.task}")
            continue
        mend = SHELF.function(module.__name__.rpartition(".")[2])
        entries = (
            mend_each(mend, work, found, (code, method))
            if holds_many(work.data)
            else mend(work, found, code, method)
        )
        for entry in entries:
            work.take(entry)
    return Plan(data, work.data, tuple(work.entries), tuple(work.notes))


def divide(
    data: Dataset, recipe: Recipe = Recipe(), *, progress: Progress = Unasked()
) -> tuple[Plan, Splits]:
    """What a run leaves out of these data, and the parts that it makes of the rest."""
    examples = kinds.read(data, recipe, progress)
    asks = {**audits.worth_asking(recipe.budget_s), "only": DEFAULT_FIXES}
    findings = audits.audit(data, pixels=examples.inputs, progress=progress, **asks)
    cleaned = plan(examples, findings)
    return cleaned, splitting.split(cleaned.after, recipe)


def clean_into(
    place: str | Path,
    out: str | Path | None,
    *,
    fix: Collection[str] | None = None,
    recipe: Recipe = Recipe(),
    progress: Progress = Unasked(),
    **options: Any,
) -> Plan:
    """Audit and clean data into a folder that is DATA for every verb.

    The folder gets clean.json (where the data are and every step) and journal.txt, and no
    data; the originals stay. The same call again, or one with the folder itself as data,
    adds to it. options: those of `load`, and run: a run on these data, whose findings are acted on
    in place of new ones, for its winner may judge better than an audit. Raises RunError for a
    folder with other things or of other data, InputError when nothing would stay.
    """
    choose_fixes(fix)  # a wrong name is said before any work
    if out is None:
        raise InputError(
            "clean has no folder to write to; expected one. Name it with --out, or look first "
            "with --dry-run."
        )
    manifest, planned = _plan_folder(str(place), Path(out), fix, recipe, progress, options)
    folder.keep(Path(out), manifest, planned.before, planned.entries)
    return planned


def plan_folder(
    place: str | Path,
    out: str | Path | None = None,
    *,
    fix: Collection[str] | None = None,
    recipe: Recipe = Recipe(),
    progress: Progress = Unasked(),
    **options: Any,
) -> Plan:
    """What `clean_into` would do; nothing is written. out: a folder that it would add to."""
    choose_fixes(fix)
    if out is not None:
        return _plan_folder(str(place), Path(out), fix, recipe, progress, options)[1]
    from receta.sources import load

    run = options.pop("run", None)
    data = load(place, progress=progress, **options)
    return _plan_with(data, _find(data, fix, recipe, progress, run=run), fix, recipe)


def _plan_folder(
    place: str,
    out: Path,
    fix: Collection[str] | None,
    recipe: Recipe,
    progress: Progress,
    options: dict[str, Any],
) -> tuple[folder.Manifest, Plan]:
    """(what the folder says of its data, what is to be done with them)."""
    known = dict(options)
    test, run = known.pop("test", None), known.pop("run", None)
    manifest, data = folder.begin_folder(
        place, out, None if test is None else str(test), known, progress
    )

    def load_original() -> Dataset:
        return cleaned.original(out, manifest, progress=progress) if manifest.calls else data

    found = _find(data, fix, recipe, progress, run=run, before=load_original)
    return manifest, _plan_with(data, found, fix, recipe)


def _find(
    data: Dataset,
    fix: Collection[str] | None,
    recipe: Recipe,
    progress: Progress,
    *,
    run: str | Path | None,
    before: Callable[[], Dataset] | None = None,
) -> list[Finding]:
    """What the audits, or a run, found in the data; before: the data before any cleaning."""
    asked = [code for _, code, _ in choose_fixes(fix, data.kind)]
    if run is None:
        return folder.findings_for(data, asked, recipe, progress)
    candidates = [lambda: data, *([before] if before else [])]
    return findings_of(Path(run), asked, candidates, progress)


def _plan_with(
    data: Dataset, found: list[Finding], fix: Collection[str] | None, recipe: Recipe
) -> Plan:
    """The plan by these findings. Raises InputError where nothing would stay."""
    planned = plan(data, found, fix=fix, recipe=recipe)
    if not len(planned.after):
        raise InputError(
            f"cleaning would leave out all {len(data)} examples; expected some to stay. Name "
            "fewer fixes with --fix."
        )
    return planned


def undo(
    out: str | Path, *, everything: bool = False, code: str | None = None
) -> list[dict[str, Any]]:
    """Take back the last call of a cleaned folder; return its entries, last first.

    everything: all calls, so that the data are as they were. code: what the last call that
    used it did by this code. Raises InputError when there is nothing to take back, or when
    later steps need what is to be taken back.
    """
    return folder.undone(Path(out), everything, code)


def _sizes(data: Dataset) -> dict[str, object]:
    sizes: dict[str, object] = {"n": len(data), "left_out": len(data.left_out)}
    if tasks.of(data.task).IS_EXCLUSIVE:
        sizes["classes"] = len(data.class_names)
    if data.has_columns:
        sizes["columns"] = len(data.columns)
    return sizes
