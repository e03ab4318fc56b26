"""What do the layers of Keras that move, cut, pool or resize say in the words of tfjs-layers?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from receta.exporters.javascript.writer import NoTwin, Rule, Shape, Tensor, Words, Writer


def channels_last(layer: Any) -> None:
    """Refuse a layer whose channels stand first: tfjs has that order for few of them."""
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise NoTwin("its channels stand first")


def add_reshape(writer: Writer, of: Any, x: Tensor, shape: Shape, role: str) -> Tensor:
    """x in another shape (n, ...) with at most one side that is not known."""
    if x.shape == tuple(shape):
        return x
    if list(shape[1:]).count(None) > 1:
        raise NoTwin("more than one side is not known")
    return writer.layer(
        of,
        Words("Reshape", {"target_shape": [-1 if side is None else side for side in shape[1:]]}),
        x,
        shape,
        role=role,
    )


def add_scale(
    writer: Writer, of: Any, x: Tensor, scale: Any, offset: Any, role: str = ""
) -> Tensor:
    """scale * x + offset; both a number, or an array that fits the last axes of x."""
    config = {
        "scale": np.asarray(scale, np.float32).tolist(),
        "offset": np.asarray(offset, np.float32).tolist(),
    }
    return writer.layer(of, Words("Rescaling", config), x, x.shape, role=role)


def _reshape(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return add_reshape(writer, layer, x, shape, "")


def _flatten(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    channels_last(layer)
    return add_reshape(writer, layer, x, shape, "")


def _permute(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return add_permute(writer, layer, x, tuple(layer.dims), "")


def add_permute(writer: Writer, of: Any, x: Tensor, dims: tuple[int, ...], role: str) -> Tensor:
    """The axes of x behind n in another order; dims count from 1."""
    return writer.layer(
        of,
        Words("Permute", {"dims": list(dims)}),
        x,
        (x.shape[0], *(x.shape[dim] for dim in dims)),
        role=role,
    )


def _repeat_vector(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return writer.layer(layer, Words("RepeatVector", {"n": layer.n}), x, shape)


# Cutting, padding and repeating: tfjs knows two dimensions, so one and three are taken two at a
# time


def _sides(kind: str, option: str) -> Rule:
    def rule(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
        channels_last(layer)
        amounts = getattr(layer, option)
        amounts = list(amounts) if isinstance(amounts, (list, tuple)) else [amounts]
        if len(shape) == 3:
            if option != "size":
                amounts = [amounts]  # (before, after) of the only axis
            amounts.append(1 if option == "size" else (0, 0))
        nothing = 1 if option == "size" else (0, 0)
        first, second = (x.shape[1], x.shape[2] if len(shape) > 3 else 1)
        rest = (
            x.shape[2]
            if len(shape) == 3
            else x.shape[3]
            if len(shape) == 4
            else _product(x.shape[3:])
        )
        y = add_reshape(writer, layer, x, (x.shape[0], first, second, rest), "opened")
        given = (shape[1], shape[2] if len(shape) > 3 else 1)
        y = writer.layer(
            layer,
            Words(kind, {option: [_plain(one) for one in amounts[:2]]}),
            y,
            (x.shape[0], *given, rest),
        )
        if len(shape) < 5:
            return add_reshape(writer, layer, y, shape, "closed")
        y = add_reshape(
            writer, layer, y, (x.shape[0], _product(given), x.shape[3], x.shape[4]), "turned"
        )
        last = {option: [_plain(nothing), _plain(amounts[2])]}
        y = writer.layer(
            layer, Words(kind, last), y, (x.shape[0], y.shape[1], shape[3], shape[4]), role="last"
        )
        return add_reshape(writer, layer, y, shape, "closed")

    return rule


def _plain(amount: Any) -> Any:
    return list(amount) if isinstance(amount, (list, tuple)) else amount


def _up_sampling(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if getattr(layer, "interpolation", "nearest") != "nearest":
        return _resize(writer, layer, x, shape, layer.interpolation, False)
    return _sides("UpSampling2D", "size")(writer, layer, x, shape)


# Resizing: tfjs aligns corners, Keras centres of pixels, so each side is a product with a matrix of
# its own


def _resizing(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio:
        raise NoTwin("it crops or pads to keep the aspect")
    return _resize(writer, layer, x, shape, layer.interpolation, layer.antialias)


def _resize(
    writer: Writer, layer: Any, x: Tensor, shape: Shape, interpolation: str, antialias: bool
) -> Tensor:
    """(n, height, width, channels) with both sides multiplied by the weights of the resizing."""
    channels_last(layer)
    if len(shape) != 4 or None in x.shape[1:] or None in shape[1:]:
        raise NoTwin("a side is not known")
    for axis, name in ((1, "height"), (2, "width")):
        if x.shape[axis] == shape[axis]:
            continue
        turned = (2, 3, 1) if axis == 1 else (1, 3, 2)
        y = add_permute(writer, layer, x, turned, f"{name}_last")
        kernel = _matrix(x.shape[axis] or 0, shape[axis] or 0, interpolation, antialias)
        y = writer.layer(
            layer,
            Words("Dense", {"units": shape[axis], "use_bias": False}, {"kernel": kernel}),
            y,
            (*y.shape[:3], shape[axis]),
            role=name,
        )
        x = add_permute(writer, layer, y, (3, 1, 2) if axis == 1 else (1, 3, 2), f"{name}_back")
    return x


def _matrix(side: int, wanted: int, interpolation: str, antialias: bool) -> np.ndarray:
    """(side, wanted): what each place of a row gives to each place of the resized one."""
    from keras import ops

    # a picture a row, one pixel high, one of them white
    rows = np.eye(side, dtype=np.float32)[:, None, :, None]
    answer = ops.image.resize(
        rows,
        (1, wanted),
        interpolation=interpolation,
        antialias=antialias,
        data_format="channels_last",
    )
    return np.asarray(ops.convert_to_numpy(answer), np.float32)[:, 0, :, 0]


def _center_crop(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    channels_last(layer)
    (height, width), wanted = (x.shape[1], x.shape[2]), (shape[1], shape[2])
    if (
        None in (height, width, *wanted)
        or (height or 0) < (wanted[0] or 0)
        or (width or 0) < (wanted[1] or 0)
    ):
        raise NoTwin("a side is not known, or shorter than what is cropped")
    cuts = []
    for side, left in ((height or 0, wanted[0] or 0), (width or 0, wanted[1] or 0)):
        before = int((side - left) / 2)
        cuts.append([before, side - left - before])
    return writer.layer(layer, Words("Cropping2D", {"cropping": cuts}), x, shape)


# Pooling


def _max_pooling_3d(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    """Over depth and height, then over width: the WebAssembly backend of tfjs 4.22 is wrong in
    three at once.
    """
    channels_last(layer)
    size, strides = list(layer.pool_size), list(layer.strides)
    n, depth, height, width, channels = x.shape
    y = add_reshape(writer, layer, x, (n, depth, height, _product((width, channels))), "opened")
    config = {"pool_size": size[:2], "strides": strides[:2], "padding": layer.padding}
    y = writer.layer(layer, Words("MaxPooling2D", config), y, (n, *shape[1:3], y.shape[3]))
    y = add_reshape(writer, layer, y, (n, _product(shape[1:3]), width, channels), "turned")
    config = {"pool_size": [1, size[2]], "strides": [1, strides[2]], "padding": layer.padding}
    y = writer.layer(
        layer, Words("MaxPooling2D", config), y, (n, y.shape[1], *shape[3:]), role="across"
    )
    return add_reshape(writer, layer, y, shape, "closed")


def _product(sides: Shape) -> int:
    """How many places there are on these sides; NoTwin where one is not known."""
    if None in sides:
        raise NoTwin("a side is not known")
    return math.prod(side or 0 for side in sides)


def _pooling(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    channels_last(layer)
    config = {
        "pool_size": list(layer.pool_size),
        "strides": list(layer.strides),
        "padding": layer.padding,
    }
    return writer.layer(layer, Words(type(layer).__name__, config), x, shape)


def _global_pooling(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    channels_last(layer)
    return add_pooling(
        writer, layer, x, shape, "Average" if "Average" in type(layer).__name__ else "Max"
    )


def add_pooling(writer: Writer, of: Any, x: Tensor, shape: Shape, kind: str) -> Tensor:
    """Mean or maximum (Average, Max) of each channel; shape keeps the sides as 1, or not."""
    flat = (x.shape[0], x.shape[-1])
    if len(x.shape) == 5:
        x = add_reshape(writer, of, x, (x.shape[0], _product(x.shape[1:3]), *x.shape[3:]), "opened")
    y = writer.layer(of, Words(f"Global{kind}Pooling{len(x.shape) - 2}D"), x, flat)
    return add_reshape(writer, of, y, shape, "kept")


_POOLS = ("MaxPooling", "AveragePooling")

SHAPES: dict[str, Rule] = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
    **{f"ZeroPadding{n}D": _sides("ZeroPadding2D", "padding") for n in (1, 2, 3)},
    **{f"Cropping{n}D": _sides("Cropping2D", "cropping") for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _up_sampling for n in (1, 2, 3)},
    **{f"{kind}{n}D": _pooling for kind in _POOLS for n in (1, 2, 3)},
    "MaxPooling3D": _max_pooling_3d,
    **{f"Global{kind}{n}D": _global_pooling for kind in _POOLS for n in (1, 2, 3)},
    "Resizing": _resizing,
    "CenterCrop": _center_crop,
}
