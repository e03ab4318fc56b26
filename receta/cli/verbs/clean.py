"""How is mended what the audit found, so that it can be taken back?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from receta.cli.options import Json, MaybeWhere, RecipeFile, Settings
from receta.cli.printing.console import print_json, tell
from receta.cli.printing.progress import progress
from receta.cli.reading import read_recipe, read_words
from receta.core.errors import RecetaError

GROUP = "Data"
AFTER = "audit"
EXAMPLES = (
    ("receta clean photos/ --dry-run", "what would be done"),
    (
        "receta clean photos/ --fix duplicate --out tidy",
        "one finding; your files stay as they are",
    ),
    ("receta run tidy", "tidy is DATA for every verb"),
    ("receta clean --undo tidy", "take it back"),
)


def clean(
    where: MaybeWhere,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT", help="A folder that is then DATA for every verb.")
    ] = None,
    fix: Annotated[
        str | None, typer.Option(metavar="CODE[=METHOD],...", help="Findings to act on.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")
    ] = False,
    run: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Act on what a run on these data found.")
    ] = None,
    undo: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Take back what was done last in this folder."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With --undo: take back all.")] = False,
    recipe: RecipeFile = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Mend what the audit found; your files stay as they are."""
    from receta import cleaning

    fixes = None if fix is None else read_words(fix)
    if undo is not None:
        if where.data or out or dry_run or run or not _is_one_or_all(fixes, everything):
            raise RecetaError(
                "--undo takes a folder that `receta clean` made, and --all or one --fix CODE; "
                "expected no DATA beside it."
            )
        return _undo(undo, fixes, everything, as_json)
    if not where.data or (out is None and not dry_run):
        raise RecetaError(
            "clean needs DATA and --out OUT, a folder for what it notes; expected both. Or say "
            "--dry-run to only see it."
        )
    work = cleaning.plan_folder if dry_run else cleaning.clean_into
    done = work(
        where.data,
        out,
        test=where.test,
        fix=fixes,
        recipe=read_recipe(recipe, settings),
        run=run,
        progress=progress(),
        **where.without_bad_rows().options(),
    )
    if as_json:
        return print_json(
            {"out": None if out is None else str(out), "dry_run": dry_run, **done.to_json()}
        )
    _show(done, out, dry_run)


def _is_one_or_all(fixes: list[str] | None, everything: bool) -> bool:
    return fixes is None or (len(fixes) == 1 and not everything)


def _undo(place: Path, fixes: list[str] | None, everything: bool, as_json: bool) -> None:
    from receta import cleaning

    taken = cleaning.undo(place, everything=everything, code=fixes[0] if fixes else None)
    if as_json:
        return print_json({"out": str(place), "undone": taken})
    for back in taken:
        tell(f"taken back: {back['what']}")


def _show(done: Any, out: Path | None, dry_run: bool) -> None:
    """What was done and why, and what to do with it."""
    for entry in done.entries:
        tell(entry.what, "  ")
        tell(f"        because {entry.why}", " " * 8)
    for note in done.notes:
        tell(note)
    if not done.entries:
        print("nothing to clean was found")
    elif dry_run:
        tell(
            "that is what would be done; nothing was written. Without --dry-run it goes into "
            "--out OUT."
        )
    else:
        place = shlex.quote(str(out))
        verb = "run" if done.after.is_seen else "look"
        print()
        tell(
            f"{out} is the cleaned data: `receta {verb} {place}`; taken back with `receta clean "
            f"--undo {place}`"
        )
