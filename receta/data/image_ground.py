"""What must lie behind a transparent picture so that it is seen?"""

from __future__ import annotations

from PIL import Image

_SEEN = 16  # of 255 between the darkest and the brightest pixel: less is a blank sheet to the eye


def is_transparent(picture: Image.Image) -> bool:
    """Whether something behind it may be seen."""
    return picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info


def choose_ground(over: Image.Image, wanted: int) -> int:
    """What lies behind a picture: what is wanted, unless nothing would be seen on it but on the
    other.
    """

    def contrast(ground: int) -> int:
        behind = Image.new("RGBA", over.size, (ground, ground, ground, 255))
        bands = Image.alpha_composite(behind, over).convert("RGB").getextrema()
        return max(high - low for low, high in bands)  # type: ignore[misc]

    if over.getchannel("A").getextrema()[0] == 255 or contrast(wanted) >= _SEEN:
        return wanted
    return 255 - wanted if contrast(255 - wanted) >= _SEEN else wanted
