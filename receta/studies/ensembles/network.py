"""How do several networks become one, which a file holds and every target of export can take?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import kinds
from receta.core.errors import InputError
from receta.core.spec import Spec
from receta.studies.ensembles.weighing import Mix
from receta.tasks import Task

if TYPE_CHECKING:
    import keras

_TINY = 1e-7  # as in `weighing`


def join(
    networks: Sequence[keras.Model],
    specs: Sequence[Spec],
    shared: Spec,
    mix: Mix,
    task: Task,
) -> keras.Model:
    """One network of raw examples, which says what some networks say together.

    mix: one weight a network; what counts nothing is left out. specs: what each takes.
    """
    import keras

    kind = kinds.of_specs((shared,))
    taken = keras.Input(shared.shape, dtype=shared.dtype, name=shared.name)
    said = []
    for at, (network, spec, weight) in enumerate(zip(networks, specs, mix.weights, strict=True)):
        if not weight:
            continue
        network.name = f"member_{at}"
        answers = network(kind.translate(shared, spec, taken), training=False)
        if mix.bias:
            answers = _open_answers(answers, task)
        said.append(keras.layers.Rescaling(weight, name=f"weight_{at}")(answers))
    together = said[0] if len(said) == 1 else keras.layers.Add(name="together")(said)
    if mix.bias:
        together = keras.layers.Rescaling(1.0, offset=list(mix.bias), name="bias")(together)
        together = keras.layers.Activation(task.ACTIVATION, name="answers")(together)
    return keras.Model(taken, together, name="ensemble")


def _open_answers(answers: Any, task: Task) -> Any:
    """What goes into the last activation, of what comes out of it."""
    from keras import ops

    if task.ACTIVATION == "linear":
        return answers
    opened = ops.log(ops.maximum(answers, _TINY))
    if task.ACTIVATION == "softmax":
        return opened
    return opened - ops.log(ops.maximum(1.0 - answers, _TINY))


def average_weights(networks: Sequence[keras.Model], names: Sequence[str]) -> keras.Model:
    """The first network with the mean of all their weights; InputError where they differ in build.

    Source: Wortsman and others (2022), "Model soups". Networks that began at different random
    weights seldom lie in one valley: what the mean is worth has to be measured.
    """
    first = networks[0]
    build = _tell_build(first)
    for network, name in zip(networks[1:], names[1:], strict=True):
        if _tell_build(network) != build:
            raise InputError(
                f"{names[0]} and {name} are networks of different builds, whose weights have no "
                "mean; expected the same layers. Combine their answers: --how average."
            )
    for variables in zip(*(network.weights for network in networks), strict=True):
        values = [np.asarray(one.numpy()) for one in variables]
        if values[0].dtype.kind == "f":
            variables[0].assign(np.mean(values, axis=0))
    return first


def _tell_build(network: keras.Model) -> list[Any]:
    """The layers of a network that work when it answers, and the shapes of its weights."""
    names = [type(layer).__name__ for layer in network._flatten_layers(include_self=False)]
    layers = [name for name in names if "Dropout" not in name]
    return [layers, [tuple(one.shape) for one in network.weights]]
