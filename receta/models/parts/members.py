"""How does a network of several members learn: each by its own loss, while their mean answers?"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from receta.models.parts.blocks import MEAN_OF_MEMBERS


def tell_apart(model: keras.Model) -> keras.Model | None:
    """The network with the answer of each member (n, members, outputs); None without members.

    It shares all weights. What follows the mean of the members is applied to each of them.
    """
    names = [layer.name for layer in model.layers]
    if MEAN_OF_MEMBERS not in names:
        return None
    at = names.index(MEAN_OF_MEMBERS)
    answers = model.layers[at].input
    for layer in model.layers[at + 1 :]:
        answers = layer(answers)
    return keras.Model(model.inputs, answers, name=model.name)


def loss_of_each(loss: Any) -> Any:
    """A loss (n,) of answers (n, members, outputs): the mean over the members.

    Source: Gorishniy and others (2024), "TabM", section 3: a loss of the mean of the members would
    let them learn together what one can learn alone.
    """
    plain = keras.losses.get(loss)

    def loss_of_members(truth: Any, answers: Any) -> Any:
        members, outputs = answers.shape[1:]
        each = plain(ops.repeat(truth, members, axis=0), ops.reshape(answers, (-1, outputs)))
        return ops.mean(ops.reshape(each, (-1, members)), axis=1)

    return loss_of_members


def metric_of_mean(metric: keras.metrics.Metric) -> keras.metrics.Metric:
    """The metric of the mean over the members."""

    class OfMean(type(metric)):  # type: ignore[misc]
        def update_state(self, truth: Any, answers: Any, sample_weight: Any = None) -> Any:
            return super().update_state(truth, ops.mean(answers, axis=1), sample_weight)

    return OfMean.from_config(metric.get_config())
