"""What does receta know: which sources, audits, models, targets, settings?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from receta.cli.options import Json
from receta.cli.printing.console import print_json, table
from receta.core.errors import RecetaError

GROUP = "For experts"
AFTER = "tensorboard"
EXAMPLES = (
    ("receta list rungs", "the models there are"),
    ("receta list settings", "what --set takes"),
)


def list(
    shelf: Annotated[
        str | None,
        typer.Argument(
            metavar="[SHELF]",
            help="sources, audits, formats, rungs, yardsticks, checks, targets or settings.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what receta knows: sources, audits, models, targets, settings."""
    shelves = _shelves()
    if shelf is not None and shelf not in shelves:
        from receta.core.registry import nearest

        raise RecetaError(
            f"shelf '{shelf}' is unknown; expected one of "
            f"{', '.join(shelves)}.{nearest(shelf, shelves)}"
        )
    chosen = {name: rows for name, rows in shelves.items() if shelf in (None, name)}
    if as_json:
        heads = ("name", "about")
        return print_json(
            {
                name: [dict(zip(heads, row, strict=True)) for row in rows]
                for name, rows in chosen.items()
            }
        )
    for name, rows in chosen.items():
        table(name, ("name", "about"), [*rows])


def _shelves() -> dict[str, tuple[tuple[str, str], ...]]:
    """Name and sentence of each entry, by shelf."""
    from receta import audits, checks, converting, exporters, models, sources, yardsticks
    from receta.core.recipe import Recipe, bounds

    def rows(shelf: Any, about: str) -> tuple[tuple[str, str], ...]:
        told = {name: str(getattr(shelf.module(name), about)) for name in shelf.names()}
        return tuple((name, text.strip().splitlines()[0]) for name, text in told.items())

    targets: dict[str, str] = {}
    for name in exporters.SHELF.names():
        module = exporters.SHELF.module(name)
        targets |= {name: module.ABOUT}
        targets |= {f"{name}:{variant}": told for variant, told in module.VARIANTS.items()}
    return {
        "sources": rows(sources.shelf, "READS"),
        "audits": rows(audits.SHELF, "__doc__"),
        "rungs": rows(models.SHELF, "ORIGIN"),
        "yardsticks": rows(yardsticks.SHELF, "ORIGIN"),
        "checks": rows(checks.SHELF, "__doc__"),
        "formats": rows(converting.SHELF, "ABOUT"),
        "targets": tuple(targets.items()),
        "settings": tuple(
            (name, f"{field.description} ({bounds(name)})")
            for name, field in Recipe.model_fields.items()
        ),
    }
