"""Which loss, metric and optimizer does a network train with?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from receta import tasks
from receta.core.recipe import Recipe
from receta.models.parts.endings import task_of

if TYPE_CHECKING:
    import keras


def compile_network(model: keras.Model, recipe: Recipe) -> keras.Model:
    """Give a network its loss, metric and optimizer, from the recipe.

    The learning rate stays the recipe's until somebody sets another: a schedule is a
    matter of training (`receta.training.pace`).
    """
    import keras

    from receta.models.parts import members

    task = task_of(model)
    loss = _in_units(task.loss(model.output_shape[-1], recipe), task.units(model))
    has_members = len(model.output_shape) == 3
    metrics = [task.metric()]
    if tasks.chooses_by(task, recipe) != task.MEASURE:
        metrics.append(task.metric_evenly(model.output_shape[-1]))
    model.compile(
        optimizer=_optimizer(recipe),
        loss=members.loss_of_each(loss) if has_members else loss,
        metrics=[members.metric_of_mean(one) for one in metrics] if has_members else metrics,
        # XLA makes TensorFlow slower on processors (mission: 0.6 to 0.9 times), and JAX needs it.
        jit_compile=keras.config.backend() == "jax",
    )
    # A step that still has to make variables, of the optimizer or of a metric by name, is traced
    # twice by TensorFlow.
    model.optimizer.build(model.trainable_variables)
    return model


def _in_units(loss: Any, units: np.ndarray | None) -> Any:
    """The loss of targets and answers that are divided by units first; as it is without."""
    if units is None:
        return loss
    import keras

    plain, shares = keras.losses.get(loss), (1 / units).astype(np.float32)

    def loss_in_units(truth: Any, predicted: Any) -> Any:
        return plain(truth * shares, predicted * shares)

    return loss_in_units


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
