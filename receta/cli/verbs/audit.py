"""What is wrong with the data?"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Json, RecipeFile, Settings, Where
from receta.cli.printing.console import say
from receta.cli.printing.progress import progress
from receta.cli.reading import read_pixels, read_recipe, read_words
from receta.core.errors import RecetaError

GROUP = "Data"
AFTER = "look"
EXAMPLES = (
    ("receta audit photos/ --report audit.html", "with the pictures that were found"),
    ("receta audit photos/ --also label_error", "also what takes minutes"),
)


def audit(
    where: Where,
    recipe: RecipeFile = None,
    settings: Settings = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a page with pictures of what was found."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="CODE,...", help="These audits alone; `receta list audits` shows all."
        ),
    ] = None,
    also: Annotated[
        str | None,
        typer.Option(metavar="CODE,...", help="Audits that take minutes too, such as label_error."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with the data."""
    from receta import audits
    from receta.cli.printing.findings import end_with_findings

    for name in (*read_words(only), *read_words(also)):  # names first: loading may take long
        audits.SHELF.module(name)
    if only is not None and not read_words(only):
        raise RecetaError(
            "--only names no audit; expected some, such as leak,duplicate. `receta list audits` "
            "shows all."
        )
    if report is not None and report.suffix.lower() not in (".html", ".htm"):
        raise RecetaError(f"--report {report} is no page; expected a name that ends with .html.")
    chosen, shown = read_recipe(recipe, settings), progress()
    examples = where.without_bad_rows().load(shown)
    findings = audits.audit(
        examples,
        pixels=read_pixels(examples, chosen, shown),
        only=None if only is None else read_words(only),
        also=read_words(also),
        progress=shown,
    )
    if report:
        from receta.report import audited

        command = shlex.join(["receta", *sys.argv[1:]])
        audited.write_audit(examples, findings, report, title=where.data, command=command)
        say(f"report: {report}")
    end_with_findings(findings, as_json)
