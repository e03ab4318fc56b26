"""Which networks stand on the ladder, from simple to complex? The door `build`."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import tasks
from receta.core import trust
from receta.core.errors import RecipeError
from receta.core.recipe import Recipe
from receta.core.registry import Shelf
from receta.models._admission import NeedsTrust as NeedsTrust
from receta.models._featured import head as head
from receta.models._featured import with_features as with_features

if TYPE_CHECKING:
    import keras

    from receta.pixels import Pixels

SHELF = Shelf("receta.models", "rung")


MANY = 20_000  # examples from which on a rung brings its settings for many, if it has such


def defaults(rung: str, n: int = 0) -> dict[str, Any]:
    """The settings that a rung brings with it, for n training examples.

    UnknownName if there is none such.
    """
    module = SHELF.module(rung)
    return {
        **getattr(module, "DEFAULTS", {}),
        **(getattr(module, "DEFAULTS_FOR_MANY", {}) if n >= MANY else {}),
    }


def trains(rung: str) -> bool:
    """Whether a rung learns by gradients (the prior does not)."""
    return bool(getattr(SHELF.module(rung), "TRAINS", True))


def transfers(rung: str) -> bool:
    """Whether a rung takes features of a network that was trained elsewhere."""
    return getattr(SHELF.module(rung), "TRAINING", "") == "transfer"


def packaged() -> str:
    """The pretrained rung whose weights are installed; empty without any."""
    from receta.models import _backbones, _lite

    return f"pretrained:{_backbones.PACKAGED}" if _lite.packaged() else ""


def ladder(recipe: Recipe) -> Recipe:
    """The recipe, with a pretrained rung where weights were asked for and none was named.

    It stands before the first rung that learns filters of its own. InputError when a file
    is of no backbone.
    """
    from receta.models import _backbones

    asked = "weights" in recipe.model_fields_set and recipe.weights != "random"
    if not asked or any(transfers(rung) for rung in recipe.rungs):
        return recipe
    name = (
        _backbones.DEFAULT
        if recipe.weights == "imagenet"
        else _backbones.recognise(Path(recipe.weights))[0]
    )
    if len(recipe.rungs) == 1:
        raise RecipeError(
            f"weights={recipe.weights} are of {name}, and {recipe.rungs[0]} learns without any; "
            "expected a pretrained rung. "
            f"Name pretrained:{name}, or leave the weights out."
        )
    rungs = list(recipe.rungs)
    rungs.insert(rungs.index("cnn") if "cnn" in rungs else len(rungs), f"pretrained:{name}")
    return recipe.with_settings(rungs=tuple(rungs))


def admit(recipe: Recipe, *, trusted: bool = False) -> None:
    """InputError for a rung that is code which nobody trusted, wherever the recipe is from:
    before any work is done.
    """
    from receta.models import _backbones

    for rung in recipe.rungs:
        if rung.startswith("pretrained:hub/"):
            folder = _backbones.parse(rung.removeprefix("pretrained:")).path
            if trusted:
                trust.grant(folder)
            trust.ask(folder, trust.GRAPH)


def size(rung: str, recipe: Recipe, pixels: Pixels) -> tuple[int, int]:
    """(height, width) in pixels that a rung wants to see; most take those of the run."""
    module = SHELF.module(rung)
    chosen: tuple[int, int] = (
        module.size(rung.partition(":")[2], recipe, pixels)
        if hasattr(module, "size")
        else pixels.size
    )
    return chosen


def work(rung: str, recipe: Recipe, height: int, width: int) -> float | None:
    """Floating-point operations for a picture's features, where known before building."""
    from receta.models import _backbones, _lite

    if _backbones.resolve(rung.partition(":")[2], recipe.weights).name != _lite.NAME:
        return None
    high, wide = computed(rung, recipe, height, width)
    return _lite.FLOPS_A_PIXEL * high * wide


def computed(rung: str, recipe: Recipe, height: int, width: int) -> tuple[int, int]:
    """(height, width) in pixels at which a pretrained rung computes pictures of that size,
    which it may enlarge inside.
    """
    from receta.models import _backbones

    return _backbones.computed(
        _backbones.resolve(rung.partition(":")[2], recipe.weights), height, width
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


def own(rung: str, recipe: Recipe, n: int) -> Recipe:
    """The recipe of one rung for n training examples.

    A learning rate that is to be found is the rung's usual one.
    """
    brought = defaults(rung, n)
    mine = recipe.for_rung(brought)
    if mine.learning_rate:
        return mine
    return mine.with_settings(
        learning_rate=brought.get("learning_rate", Recipe.model_fields["learning_rate"].default)
    )


def share(rung: str) -> float:
    """Weight of a rung when a budget of time is divided; 0 for one that does not train."""
    return float(getattr(SHELF.module(rung), "SHARE", 1.0)) if trains(rung) else 0.0


def build(
    rung: str,
    input_shape: tuple[int, ...],
    blind: np.ndarray,
    recipe: Recipe | None = None,
    *,
    task: str = "classes",
) -> keras.Model:
    """A fresh network: uint8 pixels (n, h, w, c) -> what the task says, such as probabilities
    (n, classes).

    The rung gives features; the task closes the network. blind: what the targets of the training
    part tell alone, as the task has it (of classes their shares); the output bias starts there, so
    that the first guess is the blind one. Scaling is inside.
    Raises UnknownName for a rung that is not on the shelf.
    """
    module = SHELF.module(rung)
    recipe = (recipe or Recipe()).for_rung(defaults(rung))
    name, colon, parameter = rung.partition(":")
    body: keras.Model = getattr(module, name)(input_shape, recipe, *([parameter] if colon else []))
    return closed(body, blind, task, spread=getattr(module, "HEAD_SPREAD", 1.0))


def closed(body: keras.Model, blind: np.ndarray, task: str, *, spread: float = 1.0) -> keras.Model:
    """A network of features with the last layer of its task, which says the blind answer."""
    import keras

    answers = tasks.of(task).close(body.outputs[0], blind, spread)
    return keras.Model(body.inputs[0], answers, name=body.name)


def task_of(model: Any) -> tasks.Task:
    """The task of a network of ours, by the activation that it ends in."""
    last = model.layers[-1] if getattr(model, "layers", None) else model
    if last is not model and hasattr(last, "layers"):
        return task_of(last)
    return tasks.of_activation(getattr(getattr(last, "activation", None), "__name__", "linear"))


def loaded(path: Path, *, trust: bool = False) -> keras.Model:
    """Somebody's own network from a file; Keras must have been started.

    trust: whether it may bring code of its own along. Raises InputError.
    """
    from receta.models import _loading

    return _loading.network(path, trust=trust)


def is_folder(path: Path) -> bool:
    """Whether a folder is a network: a SavedModel, or what Keras 3 saved unpacked."""
    from receta.models import _files

    return (path / "saved_model.pb").is_file() or _files.is_folder(path)


def scales(network: keras.Model) -> bool:
    """Whether a network that takes one picture brings pixels of 0 to 255 to the values that it
    learnt from itself.
    """
    from receta.models import _loading

    return _loading.scales(network)


def as_saved(path: Path, *, trust: bool = False) -> keras.Model:
    """A network that receta saved.

    InputError where it cannot be loaded, MissingExtra for layers of KerasHub without it.
    """
    from receta.models import _loading

    return _loading.as_saved(path, trust=trust)


def flops(model: keras.Model) -> int | None:
    """Floating-point operations of a network for one picture, if they can be counted."""
    from receta.models import _counting

    return _counting.flops(model)


def featured(model: keras.Model) -> keras.Model:
    """The part of a pretrained rung below its head: pixels -> features (n, width)."""
    import keras

    from receta.models._transfer import FEATURES

    return keras.Model(model.inputs[0], model.get_layer(FEATURES).output, name="body")


def parted(model: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """A pretrained rung as (pixels -> features, features -> answers).

    None for any other network.
    """
    import keras

    from receta.models._transfer import BACKBONE, FEATURES

    if not {BACKBONE, FEATURES} <= {layer.name for layer in model.layers}:
        return None
    return featured(model), keras.Model(
        model.get_layer(FEATURES).output, model.outputs[0], name="top"
    )


def tunable(model: keras.Model) -> bool:
    """Whether a pretrained rung's backbone can learn; a SavedModel where the recipe says so."""
    from receta.models._transfer import BACKBONE

    return not foreign(model) or bool(model.get_layer(BACKBONE).trainable_weights)


def foreign(model: keras.Model) -> bool:
    """Whether a pretrained rung's backbone is a SavedModel: one layer around somebody's graph."""
    from receta.models._transfer import BACKBONE

    return not hasattr(model.get_layer(BACKBONE), "layers")


def headed(mean: np.ndarray, variance: np.ndarray, blind: np.ndarray, task: str) -> keras.Model:
    """A last layer on features (n, width), standardised: what the checks look at."""
    import keras
    from keras import layers

    inputs = keras.Input((len(mean),), name="features")
    scaled = layers.Normalization(
        mean=mean, variance=np.maximum(variance, 1e-12), name="standardise"
    )(inputs)
    return closed(keras.Model(inputs, scaled, name="head"), blind, task, spread=0.0)


def compiled(model: keras.Model, recipe: Recipe) -> keras.Model:
    """Give a network its loss, metric and optimizer, from the recipe.

    The learning rate stays the recipe's until somebody sets another: a schedule is a
    matter of training (`receta.training.pace`).
    """
    import keras

    task = task_of(model)
    model.compile(
        optimizer=_optimizer(recipe),
        loss=task.loss(model.output_shape[-1], recipe),
        metrics=[task.metric()],
        # XLA makes TensorFlow slower on processors (mission: 0.6 to 0.9 times), and JAX needs it.
        jit_compile=keras.config.backend() == "jax",
    )
    # A step that still has to make variables, of the optimizer or of a metric by name, is traced
    # twice by TensorFlow.
    model.optimizer.build(model.trainable_variables)
    return model


def _optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    import keras

    rate = recipe.learning_rate
    gathered = {"gradient_accumulation_steps": recipe.accumulate} if recipe.accumulate > 1 else {}
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, **gathered)
    if recipe.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate, **gathered)
    if recipe.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            rate, momentum=0.9, nesterov=True, weight_decay=recipe.weight_decay or None, **gathered
        )
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, **gathered)
    # Decay pulls scales and biases to 0 without making anything simpler (He et al., 2019, "Bag of
    # tricks").
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
