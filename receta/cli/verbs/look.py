"""What are the data, and what does the network get to see of them?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from receta.cli.options import Json, RecipeFile, Settings, Where
from receta.cli.printing.console import print_json, say
from receta.cli.printing.progress import progress
from receta.cli.reading import read_pixels, read_recipe, refuse_other_than_png

if TYPE_CHECKING:
    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset

GROUP = "Data"
AFTER = ""
EXAMPLES = (
    ("receta look photos/", "classes, sizes, what was taken for what"),
    ("receta look photos/ --out samples.png", "with some pictures of each class"),
)


def look(
    where: Where,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Write a labelled grid of samples.")
    ] = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    imbalance: Annotated[
        bool,
        typer.Option(
            "--imbalance", help="Show the ways to answer rare classes, and what each does."
        ),
    ] = False,
    augmented: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Draw what each augmentation makes of some pictures, "
            "and say which of them keep labels here.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show classes, sizes, and what the network gets to see."""
    from receta.cli.printing import looks
    from receta.pipeline import looking

    chosen = read_recipe(recipe, settings)
    refuse_other_than_png("--out", out)
    refuse_other_than_png("--augmented", augmented)
    examples = where.load(progress())
    if imbalance:
        return looks.show_imbalance(examples, chosen.seed, as_json)
    if augmented:
        return _draw_augmented(examples, chosen, augmented, as_json)
    seen = looking.look(examples, chosen, progress=progress())
    if out:
        readable = examples.without(dict(seen.left_out)) if examples.is_seen else examples
        looking.grid(readable, out, chosen.seed, title=Path(where.data).name)
        say(f"picture of samples: {out}")
    begins = _begins(examples, chosen) if examples.is_seen else None
    if begins and begins.shape:  # what the network sees that a run begins with
        seen = replace(seen, shape=begins.shape)
    if as_json:
        begun = begins.to_json() if begins else {}
        return print_json({**seen.to_json(), "notes": list(examples.notes), **begun})
    looks.show_look(seen, begins.sentence() if begins else "")


def _begins(examples: Dataset, recipe: Recipe) -> Any:
    """With which network a run of these pictures begins."""
    from receta import kinds
    from receta.training import ladder

    found = kinds.read(examples, recipe, progress())
    return ladder.beginning(found, found.inputs, recipe)


def _draw_augmented(examples: Dataset, recipe: Recipe, out: Path, as_json: bool) -> None:
    from receta import checks
    from receta.cli.printing import looks

    checks.augmentable(examples)
    pixels = read_pixels(examples, recipe, progress())
    strength, found = checks.draw_augmented(examples, recipe, pixels, out, progress=progress())
    say(f"augmented pictures at strength {strength:g}: {out}")
    if as_json:
        return print_json({"strength": strength, "findings": [one.to_json() for one in found]})
    looks.show_augmentations(found)
