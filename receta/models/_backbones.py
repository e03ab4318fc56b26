"""Which networks can features be taken from, and which one are some weights of? Without Keras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from receta.core.errors import InputError, UnknownName
from receta.core.registry import nearest
from receta.models import _lite, _torch_file

if TYPE_CHECKING:
    from receta.pixels import Pixels

Scaling = Literal["tf", "torch", "caffe", "lite", "inside"]
Kind = Literal["keras", "file", "hub", "kerashub"]

DEFAULT = "MobileNetV2"  # of those that Keras downloads the fastest of its accuracy on a processor
PACKAGED = "EfficientNetLite0"  # its weights come with a package: the extra photos
_SMALL = 64  # pixels: up to this size data are kept as they are
_INSIDE = 96  # pixels: what smaller pictures are enlarged to inside, at least (LOG.md)
_MOST_BYTES = 8e9  # of decoded pictures; more are kept smaller


@dataclass(frozen=True)
class Backbone:
    """One network of keras.applications, or our own: what goes in, and the figures its weights
    are known by.

    size: pixels a side it was trained at; least: pixels a side it can take. kernels: by
    variant, (arrays of two and more axes, numbers in them) without and with the classifier, and
    all numbers without it.
    """

    name: str
    scaling: Scaling
    size: int
    kernels: tuple[tuple[dict[str, Any], int, int, int, int, int], ...]
    least: int = 32


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
            "kerashub:PRESET or one of "
            f"{', '.join(BACKBONES)}.{nearest(stem, BACKBONES)}"
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
        return replace(choice, name=choice.name or (PACKAGED if _lite.packaged() else DEFAULT))
    found, variant = recognise(Path(weights), choice.name)
    return replace(choice, name=found, variant=variant)


def recognise(path: Path, expected: str = "") -> tuple[str, dict[str, Any]]:
    """(backbone, variant) that a file holds weights of, known by the shapes of its arrays.

    expected: the backbone that it must be, where a user named one. Of backbones of equal
    shapes the one that the file's name says. Raises InputError.
    """
    from receta.models._arrays import kernels

    if path.exists() and not path.is_file():  # a device has no end, and a pipe is waited for
        raise InputError(
            f"{path} is a folder, pipe or device; expected a file of weights. Give another one "
            "with --weights."
        )
    if _torch_file.is_torch(path):
        if not _lite.holds(path) or expected not in ("", PACKAGED):
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
    from receta.models import _files

    try:
        config = _files.read(path).config["config"]
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


def computed(choice: Choice, height: int, width: int) -> tuple[int, int]:
    """(height, width) at which a backbone computes pictures of some size: its own, where it
    takes no other.
    """
    if choice.kind == "keras":
        return inside(choice, height, width)
    if choice.kind == "file":
        return _input_of(choice.path) or (height, width)
    return native(choice)


_ALL = (
    Backbone("ConvNeXtBase", "inside", 224, (({}, 112, 87398016, 113, 88422016, 87566464),)),
    Backbone("ConvNeXtLarge", "inside", 224, (({}, 112, 195977664, 113, 197513664, 196230336),)),
    Backbone("ConvNeXtSmall", "inside", 224, (({}, 112, 49328352, 113, 50096352, 49454688),)),
    Backbone("ConvNeXtTiny", "inside", 224, (({}, 58, 27756000, 59, 28524000, 27820128),)),
    Backbone("ConvNeXtXLarge", "inside", 224, (({}, 112, 347811072, 113, 349859072, 348147968),)),
    Backbone("DenseNet121", "torch", 224, (({}, 120, 6870208, 121, 7894208, 7037504),)),
    Backbone("DenseNet169", "torch", 224, (({}, 168, 12326080, 169, 13990080, 12642880),)),
    Backbone("DenseNet201", "torch", 224, (({}, 200, 17863872, 201, 19783872, 18321984),)),
    Backbone("EfficientNetB0", "inside", 224, (({}, 81, 3956192, 82, 5236192, 4049571),)),
    Backbone("EfficientNetB1", "inside", 240, (({}, 115, 6436976, 116, 7716976, 6575239),)),
    Backbone("EfficientNetB2", "inside", 260, (({}, 115, 7618016, 116, 9026016, 7768569),)),
    Backbone("EfficientNetB3", "inside", 300, (({}, 130, 10588856, 131, 12124856, 10783535),)),
    Backbone("EfficientNetB4", "inside", 380, (({}, 160, 17394376, 161, 19186376, 17673823),)),
    Backbone("EfficientNetB5", "inside", 456, (({}, 194, 28127728, 195, 30175728, 28513527),)),
    Backbone("EfficientNetB6", "inside", 528, (({}, 224, 40458672, 225, 42762672, 40960143),)),
    Backbone("EfficientNetB7", "inside", 600, (({}, 273, 63403040, 274, 65963040, 64097687),)),
    Backbone("EfficientNetLite0", "lite", 224, (({}, 49, 3328992, 50, 4608992, 3413024),)),
    Backbone("EfficientNetV2B0", "inside", 224, (({}, 91, 5784576, 92, 7064576, 5919312),)),
    Backbone("EfficientNetV2B1", "inside", 240, (({}, 111, 6773152, 112, 8053152, 6931124),)),
    Backbone("EfficientNetV2B2", "inside", 260, (({}, 116, 8586384, 117, 9994384, 8769374),)),
    Backbone("EfficientNetV2B3", "inside", 300, (({}, 136, 12687448, 137, 14223448, 12930622),)),
    Backbone("EfficientNetV2L", "inside", 480, (({}, 339, 116602144, 340, 117882144, 117746848),)),
    Backbone("EfficientNetV2M", "inside", 480, (({}, 245, 52498504, 246, 53778504, 53150388),)),
    Backbone("EfficientNetV2S", "inside", 384, (({}, 170, 19988424, 171, 21268424, 20331360),)),
    Backbone("InceptionResNetV2", "tf", 299, (({}, 244, 54200160, 245, 55736160, 54336736),), 75),
    Backbone("InceptionV3", "tf", 299, (({}, 94, 21751136, 95, 23799136, 21802784),), 75),
    Backbone(
        "MobileNet",
        "tf",
        224,
        (
            ({}, 27, 3185088, 28, 4209088, 3228864),
            ({"alpha": 0.25}, 27, 207600, 28, 463600, 218544),
            ({"alpha": 0.5}, 27, 807648, 28, 1319648, 829536),
            ({"alpha": 0.75}, 27, 1800144, 28, 2568144, 1832976),
        ),
    ),
    Backbone(
        "MobileNetV2",
        "tf",
        224,
        (
            ({}, 52, 2189760, 53, 3469760, 2257984),
            ({"alpha": 0.35}, 52, 382048, 53, 1662048, 410208),
            ({"alpha": 0.5}, 52, 669136, 53, 1949136, 706224),
            ({"alpha": 0.75}, 52, 1328784, 53, 2608784, 1382064),
            ({"alpha": 1.3}, 52, 3677536, 53, 5341536, 3766048),
            ({"alpha": 1.4}, 52, 4267840, 53, 6059840, 4363712),
        ),
    ),
    Backbone(
        "MobileNetV3Large",
        "inside",
        224,
        (
            ({}, 62, 2942472, 64, 5451272, 2996352),
            ({"alpha": 0.75}, 62, 1766608, 64, 3968208, 1808736),
        ),
    ),
    Backbone(
        "MobileNetV3Small",
        "inside",
        224,
        (
            ({}, 52, 912008, 54, 2525832, 939120),
            ({"alpha": 0.75}, 52, 561512, 54, 2027880, 583160),
            ({"minimalistic": True}, 34, 416776, 36, 2030600, 441000),
        ),
    ),
    Backbone("NASNetLarge", "tf", 331, (({}, 483, 84495258, 489, 88555482, 84887922),)),
    Backbone("NASNetMobile", "tf", 224, (({}, 356, 4196240, 357, 5252240, 4269716),)),
    Backbone("ResNet101", "caffe", 224, (({}, 104, 42394816, 105, 44442816, 42658176),)),
    Backbone("ResNet101V2", "tf", 224, (({}, 104, 42394816, 105, 44442816, 42626560),)),
    Backbone("ResNet152", "caffe", 224, (({}, 155, 57992384, 156, 60040384, 58370944),)),
    Backbone("ResNet152V2", "tf", 224, (({}, 155, 57992384, 156, 60040384, 58331648),)),
    Backbone("ResNet50", "caffe", 224, (({}, 53, 23454912, 54, 25502912, 23587712),)),
    Backbone("ResNet50V2", "tf", 224, (({}, 53, 23454912, 54, 25502912, 23564800),)),
    Backbone("VGG16", "caffe", 224, (({}, 13, 14710464, 16, 138344128, 14714688),)),
    Backbone("VGG19", "caffe", 224, (({}, 16, 20018880, 19, 143652544, 20024384),)),
    Backbone("Xception", "tf", 299, (({}, 74, 20752424, 75, 22800424, 20861480),), 71),
)
BACKBONES = {backbone.name: backbone for backbone in _ALL}
