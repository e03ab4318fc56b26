"""Which pieces do several rungs share?"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from receta import kinds
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.spec import Spec


def open_inputs(specs: tuple[Spec, ...], low: float = 0.0) -> tuple[Any, Any]:
    """Input of raw examples, and numbers from them, by the kind; pixels go from low to 1."""
    return kinds.of_specs(specs).open_network(specs, low)


def opened_plain(specs: tuple[Spec, ...]) -> tuple[Any, Any]:
    """The same for a network of one layer, whose numbers are neither clipped nor embedded."""
    return kinds.of_specs(specs).open_plain(specs)


def opened_pieces(specs: tuple[Spec, ...]) -> tuple[Any, Any]:
    """The same for a network that sees in which piece of its range each number lies."""
    return kinds.of_specs(specs).open_pieces(specs)


MEAN_OF_MEMBERS = "mean_of_members"  # the layer before which members answer apart
LUMA = (0.299, 0.587, 0.114)  # BT.601: shares of red, green and blue in what the eye calls bright


def grey(scaled: Any, most: int) -> Any:
    """One channel, of at most `most` x `most` pixels, by layers that need no weights."""
    if scaled.shape[-1] == 3:
        scaled = keras.ops.sum(layers.Rescaling(LUMA, name="luma")(scaled), axis=-1, keepdims=True)
    if max(scaled.shape[1:3]) > most:
        scaled = layers.Resizing(most, most, antialias=False, name="resize")(scaled)
    return scaled


THUMBNAIL = 32  # pixels: what a network without any notion of neighbours can make use of


def flat(opened: Any) -> Any:
    """One row of numbers an example (n, width), for layers on single numbers.

    Of pictures the means of small squares, at most 32 x 32 of them.

    On 96 x 96 x 3 pixels the mlp would have 7 million weights for 1,000 pictures, and the
    linear rung diverges at a rate that suits small pictures (LOG.md).
    """
    if len(opened.shape) == 4:
        height, width = opened.shape[1:3]
        factor = -(-max(height, width) // THUMBNAIL)
        square = (min(factor, height), min(factor, width))
        if factor > 1:
            opened = layers.AveragePooling2D(square, name="thumbnail")(opened)
    return opened if len(opened.shape) == 2 else layers.Flatten(name="flat")(opened)


def mean(opened: Any) -> Any:
    """The mean over all places of an example (n, channels)."""
    pools = {3: layers.GlobalAveragePooling1D, 4: layers.GlobalAveragePooling2D}
    rank = len(opened.shape)
    return opened if rank == 2 else pools[rank](name="mean")(opened)


def features(inputs: Any, found: Any, name: str) -> keras.Model:
    """A rung's network below its last layer, which the task adds: inputs -> features (n, width)."""
    return keras.Model(inputs, found, name=name)


def penalty(recipe: Recipe) -> Any:
    """The recipe's L1, L2 or both, for a kernel; None where both are 0."""
    if recipe.l1 and recipe.l2:
        return keras.regularizers.L1L2(recipe.l1, recipe.l2)
    if recipe.l1:
        return keras.regularizers.L1(recipe.l1)
    return keras.regularizers.L2(recipe.l2) if recipe.l2 else None


def dense(units: int, recipe: Recipe, name: str) -> Any:
    """A ReLU layer with the recipe's penalty."""
    return layers.Dense(units, activation="relu", kernel_regularizer=penalty(recipe), name=name)


def dropout(features: Any, recipe: Recipe, name: str) -> Any:
    """Silence units at the recipe's rate; nothing at rate 0."""
    if not recipe.dropout:
        return features
    # Without a seed Keras draws from PyTorch's own numbers there, which no state of a training
    # holds: no exact resume.
    seed = (
        int(rng(recipe.seed, name).integers(2**31)) if keras.config.backend() == "torch" else None
    )
    return layers.Dropout(recipe.dropout, seed=seed, name=name)(features)


def convolution(width: int, size: int, recipe: Recipe, name: str, *, strides: int = 1) -> Any:
    """A convolution that `norm` follows: padded, with the recipe's penalty.

    It has a bias only where no normalisation follows, which would take it away again.
    """
    return layers.Conv2D(
        width,
        size,
        strides,
        padding="same",
        use_bias=recipe.normalization == "none",
        kernel_regularizer=penalty(recipe),
        name=name,
    )


CHANNELS_A_GROUP = 16  # Wu and He (2018), "Group normalization", table 3: the best fixed number


# Keras' own 0.99 lags hundreds of steps behind, and small data have few of them.
MOMENTUM = 0.9


def norm(x: Any, recipe: Recipe, name: str, *, momentum: float = MOMENTUM) -> Any:
    """Normalise a map (n, height, width, channels) as the recipe says.

    batch: Ioffe and Szegedy (2015), momentum is that of its running means; layer: over the
    channels of a place, Ba et al. (2016) as in ConvNeXt; group: Wu and He (2018); none
    gives x back.
    """
    if recipe.normalization == "batch":
        return layers.BatchNormalization(momentum=momentum, name=name)(x)
    if recipe.normalization == "layer":
        return layers.LayerNormalization(epsilon=1e-6, name=name)(x)
    if recipe.normalization == "group":
        return layers.GroupNormalization(groups(x.shape[-1]), name=name)(x)
    return x


def groups(channels: int) -> int:
    """Groups of about 16 channels that divide the channels evenly.

    >>> groups(64), groups(24), groups(1)
    (4, 1, 1)
    """
    return max(n for n in range(1, max(1, channels // CHANNELS_A_GROUP) + 1) if channels % n == 0)


def stochastic_depth(x: Any, residual: Any, rate: float, name: str) -> Any:
    """x + residual, in training without the residual of a share of the pictures.

    rate: that share; `depth_rate` gives it by block. In use it is the plain sum. Keras'
    own Dropout with one draw a picture does it, so that a saved model needs no layer of
    ours. Source: Huang et al. (2016), "Deep networks with stochastic depth".
    """
    if rate:
        shape = (None, *(1,) * (len(residual.shape) - 1))
        residual = layers.Dropout(rate, noise_shape=shape, name=f"{name}_depth")(residual)
    return layers.Add(name=name)([x, residual])


def depth_rate(recipe: Recipe, block: int, blocks: int) -> float:
    """Rate of one of the residual blocks, counted from 1: the last has the recipe's.

    >>> [round(depth_rate(Recipe(stochastic_depth=0.3), block, 3), 2) for block in (1, 2, 3)]
    [0.1, 0.2, 0.3]
    """
    return recipe.stochastic_depth * block / blocks
