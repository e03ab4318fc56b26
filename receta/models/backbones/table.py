"""Which networks are known, and which figures tell whose weights a file holds?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Scaling = Literal["tf", "torch", "caffe", "lite", "inside"]


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
