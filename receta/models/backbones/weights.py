"""How does a backbone come by its weights?"""

from __future__ import annotations

import contextlib
import io
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from receta.core import trust
from receta.core.errors import InputError, RunError
from receta.models.backbones import catalog, lite
from receta.models.backbones.catalog import Choice
from receta.models.backbones.halves import BACKBONE
from receta.models.backbones.table import BACKBONES
from receta.models.loading import arrays, networks, torch_file

if TYPE_CHECKING:
    import keras


def load_known(choice: Choice, shape: tuple[int, int, int]) -> keras.Model:
    """A network of keras.applications, or our own, without its classifier, with its weights."""
    import keras

    ours = choice.name == catalog.PACKAGED
    make: Any = lite.network if ours else getattr(keras.applications, choice.name)
    least = BACKBONES[choice.name].least
    if min(shape[:2]) < least:
        raise InputError(
            f"{choice.name} takes pictures of {least} pixels a side at least, not {shape[0]} x "
            f"{shape[1]}."
        )
    plain = {"include_top": False, "input_shape": shape, "name": BACKBONE, **choice.variant}
    if choice.weights == "random":
        return make(weights=None, **plain)
    if choice.weights == "imagenet" and not ours:
        return _download(choice, lambda: make(weights="imagenet", **plain))
    network = make(weights=None, **plain)
    path = _find_packaged() if choice.weights == "imagenet" else Path(choice.weights)
    try:
        if torch_file.is_torch(path):
            lite.fill(network, path)
            return network
        with arrays.named_as_written(path) as named:
            if named.suffix == ".keras":
                _copy_weights(load_saved(Choice("file", str(named), path=named)), network)
            elif _has_top(choice, path):
                whole = make(weights=None, include_top=True, **choice.variant)
                whole.load_weights(named)
                _copy_weights(whole, network)
            else:
                network.load_weights(named)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(
            f"{path} does not fit {choice.name} ({str(error).strip().splitlines()[0][:120]}); "
            "expected its weights. Give another file with --weights."
        ) from error
    return network


def _find_packaged() -> Path:
    """The file of weights that comes with a package."""
    path = lite.find_packaged()
    if path is None:
        raise lite.missing()
    return path


def _has_top(choice: Choice, path: Path) -> bool:
    *held, _ = arrays.kernels(path)
    return any(held == figures[2:] for _, *figures, _ in BACKBONES[choice.name].kernels)


def _copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Take the first weights of a network over: those of its classifier come last."""
    given = [weight for layer in source.layers for weight in layer.get_weights()]
    wanted = target.get_weights()
    if [array.shape for array in given[: len(wanted)]] != [array.shape for array in wanted]:
        raise ValueError("its arrays have other shapes")
    target.set_weights(given[: len(wanted)])


def load_saved(choice: Choice) -> keras.Model:
    """Somebody's own network from a file, in safe mode.

    None may bring code along, since a run must load anywhere.
    """
    try:
        return networks.load(choice.path)
    except InputError as error:
        instead = "Replace it by Rescaling or operations of keras.ops, and save the network anew."
        raise InputError(str(error).replace(trust.ADVICE, instead)) from error


def _download(choice: Choice, make: Callable[[], keras.Model]) -> keras.Model:
    """Let Keras fetch its weights, quietly and with a time-out; RunError names the file."""
    said, before = io.StringIO(), socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SILENT_S)
    try:
        with contextlib.redirect_stdout(said):  # its words and its bar would stand in our output
            return make()
    except Exception as error:
        words = f"{said.getvalue()} {error}".split()
        address = next(
            (word.rstrip(":,.") for word in words if word.startswith(("http://", "https://"))), ""
        )
        file = urlsplit(address).path.rpartition("/")[2]
        if not address:  # what it has fetched before does not fit
            raise RunError(
                f"the weights that Keras keeps of {choice.name} cannot be used "
                f"({str(error).strip().splitlines()[0][:120]}); expected "
                f"whole ones. Delete them in ~/.keras/models, or name a file with --weights."
            ) from error
        why = (
            (str(error).strip() or type(error).__name__).splitlines()[0].rpartition(" -- ")[2][:120]
        )
        raise RunError(
            f"the weights of {choice.name} cannot be fetched ({why}); expected {file}, to be had "
            f"at {address}. "
            f"Fetch it where there is a connection, then name it with --weights {file}."
        ) from error
    finally:
        socket.setdefaulttimeout(before)


_SILENT_S = 15.0  # a server that says nothing for so long is not there
