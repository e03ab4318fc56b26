"""Which networks stand on the ladder, from simple to complex? The door `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.recipe import Recipe
from receta.core.registry import Shelf

if TYPE_CHECKING:
    import keras

SHELF = Shelf("receta.models", "rung")


def defaults(rung: str) -> dict[str, Any]:
    """The settings that a rung brings with it; UnknownName if there is none such."""
    return dict(getattr(SHELF.module(rung), "DEFAULTS", {}))


def trains(rung: str) -> bool:
    """Whether a rung learns by gradients (the prior does not)."""
    return bool(getattr(SHELF.module(rung), "TRAINS", True))


def build(rung: str, input_shape: tuple[int, int, int], shares: np.ndarray, recipe: Recipe | None = None) -> keras.Model:
    """A fresh network: uint8 pixels (n, h, w, c) -> probabilities (n, classes).

    shares: (classes,) the class shares of the training part; the output bias starts at
    their logarithm, so that the first guess is the blind one. Scaling is inside.
    Raises UnknownName for a rung that is not on the shelf.
    """
    module = SHELF.module(rung)
    recipe = (recipe or Recipe()).for_rung(defaults(rung))
    model: keras.Model = getattr(module, rung)(input_shape, len(shares), recipe)
    head = model.layers[-1]
    head.bias.assign(np.log(np.maximum(shares, 1e-6)).astype("float32"))
    return model


def flops(model: keras.Model) -> int | None:
    """Floating-point operations of a network for one picture, if they can be counted."""
    from receta.models import _counting

    return _counting.flops(model)


def compiled(model: keras.Model, recipe: Recipe, steps: int, *, schedule: str | None = None) -> keras.Model:
    """Give a network its loss, metric, optimizer and schedule, from the recipe.

    steps: training steps in all, over which the schedule runs.
    """
    import keras

    outputs = model.output_shape[-1]
    model.compile(
        optimizer=_optimizer(recipe, learning_rate(recipe, steps, schedule or recipe.schedule)),
        loss=_smoothed(outputs, recipe.label_smoothing) if recipe.label_smoothing else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # XLA makes TensorFlow slower on processors (mission: 0.6 to 0.9 times), and JAX needs it.
        jit_compile=keras.config.backend() == "jax",
    )
    return model


def learning_rate(recipe: Recipe, steps: int, schedule: str) -> Any:
    """Learning rate as a function of the step alone, so that a resumed run has the same.

    Source: Loshchilov and Hutter (2017), "SGDR", without restarts; linear warm-up.
    """
    import keras

    if schedule == "constant":
        return recipe.learning_rate
    warm_up = max(1, steps // 20)
    return keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 25, max(1, steps - warm_up), warmup_target=recipe.learning_rate, warmup_steps=warm_up
    )


def _optimizer(recipe: Recipe, rate: Any) -> keras.optimizers.Optimizer:
    import keras

    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    # Decay pulls scales and biases to 0 without making anything simpler (He et al., 2019, "Bag of tricks").
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _smoothed(outputs: int, smoothing: float) -> Any:
    from keras import losses, ops

    def smoothed_crossentropy(truth: Any, predicted: Any) -> Any:
        hot = ops.one_hot(ops.cast(ops.reshape(truth, (-1,)), "int32"), outputs)
        return losses.categorical_crossentropy(hot, predicted, label_smoothing=smoothing)

    return smoothed_crossentropy
