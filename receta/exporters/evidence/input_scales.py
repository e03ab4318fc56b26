"""Which values does an input of a network take, as far as its layers tell?

A network is judged on made-up inputs where nobody gives real ones. A smaller variant is as good
as its ranges, so they are made up only where the network says itself at which scale: it takes
whole pixels, its first arithmetic makes 0..1 or -1..1 of 0..255, or its first layer with weights
holds the mean and the variance of what it saw in training.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.exporters.javascript.layers_model import graph
from receta.predictors.described import Input

if TYPE_CHECKING:
    from keras import Model

Values = Callable[[np.ndarray], np.ndarray]

PIXELS = 255.0
_SPANS = (1.0, 2.0)  # what scaled pixels span: 0..1, -0.5..0.5, -1..1
# and pixels that were divided by their standard deviation, on both sides of 0
_STANDARD = (2.5, 8.0)
_CAFFE = (-200.0, -50.0)  # the mean that networks of Caffe take from pixels and do not divide
_SIDE = 32  # of an input whose size is open, to see what becomes of values


@dataclass(frozen=True)
class Scale:
    """What an input takes: `by` names the layer that tells it, or says what does.

    mean and spread: of each value, in the shape of the input or one that fits it. pixels:
    whether values go from 0 to 255. With neither the Input itself says which they are.
    """

    by: str
    mean: np.ndarray | None = None
    spread: np.ndarray | None = None
    pixels: bool = False


def find_scale(network: Model, tensor: Any, taken: Input) -> Scale | None:
    """The scale of an input; None where nothing tells it."""
    if taken.dtype in ("uint8", "bool"):
        return Scale("the type of its input")
    firsts: list[tuple[Any, Values]] = []
    _follow(graph(network), {id(tensor): lambda values: values}, firsts)
    for layer, before in firsts:
        if type(layer).__name__ == "Embedding":
            return Scale(layer.name)
        # a layer of anybody's, asked outside of its network, may raise anything
        with contextlib.suppress(Exception):
            found = (
                Scale("its scaling of pixels", pixels=True)
                if _takes_pixels(before, taken)
                else _by_moments(layer, before, taken)
            )
            if taken.dtype.startswith("float") and found:
                return found
    return None


def _follow(network: Any, fronts: dict[int, Values], firsts: list[tuple[Any, Values]]) -> None:
    """Go from an input to the first layers with weights.

    fronts: tensors that arithmetic alone makes of the input, each as a function of its values.
    What joins other inputs is not followed; nested networks are.
    """
    for depth in sorted(getattr(network, "_nodes_by_depth", ()), reverse=True):
        for node in network._nodes_by_depth[depth]:
            if (
                node.is_input
                or not node.input_tensors
                or any(id(one) not in fronts for one in node.input_tensors)
            ):
                continue
            layer, nested = node.operation, graph(node.operation)
            before = fronts[id(node.input_tensors[0])]
            if nested is not None and len(nested.inputs) == 1:
                inside = {id(nested.inputs[0]): before}
                _follow(nested, inside, firsts)
                fronts |= {
                    id(one): inside[id(last)]
                    for one, last in zip(node.outputs, nested.outputs, strict=True)
                    if id(last) in inside
                }
            elif getattr(layer, "weights", None) or type(layer).__name__ == "Normalization":
                # that may hold plain numbers
                firsts.append((layer, before))
            else:
                fronts |= {id(one): _after(fronts, node, at) for at, one in enumerate(node.outputs)}


def _after(fronts: dict[int, Values], node: Any, at: int) -> Values:
    """What an operation makes of the values that come before it."""
    from keras import ops, tree

    befores = {id(one): fronts[id(one)] for one in node.input_tensors}

    def values(given: np.ndarray) -> np.ndarray:
        args, kwargs = node.arguments.fill_in(
            {one: ops.convert_to_tensor(before(given)) for one, before in befores.items()}
        )
        if "training" in kwargs:
            kwargs = {**kwargs, "training": False}
        return np.asarray(ops.convert_to_numpy(tree.flatten(node.operation(*args, **kwargs))[at]))

    return values


def _takes_pixels(before: Values, taken: Input) -> bool:
    """Whether arithmetic makes of 0 and 255 what networks learn on."""
    low, high = (before(_fill(taken, value)).astype(np.float64) for value in (0.0, PIXELS))
    changed = high != low  # not what is padded
    if low.shape != high.shape or not changed.any():
        return False
    low, high = low[changed], high[changed]
    span = high - low
    unit = (
        any(np.allclose(span, one, rtol=0.02) for one in _SPANS)
        and low.min() > -1.02
        and high.max() < 1.02
    )
    standard = (
        span.min() > _STANDARD[0] and span.max() < _STANDARD[1] and low.max() < 0 < high.min()
    )
    caffe = (
        bool(np.allclose(span, PIXELS, rtol=0.01))
        and _CAFFE[0] < low.min()
        and low.max() < _CAFFE[1]
    )
    return bool(unit or standard or caffe)


def _by_moments(layer: Any, before: Values, taken: Input) -> Scale | None:
    """The scale by the mean and variance that a BatchNormalization or a Normalization holds."""
    kind = type(layer).__name__
    zero, one, two = (before(_fill(taken, value)).astype(np.float64) for value in (0.0, 1.0, 2.0))
    factor = one - zero
    if kind == "BatchNormalization":
        at = [1] * zero.ndim
        at[layer.axis] = -1
        mean, variance = (
            _array(given).reshape(at) for given in (layer.moving_mean, layer.moving_variance)
        )
    elif kind == "Normalization" and not layer.invert and layer.mean is not None:
        mean, variance = _array(layer.mean), _array(layer.variance)
    else:
        return None
    if np.all(mean == 0) and np.all(variance == 1):  # as they begin: it has seen nothing
        return None
    if (
        not np.allclose(two - zero, 2 * factor, rtol=1e-3)
        or not np.all(factor)
        or not np.isfinite(mean).all()
    ):
        return None
    mean = np.broadcast_to((mean - zero) / factor, zero.shape)[0]
    spread = np.broadcast_to(np.sqrt(np.maximum(variance, 0)) / np.abs(factor), zero.shape)[0]
    shape = _fill(taken, 0.0).shape[1:]
    mixed = np.random.default_rng(0).random(shape).astype(np.float32)
    if mean.size == mixed.size and np.allclose(
        before(mixed[None])[0], factor[0] * mixed.reshape(mean.shape) + zero[0], rtol=1e-3
    ):
        fits, wide = mean.reshape(shape), spread.reshape(shape)
    else:  # moved about: one scale for all
        one_for_all = (1,) * len(shape)
        fits, wide = (
            np.full(one_for_all, mean.mean()),
            np.full(one_for_all, np.sqrt((spread**2).mean() + mean.var())),
        )
    for axis, side in enumerate(taken.shape):
        if side is None and fits.shape[axis] > 1:  # any size: the same for every step
            fits, wide = fits.mean(axis=axis, keepdims=True), wide.mean(axis=axis, keepdims=True)
    picture = (
        len(shape) == 3
        and shape[2] in (1, 3)
        and bool(fits.min() >= 0 and fits.max() <= PIXELS and wide.max() <= PIXELS / 2)
    )
    return Scale(
        layer.name,
        fits.astype(np.float32),
        wide.astype(np.float32),
        pixels=picture and bool((fits + wide).max() > 2),
    )


def _array(values: Any) -> np.ndarray:
    from keras import ops

    return np.asarray(ops.convert_to_numpy(values), np.float64)


def _fill(taken: Input, value: float) -> np.ndarray:
    return np.full((1, *(side or _SIDE for side in taken.shape)), value, np.float32)
