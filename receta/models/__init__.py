"""Which networks stand on the ladder, from simple to complex? The door `build`."""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds, tasks, yardsticks
from receta.core import trust
from receta.core.errors import InputError, RecipeError
from receta.core.recipe import Recipe
from receta.core.registry import Shelf
from receta.core.spec import Spec
from receta.data.examples import Examples
from receta.models._contract import Rung
from receta.models.backbones import catalog, lite
from receta.models.backbones.halves import cut_at_head, cut_below_head, is_foreign, is_tunable
from receta.models.loading import files
from receta.models.loading.admission import NeedsTrust
from receta.models.loading.networks import load, load_saved
from receta.models.parts.compiling import compile_network
from receta.models.parts.endings import add_features, build_head, close, find_last_dense, task_of
from receta.models.parts.graphs import has_scaling

if TYPE_CHECKING:
    import keras

    from receta.pixels import Pixels

__all__ = [
    "MANY",
    "SHELF",
    "NeedsTrust",
    "add_features",
    "add_pretrained",
    "admit",
    "begin",
    "build",
    "build_head",
    "choose_size",
    "close",
    "compile_network",
    "complete_recipe",
    "count_flops",
    "cut_at_head",
    "cut_below_head",
    "defaults",
    "entry",
    "estimate_flops",
    "find_inner_size",
    "find_last_dense",
    "find_packaged",
    "folder_name",
    "has_scaling",
    "is_folder",
    "is_foreign",
    "is_quick",
    "is_solved",
    "is_trained",
    "is_transfer",
    "is_tunable",
    "load",
    "load_saved",
    "share",
    "task_of",
    "tell_members_apart",
    "word_weights",
]

SHELF = Shelf("receta.models", "rung", contract=Rung)
MANY = 20_000  # examples from which on a rung brings its settings for many, if it has such


def entry(rung: str) -> ModuleType:
    """What stands on the ladder by a name: a rung, or a yardstick; UnknownName for neither."""
    return (yardsticks.SHELF if yardsticks.is_yardstick(rung) else SHELF).module(rung)


def defaults(rung: str, n: int = 0, kind: str = "") -> dict[str, Any]:
    """The settings that a rung brings with it, for n training examples of a kind of data.

    Those that suit the kind stand behind the rung's own. UnknownName if there is none such.
    """
    module = SHELF.module(rung)
    return {
        **kinds.settings(kind, n),
        **module.DEFAULTS,
        **(module.DEFAULTS_FOR_MANY if n >= MANY else {}),
        **module.DEFAULTS_OF_KIND.get(kind, {}),
    }


def is_trained(rung: str) -> bool:
    """Whether a rung learns by gradients (the prior does not)."""
    return not yardsticks.is_yardstick(rung) and bool(SHELF.module(rung).TRAINS)


def is_solved(rung: str, kind: str, recipe: Recipe) -> bool:
    """Whether a rung's weights are found at once, without steps of an optimizer.

    Where rare classes are to count more, or a penalty is stated, it learns by steps.
    """
    plain = recipe.imbalance == "none" and not recipe.l1 and not recipe.l2
    return plain and not recipe.label_smoothing and kind in SHELF.module(rung).SOLVES


def is_quick(rung: str, kind: str, recipe: Recipe) -> bool:
    """Whether a rung is worth its seconds in any budget: its weights are found nearly at once."""
    begins_well = not yardsticks.is_yardstick(rung) and kind in SHELF.module(rung).BEGINS_WELL
    return begins_well or (is_trained(rung) and is_solved(rung, kind, recipe))


def is_transfer(rung: str) -> bool:
    """Whether a rung takes features of a network that was trained elsewhere."""
    return not yardsticks.is_yardstick(rung) and SHELF.module(rung).TRAINING == "transfer"


def find_packaged() -> str:
    """The pretrained rung whose weights are installed; empty without any."""

    return f"pretrained:{catalog.PACKAGED}" if lite.find_packaged() else ""


def add_pretrained(recipe: Recipe) -> Recipe:
    """The recipe, with a pretrained rung where weights were asked for and none was named.

    It stands before the first rung that learns filters of its own. InputError when a file
    is of no backbone.
    """

    asked = "weights" in recipe.model_fields_set and recipe.weights != "random"
    if not asked or any(is_transfer(rung) for rung in recipe.rungs):
        return recipe
    name = (
        catalog.DEFAULT
        if recipe.weights == "imagenet"
        else catalog.recognise(Path(recipe.weights))[0]
    )
    if len(recipe.rungs) == 1:
        raise RecipeError(
            f"weights={recipe.weights} are of {name}, and {recipe.rungs[0]} learns without any; "
            f"expected a pretrained rung. Name pretrained:{name}, or leave the weights out."
        )
    rungs = list(recipe.rungs)
    rungs.insert(rungs.index("cnn") if "cnn" in rungs else len(rungs), f"pretrained:{name}")
    return recipe.with_settings(rungs=tuple(rungs))


def admit(recipe: Recipe, *, trusted: bool = False) -> Recipe:
    """The recipe with the pretrained rung that it names by weights=….

    InputError for a rung that is code which nobody trusted, wherever the recipe is from: before
    any work is done.
    """
    recipe = add_pretrained(recipe)
    for rung in recipe.rungs:
        if rung.startswith("pretrained:hub/"):
            folder = catalog.parse(rung.removeprefix("pretrained:")).path
            if trusted:
                trust.grant(folder)
            trust.ask(folder, trust.GRAPH)
    return recipe


def choose_size(rung: str, recipe: Recipe, pixels: Pixels) -> tuple[int, int]:
    """(height, width) in pixels that a rung wants to see; most take those of the run."""
    module = SHELF.module(rung)
    chosen: tuple[int, int] = module.size(rung.partition(":")[2], recipe, pixels)
    return chosen


def estimate_flops(rung: str, recipe: Recipe, height: int, width: int) -> float | None:
    """Floating-point operations for a picture's features, where known before building."""

    if catalog.resolve(rung.partition(":")[2], recipe.weights).name != lite.NAME:
        return None
    high, wide = find_inner_size(rung, recipe, height, width)
    return lite.FLOPS_A_PIXEL * high * wide


def find_inner_size(rung: str, recipe: Recipe, height: int, width: int) -> tuple[int, int]:
    """(height, width) in pixels at which a pretrained rung computes pictures of that size,
    which it may enlarge inside.
    """

    return catalog.find_inner_size(
        catalog.resolve(rung.partition(":")[2], recipe.weights), height, width
    )


def folder_name(rung: str) -> str:
    """A name for the folder of a rung, whatever its parameter holds.

    >>> folder_name("cnn"), folder_name("pretrained:InceptionV3@mixed7")
    ('cnn', 'pretrained-InceptionV3@mixed7')
    """
    plain = re.sub(r"[^A-Za-z0-9._@-]", "-", rung)
    if plain == rung.replace(":", "-", 1):
        return plain
    digest = hashlib.blake2b(rung.encode(), digest_size=4).hexdigest()
    return f"{plain[:12]}{plain[12:][-40:]}-{digest}"


def complete_recipe(rung: str, recipe: Recipe, n: int, kind: str = "") -> Recipe:
    """The recipe of one rung for n training examples of a kind of data.

    A learning rate that is to be found is the rung's usual one.
    """
    brought = defaults(rung, n, kind)
    mine = recipe.for_rung(brought)
    if mine.learning_rate:
        return mine
    return mine.with_settings(
        learning_rate=brought.get("learning_rate", Recipe.model_fields["learning_rate"].default)
    )


def share(rung: str, kind: str = "") -> float:
    """Weight of a rung when a budget of time is divided; 0 for one that takes hardly any.

    kind: of the data, for which some rungs take more or less than usual.
    """
    if yardsticks.is_yardstick(rung):
        return float(entry(rung).SHARE)
    usual = entry(rung)
    return float(usual.SHARE_OF_KIND.get(kind, usual.SHARE)) if is_trained(rung) else 0.0


def refuse_kind(rung: str, kind: kinds.Kind) -> None:
    """InputError for a rung that is not for examples of this kind."""
    if kind.KIND in entry(rung).KINDS:
        return
    names = (*SHELF.names(), *yardsticks.SHELF.names())
    fitting = [name for name in names if kind.KIND in entry(name).KINDS]
    raise InputError(
        f"the rung {rung} is not for {kind.NOUN.many}; expected some of {', '.join(fitting)}. "
        "Name them with --set rungs=…"
    )


def build(
    rung: str,
    specs: tuple[Spec, ...],
    blind: np.ndarray,
    recipe: Recipe | None = None,
    *,
    task: str = "classes",
) -> keras.Model:
    """A fresh network: raw examples -> what the task says, such as probabilities (n, classes).

    The kind opens the network by its specs, the rung gives features, the task closes it. blind:
    what the targets of the training part tell alone, as the task has it (of classes their shares);
    the output bias starts there, so that the first guess is the blind one. Scaling is inside.
    Raises UnknownName for a rung that is not on the shelf, InputError for one of another kind.
    """
    module = SHELF.module(rung)
    recipe = (recipe or Recipe()).for_rung(defaults(rung))
    refuse_kind(rung, kinds.of_specs(specs))
    _, colon, parameter = rung.partition(":")
    body: keras.Model = SHELF.function(rung)(specs, recipe, *([parameter] if colon else []))
    ending = functools.partial(kinds.of_specs(specs).close_network, specs)
    end = ending if tasks.of(task).IS_RELATIVE else None
    return close(body, blind, task, spread=module.HEAD_SPREAD, end=end)


def begin(rung: str, network: keras.Model, train: Examples, recipe: Recipe) -> None:
    """Set the weights of a fresh network that the training part tells without a gradient."""
    SHELF.module(rung).begin(network, train, recipe)


def word_weights(network: keras.Model) -> np.ndarray | None:
    """(vocabulary, outputs): what each word adds to each answer of one layer; None of others."""
    from receta.models.parts import word_fit

    return word_fit.word_weights(network)


def is_folder(path: Path) -> bool:
    """Whether a folder is a network: a SavedModel, or what Keras 3 saved unpacked."""
    return (path / "saved_model.pb").is_file() or files.is_folder(path)


def tell_members_apart(model: keras.Model) -> keras.Model | None:
    """A network with the answer of each of its members, of the same weights; None without any."""
    from receta.models.parts import members

    return members.tell_apart(model)


def count_flops(model: keras.Model) -> int | None:
    """Floating-point operations of a network for one picture, if they can be counted."""
    from receta.models.parts import counting

    return counting.count_flops(model)
