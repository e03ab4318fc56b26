"""Which ways of varying training pictures are there, and which come without being asked for?"""

from __future__ import annotations

# In the order in which they act. Sizes hold at strength 1 and shrink with it, but for the flips.
ABOUT = {
    "flip": "mirror left and right, every other picture",
    "flip_vertical": "mirror top and bottom, every other picture",
    "rotation": "turn by up to 30 degrees",
    "shift": "move by up to a fifth of the side, by whole pixels where nothing else bends the "
    "picture",
    "shear": "slant by up to 15 degrees",
    "zoom": "enlarge or shrink by up to a fifth",
    "crop": "cut out a quarter to all of the area, with sides of up to 3 to 4, and bring it to "
    "full size",
    "brightness": "lighter or darker by up to 0.3 of the range",
    "contrast": "differences from the mean times 0.5 to 1.5",
    "colour": "saturation times 0.5 to 1.5, hue turned by up to 18 degrees; nothing on grey "
    "pictures",
    "noise": "Gaussian noise of up to 0.1 of the range",
    "cutout": "a square of up to half the side turns into the mean (DeVries and Taylor, 2017)",
    "randaugment": "two of twelve operations, chosen anew for each picture (Cubuk et al., 2020)",
    "mixup": "blend with another picture, and the labels alike (Zhang et al., 2018)",
    "cutmix": "paste a rectangle of another picture, labels by area (Yun et al., 2019)",
}
MIXING = ("mixup", "cutmix")  # they change labels too
GEOMETRIC = ("flip", "flip_vertical", "rotation", "shift", "shear", "zoom", "crop")
# What `auto` asks for: each is used where the probe finds that labels outlive it.
AUTO = ("flip", "rotation", "shift", "zoom", "brightness", "contrast")
