"""How are pictures read? Decoded once, to one size, into a cache."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import outside
from receta.core.scale import USUAL, Scale
from receta.core.spec import Spec
from receta.data import image
from receta.data.dataset import Dataset, Quarantined
from receta.data.examples import Examples, Parts
from receta.data.nouns import NOUNS
from receta.kinds._picture_files import find_files
from receta.kinds._sharing import share_pictures, translate_pictures
from receta.pixels import Pixels
from receta.pixels import decode as decoded

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe

AFTER = ""
KIND = "images"
NOUN = NOUNS["images"]
MEANINGS = ("picture",)
_SIDE = 160  # pixels: larger pictures are shrunk where they are shown
RUNGS = ("prior", "linear", "mlp", "cnn")
share, translate = share_pictures, translate_pictures


def decode(data: Dataset, recipe: Recipe, progress: Progress) -> Pixels:
    """Every picture at the size of the recipe, or at one that suits the data."""
    return decoded(data, recipe.image_size, recipe.channels, fit=recipe.fit, progress=progress)


def learn(train: Examples) -> tuple[Spec, ...]:
    """The specs as they are: pixels go from 0 to 255, whatever they show."""
    return train.inputs.specs


def open_network(specs: tuple[Spec, ...], low: float) -> tuple[Any, Any]:
    """Input of raw uint8 pixels, and the same scaled to low..1."""
    import keras

    (taken,) = specs
    inputs = keras.Input(taken.shape, dtype=taken.dtype, name=taken.name)
    scale = (1.0 - low) / 255
    return inputs, keras.layers.Rescaling(scale, offset=low, name="scale")(inputs)


def decode_as(model: Any, data: Dataset, progress: Progress) -> Pixels:
    """Every picture at the size that a model takes, brought there as those of its training."""
    height, width, channels = model.input_shape
    scale: Scale | None = getattr(model, "scale", None)
    return decoded(data, (height, width), channels, fit=model.fit, scale=scale, progress=progress)


def parse(
    model: Any, given: Sequence[str | Path], tell: Callable[[str], None]
) -> Iterator[tuple[str, np.ndarray | Quarantined]]:
    """Picture files, and the pictures in folders of them, as a model takes them."""
    height, width, channels = model.input_shape
    fit: image.Fit = getattr(model, "fit", "stretch")
    scale: Scale = getattr(model, "scale", USUAL)
    unreadable: list[Quarantined] = []
    for path in find_files(given, unreadable, tell):
        name = str(path)
        try:
            content = outside.read_file(path, image.MOST_BYTES)
            yield name, image.decode(content, (height, width), channels, fit=fit, scale=scale)
        except image.Unreadable as error:
            unreadable.append(Quarantined(name, str(error)))
        except OSError as error:
            unreadable.append(Quarantined(name, f"cannot be opened: {error.strerror}"))
        while unreadable:
            gone = unreadable.pop(0)
            yield gone.id, gone
    while unreadable:
        gone = unreadable.pop(0)
        yield gone.id, gone


def schema(model: Any) -> dict[str, Any]:
    """A picture in base64, or its pixels."""
    return {
        "title": 'a picture: {"b64": base64}, a data: URI, or its pixels, 0 to 255',
        "anyOf": [
            {"type": "object", "required": ["b64"], "properties": {"b64": {"type": "string"}}},
            {"type": "string"},
            {"type": "array"},
        ],
        "examples": [{"b64": "..."}],
    }


def show(spec: Spec, example: np.ndarray) -> str:
    """PNG of the very pixels that the network sees; JPEG where that would be large."""
    from PIL import Image

    picture: Any = Image.fromarray(example[:, :, 0] if example.shape[2] == 1 else example)
    content, kind = io.BytesIO(), "png"
    if max(picture.size) > _SIDE:
        picture.thumbnail((_SIDE, _SIDE))
        kind = "jpeg"
    picture.save(content, kind, quality=90)
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"


def tell_changes(parts: Parts, tell: Callable[[str], None]) -> None:
    """Nothing: pixels are taken as they are."""


def options_of(model: Any) -> dict[str, Any]:
    """Nothing: labels of pictures are found by themselves."""
    return {}


def refuse(recipe: Recipe) -> None:
    """Nothing: every setting may be about pictures."""
