"""What do layers that go step by step say in the words of tfjs-layers?"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.exporters.javascript.activations import name_of
from receta.exporters.javascript.shapes import channels_last
from receta.exporters.javascript.writer import (
    NoTwin,
    Rule,
    Shape,
    Tensor,
    Words,
    Writer,
    weights_of,
)


def _recurrent(writer: Writer, layer: Any, x: Any, shape: Any) -> Any:
    """SimpleRNN, LSTM, GRU and ConvLSTM2D, with states given and taken where asked for."""
    if layer.stateful:
        raise NoTwin("it is stateful: what it says depends on earlier calls")
    if getattr(layer, "reset_after", False):
        raise NoTwin("tfjs knows a GRU with reset_after=False alone")
    cell = layer.cell
    config = {
        "use_bias": cell.use_bias,
        "return_sequences": layer.return_sequences,
        "return_state": layer.return_state,
        "go_backwards": layer.go_backwards,
        "activation": name_of(cell.activation),
    }
    if hasattr(cell, "recurrent_activation"):
        config["recurrent_activation"] = name_of(cell.recurrent_activation)
    if hasattr(cell, "filters"):
        channels_last(cell)
        config |= {
            "filters": cell.filters,
            "kernel_size": list(cell.kernel_size),
            "strides": list(cell.strides),
            "padding": cell.padding,
            "dilation_rate": list(cell.dilation_rate),
        }
    else:
        config["units"] = cell.units
    kind = type(layer).__name__
    return writer.layer(
        layer, Words(kind, config, weights_of(cell, "kernel", "recurrent_kernel", "bias")), x, shape
    )


def _bidirectional(writer: Writer, layer: Any, x: Any, shape: Any) -> Any:
    forward, backward = layer.forward_layer, layer.backward_layer
    first = x[0] if isinstance(x, list) else x
    inside, alike = (
        {**one.get_config(), "name": "", "go_backwards": False} for one in (forward, backward)
    )
    if (
        inside != alike
        or type(forward) is not type(backward)
        or forward.go_backwards is backward.go_backwards
    ):
        raise NoTwin("its two layers differ in more than their direction")
    weights: dict[str, np.ndarray] = {}
    for name, one in (("forward", forward), ("backward", backward)):
        kind, config, values = _inner(writer, one, first.shape, None)
        weights |= {f"{name}_inner/{key}": value for key, value in values.items()}
    config["go_backwards"] = forward.go_backwards
    return writer.layer(
        layer,
        Words(
            "Bidirectional",
            {"layer": {"class_name": kind, "config": config}, "merge_mode": layer.merge_mode},
            weights,
        ),
        x,
        shape,
    )


def _time_distributed(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    kind, config, weights = _inner(
        writer, layer.layer, (x.shape[0], *x.shape[2:]), (shape[0], *shape[2:])
    )
    return writer.layer(
        layer,
        Words("TimeDistributed", {"layer": {"class_name": kind, "config": config}}, weights),
        x,
        shape,
    )


def _inner(
    writer: Writer, layer: Any, taken: Shape, given: Shape | None
) -> tuple[str, dict[str, Any], dict[str, np.ndarray]]:
    """The one layer that a wrapper holds, said alone."""
    rule = writer.twins.get(type(layer).__name__)
    if rule is None or not type(layer).__module__.startswith("keras."):
        raise NoTwin(f"{type(layer).__name__} inside it has none")
    alone = Writer(writer.twins)
    rule(alone, layer, alone.input("steps", taken, "float32"), given or ((None, 1),))
    return alone.alone()


RECURRENT: dict[str, Rule] = {
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "ConvLSTM2D"), _recurrent),
    "Bidirectional": _bidirectional,
    "TimeDistributed": _time_distributed,
}
