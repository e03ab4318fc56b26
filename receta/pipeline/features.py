"""How are the features of a frozen network computed once, and found again?

A store is a folder of features.npy (n of the source, width) float32 and done.npy, of
which row is true when its features are there: work that was cut off goes on where it
was, and another head finds them all.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from receta.core import disk
from receta.core.deadline import NEVER, Deadline
from receta.core.progress import Progress, Unasked
from receta.pipeline import backend
from receta.pixels import Pixels

# Pictures at once; the last batch is filled up. A picture's features do not depend on its company
# then, to the bit in MobileNetV2, to 1e-6 in small networks (LOG.md); which batches there are
# follows from the rows asked for alone.
BATCH = 32
_VERSION = 3


def features(
    model: Any,
    pixels: Pixels,
    rows: np.ndarray,
    *,
    name: str = "",
    progress: Progress = Unasked(),
) -> np.ndarray:
    """(k, width) float32: what a network says of some rows, computed at most once.

    model: uint8 (n, h, w, c) -> (n, width), called without training. The store is found
    again by the network's weights and layers and by the contents of the pictures.
    """
    with _opened_store(model, pixels) as store:
        bar = functools.partial(progress.bar, f"features of {name or model.name}")
        _compute(model, pixels, np.unique(rows), store, NEVER, bar)
        return np.asarray(store.features[rows])


def prepare_features(
    model: Any,
    pixels: Pixels,
    wanted: Sequence[tuple[np.ndarray, Deadline]],
    *,
    name: str = "",
    progress: Progress = Unasked(),
) -> list[int]:
    """Compute features of rows, in their order, each until its deadline.

    How many of each, from the first on, are ready.
    """
    with _opened_store(model, pixels) as store:
        bar = functools.partial(progress.bar, f"features of {name or model.name}")
        for rows, deadline in wanted:
            _compute(model, pixels, rows, store, deadline, bar)
        return [int(np.argmin(np.append(store.done[rows], False))) for rows, _ in wanted]


class _Store(NamedTuple):
    """features (n, width) by source row, and done (n,): whether they are there."""

    features: np.memmap
    done: np.memmap


@contextlib.contextmanager
def _opened_store(model: Any, pixels: Pixels) -> Iterator[_Store]:
    """The store of a network and some pictures, for this process alone."""
    folder = disk.cache_root() / "features" / _key(model, pixels)
    with disk.sole_user(folder, wait=True), disk.room_on_disk(folder):
        width = int(model.output_shape[-1])
        yield _Store(*_open_store(folder, len(pixels.pixel_digests), width))


def _compute(
    model: Any,
    pixels: Pixels,
    rows: np.ndarray,
    store: _Store,
    deadline: Deadline,
    bar_of: Callable[[int, str], Any],
) -> None:
    todo = rows[~store.done[rows]]
    if not len(todo) or deadline.is_over():
        return
    compute = kept_fast(model)
    with bar_of(len(todo), "images") as bar:
        for start in range(0, len(todo), BATCH):
            some = todo[start : start + BATCH]
            store.features[some] = compute(_fill(pixels.take(some)))[: len(some)]
            store.done[some] = (
                True  # after the features: what is killed in between is computed again
            )
            bar.advance(len(some))
            if deadline.is_over():
                break
    store.features.flush()
    store.done.flush()


_newest: dict[str, Callable[[np.ndarray], np.ndarray]] = {}  # one at most


def kept_fast(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    """`fast`, or what it gave for the same network before: the parts of the data come one after
    the other.

    Only TensorFlow's graph holds weights of its own; elsewhere the network's may have changed.
    """
    import keras

    if keras.config.backend() != "tensorflow":
        return fast(model)
    key = _network_key(model)
    if key not in _newest:
        compute = fast(model)
        _newest.clear()
        _newest[key] = compute
    return _newest[key]


def fast(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    """A network as a plain function (n, h, w, c) -> (n, width), as quick as the backend can.

    In TensorFlow a frozen graph: with its weights known it joins convolutions with what
    follows them (7.7 to 5.3 ms a picture for MobileNetV2 0.35 at 224; LOG.md).
    """
    import keras

    if keras.config.backend() != "tensorflow":
        return lambda batch: np.asarray(model.predict_on_batch(batch), np.float32)
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    taken = tf.TensorSpec((BATCH, *model.input_shape[1:]), tf.uint8)
    graph = tf.function(lambda batch: model(batch, training=False)).get_concrete_function(taken)
    with backend.hush():  # TensorFlow tells which processors it looked at
        frozen = convert_variables_to_constants_v2(graph)
    return lambda batch: np.asarray(frozen(tf.constant(batch))[0].numpy(), np.float32)


def _fill(batch: np.ndarray) -> np.ndarray:
    if len(batch) == BATCH:
        return batch
    return np.concatenate([batch, np.zeros((BATCH - len(batch), *batch.shape[1:]), batch.dtype)])


def _open_store(folder: Path, n: int, width: int) -> tuple[np.memmap, np.memmap]:
    """The two arrays of a store; laid out anew where they are not whole."""
    opened: list[np.memmap] = []
    for name, shape, dtype in (
        ("done.npy", (n,), np.bool_),
        ("features.npy", (n, width), np.float32),
    ):
        path = folder / name
        try:
            found = np.lib.format.open_memmap(path, mode="r+")
            if found.shape != shape or found.dtype != dtype:
                raise ValueError
        except (OSError, ValueError, EOFError):
            (folder / "done.npy").unlink(missing_ok=True)  # what is not whole holds nothing
            opened.clear()
            return _laid_out(folder, n, width)
        opened.append(found)
    return opened[1], opened[0]


def _laid_out(folder: Path, n: int, width: int) -> tuple[np.memmap, np.memmap]:
    for name, shape, dtype in (
        ("features.npy", (n, width), np.float32),
        ("done.npy", (n,), np.bool_),
    ):
        with disk.replacing(folder / name) as temporary:
            # a full disk is known now, and not in the middle
            disk.new_array(temporary, shape, dtype)
    return (
        np.lib.format.open_memmap(folder / "features.npy", mode="r+"),
        np.lib.format.open_memmap(folder / "done.npy", mode="r+"),
    )


def _key(model: Any, pixels: Pixels) -> str:
    """Digest of the network and of every picture that is kept."""
    key = hashlib.blake2b(_network_key(model).encode(), digest_size=12)
    key.update(str(pixels.folder.name).encode())
    key.update(np.ascontiguousarray(pixels.digests).tobytes())
    return key.hexdigest()


def _network_key(model: Any) -> str:
    """Digest of a network: its layers, how they hang together, and its weights."""
    import keras

    key = hashlib.blake2b(
        f"{_VERSION}{keras.config.backend()}{keras.__version__}{model.input_shape}".encode(),
        digest_size=12,
    )
    for layer in _flat(model):
        plain = (
            {name: value for name, value in layer.get_config().items() if name != "name"}
            if not hasattr(layer, "layers")
            else {}
        )
        key.update(f"{type(layer).__name__}{sorted(plain.items(), key=str)}".encode())
        for array in layer.get_weights() if not hasattr(layer, "layers") else ():
            key.update(np.ascontiguousarray(array).tobytes())
    for part in _describe_wiring(model):
        key.update(part)
    return key.hexdigest()


def _describe_wiring(model: Any) -> Iterator[bytes]:
    """What is done in which order, with which numbers: operations between layers are no layers."""
    import keras

    graph = getattr(model, "_functional", None) or model
    places: dict[int, int] = {}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            yield type(node.operation).__name__.encode()
            for given in keras.tree.flatten((node.arguments.args, node.arguments.kwargs)):
                if isinstance(given, keras.KerasTensor):
                    yield str(places.get(id(given))).encode()
                else:
                    yield (
                        np.asarray(given).tobytes()
                        if hasattr(given, "shape")
                        else repr(given).encode()
                    )
            places.update({id(tensor): len(places) for tensor in node.outputs})
            if hasattr(node.operation, "layers"):
                yield from _describe_wiring(node.operation)


def _flat(model: Any) -> list[Any]:
    found = []
    for layer in model.layers:
        found += [layer, *(_flat(layer) if hasattr(layer, "layers") else ())]
    return found
