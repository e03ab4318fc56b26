"""How much may a network take while it is built, and for one example?

A configuration of a few bytes can ask for weights of terabytes, or for pictures of a million
pixels a side. Keras makes a variable as soon as a layer is built, so the bound is asked there,
before memory is taken: all weights come from the file, so a network may not have many more
numbers than that holds. What layers put out is known before anything is computed.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from receta.core.errors import InputError
from receta.models.parts import graphs

# that a layer may put out for one example: 2 GB; a volume of 256 x 256 x 256 in 32 channels
MOST_VALUES = 2**29
MOST_STEPS = 2_000  # of a recurrent layer that is written out step by step (unroll)
_FREE = 2**20  # numbers that no file needs to hold: seeds, states, what Keras 2 did not save
# Layers that compare all places of two inputs, and the name of how often.
_HEADS = {"MultiHeadAttention": "num_heads", "GroupedQueryAttention": "num_query_heads"}
_LOCK = threading.RLock()


class _Taken:
    """What a network has taken until now; error: the refusal, which Keras may put into words."""

    def __init__(self, place: Path, numbers: int) -> None:
        self.place, self.most, self.numbers = place, 2 * numbers + _FREE, 0
        self.held, self.thread = numbers, threading.get_ident()
        self.error: InputError | None = None

    def refuse(self, words: str) -> InputError:
        self.error = self.error or InputError(f"{self.place} cannot be loaded: {words}")
        return self.error

    def variable(self, shape: Any, name: str) -> None:
        self.numbers += math.prod(int(side) for side in shape)
        if self.numbers > self.most:
            raise self.refuse(
                f"its layers take {_number(self.numbers)} weights and more (at {name[:80]}, "
                f"{_tell_shape(shape)}), and it holds {self.held:,}; expected "
                f"as many as it takes. Save it again."
            )

    def layer(self, operation: Any, given: tuple[Any, ...]) -> None:
        shape: tuple[Any, ...] = getattr(given[0], "shape", ()) if given else ()
        if getattr(operation, "unroll", False) and len(shape) > 1 and (shape[1] or 0) > MOST_STEPS:
            raise self.refuse(
                f"the layer {operation.name!r} is to be written out {shape[1]:,} times (unroll); "
                f"expected {MOST_STEPS:,} at most."
            )
        heads = getattr(operation, _HEADS.get(type(operation).__name__, ""), None)
        if isinstance(heads, int):
            rows = [one.shape[1] for one in given[:2] if len(getattr(one, "shape", ())) == 3]
            if len(rows) == 2 and math.prod(row or 1 for row in rows) * heads > MOST_VALUES:
                raise self.refuse(
                    f"the layer {operation.name!r} compares {_tell_shape([*rows, heads])} values "
                    f"for one example; expected {MOST_VALUES:,} at most. Build it smaller."
                )

    def output(self, operation: Any, made: Any) -> None:
        for shape in _shapes(made):
            if math.prod(side for side in shape[1:] if side) > MOST_VALUES:
                raise self.refuse(
                    f"the layer {operation.name!r} puts out {_tell_shape(shape[1:])} values for "
                    f"one example; expected {MOST_VALUES:,} at most. Build it smaller."
                )


@contextlib.contextmanager
def building(place: Path, numbers: int) -> Iterator[None]:
    """Watch over what Keras builds meanwhile; InputError as soon as it is too much.

    place: the file that asks for it. numbers: of all weights that it holds.
    """
    import keras

    taken = _Taken(place, numbers)
    variable, call = keras.Variable.__init__, keras.Operation.__call__

    def make(self: Any, initializer: Any, shape: Any = None, *rest: Any, **words: Any) -> None:
        if threading.get_ident() == taken.thread:
            sides = shape if shape is not None else getattr(initializer, "shape", ())
            taken.variable(
                (sides,) if isinstance(sides, int) else sides, str(words.get("name") or "a weight")
            )
        variable(self, initializer, shape, *rest, **words)

    def work(self: Any, *given: Any, **words: Any) -> Any:
        if threading.get_ident() != taken.thread:
            return call(self, *given, **words)
        taken.layer(self, given)
        made = call(self, *given, **words)
        taken.output(self, made)
        return made

    rebuild, read = keras.Sequential._maybe_rebuild, keras.Sequential.from_config.__func__

    def wait(self: Any) -> None:
        if threading.get_ident() != taken.thread:
            rebuild(self)

    def once(cls: Any, *given: Any, **words: Any) -> Any:
        """A Sequential built once: Keras 3.15 builds it anew with each layer that it reads."""
        before = keras.Sequential._maybe_rebuild
        keras.Sequential._maybe_rebuild = wait
        try:
            made = read(cls, *given, **words)
        finally:
            keras.Sequential._maybe_rebuild = before
        rebuild(made)
        return made

    with _LOCK:  # Keras has no hook for these
        keras.Variable.__init__, keras.Operation.__call__ = make, work
        keras.Sequential.from_config = classmethod(once)
        try:
            yield
        except Exception as error:
            if taken.error is not None and error is not taken.error:
                raise taken.error from error
            raise
        finally:
            keras.Variable.__init__, keras.Operation.__call__ = variable, call
            keras.Sequential.from_config = classmethod(read)
    if taken.error is not None:
        raise taken.error


def refuse_large(network: Any, place: Path) -> None:
    """InputError where a layer, nested ones too, puts out too much for one example."""
    taken = _Taken(place, 0)
    for operation, given in _uses(network):
        taken.output(operation, given)


def _uses(network: Any) -> Iterator[tuple[Any, Any]]:
    """(layer, what it puts out) of all uses of layers, inputs and nested networks too."""
    for nodes in getattr(graphs.graph(network), "_nodes_by_depth", {}).values():
        for node in nodes:
            yield node.operation, node.outputs
            inner = graphs.graph(node.operation)
            if hasattr(inner, "_nodes_by_depth") and [one.shape for one in node.input_tensors] != [
                one.shape for one in inner.inputs
            ]:
                yield from _anew(inner, node.input_tensors)


def _anew(inner: Any, tensors: Any) -> Iterator[tuple[Any, Any]]:
    """The same of a nested network, whose inputs have other shapes here than where it was made."""
    made: list[tuple[Any, Any]] = []

    def told(operation: Any) -> Any:
        def call(*given: Any, **words: Any) -> Any:
            out = operation.compute_output_spec(*given, **words)
            made.append((operation, out))
            return out

        return call

    inner._run_through_graph(list(tensors), told)
    yield from made


def _shapes(made: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(made, dict):
        made = list(made.values())
    for one in made if isinstance(made, list | tuple) else [made]:
        if isinstance(one, list | tuple | dict):
            yield from _shapes(one)
        elif getattr(one, "shape", None) is not None:
            yield tuple(one.shape)


def _tell_shape(shape: Any) -> str:
    return " x ".join("any" if side is None else _number(side) for side in shape)


def _number(value: int) -> str:
    return f"{value:,}" if value < 10**18 else "10^18"
