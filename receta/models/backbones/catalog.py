"""Which networks can features be taken from, and which one are some weights of? Without Keras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from receta.core.errors import InputError, UnknownName
from receta.core.registry import nearest
from receta.models.backbones import lite
from receta.models.backbones.table import BACKBONES
from receta.models.loading import torch_file

if TYPE_CHECKING:
    from receta.pixels import Pixels

Kind = Literal["keras", "file", "hub", "kerashub"]

DEFAULT = "MobileNetV2"  # of those that Keras downloads the fastest of its accuracy on a processor
PACKAGED = "EfficientNetLite0"  # its weights come with a package: the extra photos
_SMALL = 64  # pixels: up to this size data are kept as they are
_INSIDE = 96  # pixels: what smaller pictures are enlarged to inside, at least (LOG.md)
_MOST_BYTES = 8e9  # of decoded pictures; more are kept smaller


@dataclass(frozen=True)
class Choice:
    """What a rung's name and its weights come to.

    path: of a saved model or a SavedModel. variant: options of the backbone, such as
    alpha. weights: imagenet, random or a file.
    """

    kind: Kind
    name: str
    layer: str = ""
    variant: dict[str, Any] = field(default_factory=dict)
    weights: str = "imagenet"
    path: Path = Path()


def parse(name: str) -> Choice:
    """What a rung's parameter says; UnknownName when there is no such backbone.

    >>> parse("InceptionV3@mixed7").layer
    'mixed7'
    """
    stem, _, layer = name.rpartition("@") if "@" in name else (name, "", "")
    if name.startswith("hub/"):
        return Choice("hub", name, path=_folder(name.removeprefix("hub/")))
    if name.startswith("kerashub:"):
        return Choice("kerashub", stem.removeprefix("kerashub:"), layer)
    if stem.endswith((".keras", ".h5", ".json")):
        if not Path(stem).is_file():
            raise UnknownName(
                f"rung 'pretrained:{name}' names no file; expected a Keras model that was saved. "
                "Check the path."
            )
        return Choice("file", stem, layer, path=Path(stem))
    if stem and stem not in BACKBONES:
        raise UnknownName(
            f"rung 'pretrained:{name}' is unknown; expected FILE.keras, hub/FOLDER, "
            f"kerashub:PRESET or one of {', '.join(BACKBONES)}.{nearest(stem, BACKBONES)}"
        )
    return Choice("keras", stem, layer)


def _folder(name: str) -> Path:
    folder = Path(name) if name.startswith("/") or Path(name).exists() else Path("/") / name
    if not (folder / "saved_model.pb").is_file():
        raise UnknownName(
            f"rung 'pretrained:hub/{name}' names no SavedModel; expected a folder with "
            "saved_model.pb in it. Check the path."
        )
    return folder


def resolve(name: str, weights: str) -> Choice:
    """The backbone that a rung's parameter and the recipe's weights mean together.

    Without a name it is the one whose weights are installed, else the one that Keras downloads.
    A file of weights says which backbone and which variant; InputError when it is another
    one than the name says, or none that can be read.
    """
    choice = replace(parse(name), weights=weights)
    if choice.kind != "keras":
        return choice
    if weights in ("imagenet", "random"):
        return replace(choice, name=choice.name or (PACKAGED if lite.find_packaged() else DEFAULT))
    found, variant = recognise(Path(weights), choice.name)
    return replace(choice, name=found, variant=variant)


def recognise(path: Path, expected: str = "") -> tuple[str, dict[str, Any]]:
    """(backbone, variant) that a file holds weights of, known by the shapes of its arrays.

    expected: the backbone that it must be, where a user named one. Of backbones of equal
    shapes the one that the file's name says. Raises InputError.
    """
    from receta.models.loading.arrays import kernels

    if path.exists() and not path.is_file():  # a device has no end, and a pipe is waited for
        raise InputError(
            f"{path} is a folder, pipe or device; expected a file of weights. Give another one "
            "with --weights."
        )
    if torch_file.is_torch(path):
        if not lite.holds(path) or expected not in ("", PACKAGED):
            wanted = (
                f"weights of {expected} that Keras wrote"
                if expected not in ("", PACKAGED)
                else f"those of {PACKAGED}"
            )
            raise InputError(
                f"{path} holds weights of PyTorch's; expected {wanted}. Give another file with "
                "--weights."
            )
        return PACKAGED, {}
    *here, numbers = kernels(path)
    found = [
        (backbone.name, variant, parameters)
        for backbone in BACKBONES.values()
        for variant, *figures, parameters in backbone.kernels
        if here in (figures[:2], figures[2:])
    ]
    exact = [one for one in found if not expected or one[0] == expected]
    if exact:
        plain = path.name.lower().replace("_", "").replace("-", "")
        # ResNet152 and ResNet152V2 differ in their normalisation alone: by the file's name, then by
        # all its numbers.
        chosen = max(
            exact, key=lambda one: (len(one[0]) * (one[0].lower() in plain), -abs(one[2] - numbers))
        )
        return chosen[0], chosen[1]
    held = (
        f"those of {found[0][0]}"
        if found
        else f"{here[0]} kernels of {here[1]:,} numbers, which no backbone of keras.applications "
        "has"
    )
    wanted = f"weights of {expected}" if expected else "weights of one of them"
    advice = (
        f"Name the rung pretrained:{found[0][0]}, or give another file."
        if found
        else "Give another file with --weights."
    )
    raise InputError(f"{path} holds {held}; expected {wanted}. {advice}")


def size(choice: Choice, pixels: Pixels) -> tuple[int, int]:
    """(height, width) at which pictures are kept for a backbone."""
    if max(pixels.size) <= _SMALL:
        return pixels.size
    rows = pixels.decoded
    own = int(np.median(pixels.sizes[rows].min(axis=1))) if len(rows) else min(pixels.size)
    height, width = native(choice)
    room = int((_MOST_BYTES / max(1, len(pixels.sizes)) / pixels.channels) ** 0.5)
    factor = min(1.0, own / min(height, width), max(pixels.size[0], room) / max(height, width))
    return max(8, round(height * factor)), max(8, round(width * factor))


def native(choice: Choice) -> tuple[int, int]:
    """(height, width) in pixels that a backbone was made for; 224 where it takes any."""
    if choice.kind == "keras":
        side = BACKBONES[choice.name].size
        return side, side
    if choice.kind == "file":
        return _input_of(choice.path) or (224, 224)
    return 224, 224


def _input_of(path: Path) -> tuple[int, int] | None:
    """(height, width) that a saved network takes, None when any."""
    from receta.models.loading import files

    try:
        config = files.read(path).config["config"]
        # a Sequential of Keras 2 is a list of them
        layers = config["layers"] if isinstance(config, dict) else config
        told = (
            layer["config"].get("batch_shape") or layer["config"].get("batch_input_shape")
            for layer in layers
        )
        shape = next(one for one in told if one)
        return (int(shape[1]), int(shape[2])) if shape[1] and shape[2] else None
    except (
        InputError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        StopIteration,
    ):
        return None  # whether it can be read at all is said where it is loaded


def inside(choice: Choice, height: int, width: int) -> tuple[int, int]:
    """(height, width) that pictures of some size are enlarged to inside, by a whole factor."""
    least = max(_INSIDE, BACKBONES[choice.name].least if choice.kind == "keras" else 0)
    factor = -(-least // min(height, width))
    return height * factor, width * factor


def find_inner_size(choice: Choice, height: int, width: int) -> tuple[int, int]:
    """(height, width) at which a backbone computes pictures of some size: its own, where it
    takes no other.
    """
    if choice.kind == "keras":
        return inside(choice, height, width)
    if choice.kind == "file":
        return _input_of(choice.path) or (height, width)
    return native(choice)
