"""How do the bytes of a picture become uint8 pixels, the same everywhere?

Training, prediction and serving all call `decode`, so they cannot disagree.
"""

from __future__ import annotations

import warnings

import numpy as np
from PIL import Image, ImageOps

from receta.core.scale import OVERSHOOT, USUAL, Scale, find_white, to_bytes
from receta.core.spec import Fit as Fit
from receta.data.decoding_cost import MOST_PIXELS as MOST_PIXELS
from receta.data.image_depth import of_sixteen_bits, sixteen_bit_mode, sixteen_bits
from receta.data.image_formats import format_of
from receta.data.image_ground import choose_ground, is_transparent
from receta.data.image_opening import Unreadable as Unreadable
from receta.data.image_opening import in_turn, open_picture, refuse_excess, telling
from receta.data.image_orientation import lies_on_side, read_orientation

DECODER_VERSION = 2  # part of the key of every pixel cache: raise it when pixels change
MOST_BYTES = 256 * 2**20  # of a picture's file: its pixels, hardly packed; reading stops there


def decode(
    content: bytes,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    *,
    fit: Fit = "stretch",
    scale: Scale = USUAL,
) -> np.ndarray:
    """Decode one picture: (height, width, channels) uint8.

    size is (height, width), None for the picture's own; channels 1 (luma of BT.601)
    or 3 (RGB), None for its own. Rotation noted by the camera (EXIF) is applied,
    transparency is laid over white (or what the scale says; over the other where nothing of the
    picture would be seen), of animations the first picture counts. More than 8 bits become 8
    as the scale of the data set says, else by the bits that the picture itself uses.
    Raises Unreadable with the reason.
    """
    return decode_with_size(content, size, channels, fit=fit, scale=scale)[0]


def decode_with_size(
    content: bytes,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    *,
    fit: Fit = "stretch",
    scale: Scale = USUAL,
) -> tuple[np.ndarray, tuple[int, int]]:
    """Like `decode`, and the (height, width) that the picture had itself."""
    refuse_excess(content)
    try:
        if content[:3] == b"\xff\xd8\xff" and size is not None:
            quick = _turbo(content, size, channels, fit)
            if quick is not None:
                return quick
        return _pillow(content, size, channels, fit, scale)
    except MemoryError as error:
        raise Unreadable("it takes more memory than there is") from error


def probe(content: bytes) -> tuple[int, int, int]:
    """(height, width, channels) of a picture as `decode` would give it, from its header."""
    refuse_excess(content)
    with open_picture(content) as picture, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        width, height = picture.size
        try:
            turned = lies_on_side(picture)
        except Exception:
            # of a PNG this reads the pixels too, and they may be damaged: `decode` will tell
            turned = False
        return *((width, height) if turned else (height, width)), 1 if _is_grey(picture) else 3


def count_pixels(content: bytes) -> int:
    """Pixels of a picture, by its head alone: nothing is decoded. Raises Unreadable."""
    refuse_excess(content)
    with open_picture(content) as picture:
        return picture.width * picture.height


def tint(stored: bytes | np.ndarray, scale: Scale = USUAL) -> int:
    """How far from grey a picture is: the largest gap between colours of a pixel.

    0 to 255, seen at 16 x 16. Raises Unreadable.
    """
    if isinstance(stored, np.ndarray):
        colours = stored.shape[2]
    else:
        colours = probe(stored)[2]
    if colours == 1:
        return 0
    small = (
        resize(stored, (16, 16), 3)
        if isinstance(stored, np.ndarray)
        else decode(stored, (16, 16), 3, scale=scale)
    )
    return int((small.max(axis=2) - small.min(axis=2)).max())


def resize(
    pixels: np.ndarray, size: tuple[int, int], channels: int | None = None, *, fit: Fit = "stretch"
) -> np.ndarray:
    """Bring (height, width, 1 | 3 | 4) uint8 pixels to a size and channels."""
    if pixels.shape[:2] == size and (channels is None or pixels.shape[2] == channels):
        return pixels
    picture = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    return _finish(picture, size, channels, fit, USUAL)


def traits(content: bytes) -> tuple[bool, bool]:
    """Whether a picture has more than 8 bits, and whether it may be transparent, by its header.

    Raises Unreadable.
    """
    if content[:3] == b"\xff\xd8\xff":
        return False, False
    refuse_excess(content)
    with open_picture(content) as picture:
        return picture.mode in ("I", "F") or picture.mode.startswith("I;16") or bool(
            sixteen_bit_mode(picture)
        ), is_transparent(picture)


def value_range(content: bytes) -> tuple[str, float, float] | None:
    """'whole' or 'floats', and the lowest and highest value of a picture of more than 8 bits.

    None for all others. Raises Unreadable.
    """
    if content[:3] == b"\xff\xd8\xff" or (
        format_of(content) == "PNG" and content[24:25] != b"\x10"
    ):
        return None
    refuse_excess(content)
    with (
        open_picture(content) as picture,
        telling(picture, content),
        in_turn(picture.width * picture.height),
    ):
        if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
            values = np.asarray(picture)
        elif sixteen_bit_mode(picture):
            colours = sixteen_bits(picture, content)
            if colours is None:
                return "whole", 0, 65535
            values = colours[:, :, :3]
        else:
            return None
        return (
            "floats" if values.dtype.kind == "f" else "whole",
            float(np.nanmin(values)),
            float(np.nanmax(values)),
        )


def ground_of(content: bytes) -> int | None:
    """What must lie behind a transparent picture so that it is seen: 255 or 0.

    None where nothing is transparent.
    """
    if content[:3] == b"\xff\xd8\xff" or content[:2] == b"BM":
        return None
    refuse_excess(content)
    with (
        open_picture(content) as picture,
        telling(picture, content),
        in_turn(picture.width * picture.height),
    ):
        if not is_transparent(picture):
            return None
        picture.load()
        over = picture.convert("RGBA")
        return None if over.getchannel("A").getextrema()[0] == 255 else choose_ground(over, 255)


def _turbo(
    content: bytes, size: tuple[int, int], channels: int | None, fit: Fit
) -> tuple[np.ndarray, tuple[int, int]] | None:
    """JPEG by libjpeg-turbo, shrunk while decoding; None where Pillow must judge."""
    import simplejpeg

    # A rotated or CMYK picture, or a damaged one: rare, and Pillow knows all about them.
    if fit != "stretch" or b"tiff:Orientation" in content or read_orientation(content) != 1:
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if colours not in ("YCbCr", "Gray") or height * width > MOST_PIXELS:
            return None
        grey = channels == 1 or (channels is None and colours == "Gray")
        # min_* keeps the shrunk picture at least as large as asked for.
        with in_turn(height * width):
            pixels = simplejpeg.decode_jpeg(
                content,
                "GRAY" if grey else "RGB",
                min_height=size[0],
                min_width=size[1],
                strict=True,
            )
    except ValueError:
        return None
    return resize(pixels, size), (height, width)


def _pillow(
    content: bytes,
    size: tuple[int, int] | None,
    channels: int | None,
    fit: Fit,
    scale: Scale = USUAL,
) -> tuple[np.ndarray, tuple[int, int]]:
    with open_picture(content) as picture, telling(picture, content):
        width, height = picture.size
        with in_turn(width * height):
            # before anything reads the pixels: it looks at how they lie
            deep = sixteen_bits(picture, content)
            turned = lies_on_side(picture)
            if (
                size is not None
                and picture.format == "JPEG"
                and picture.mode in ("L", "RGB")
                and fit == "stretch"
            ):
                # Shrink while decoding, as _turbo does.
                picture.draft(None, (size[0], size[1]) if turned else (size[1], size[0]))
            picture.load()
            shown = picture if deep is None else of_sixteen_bits(picture, deep, scale)
            upright = ImageOps.exif_transpose(shown)
            return _finish(upright or shown, size, channels, fit, scale), (
                width,
                height,
            ) if turned else (height, width)


def _is_grey(picture: Image.Image) -> bool:
    return picture.mode in ("1", "L", "LA", "La", "I", "F") or picture.mode.startswith("I;16")


def _eight_bits(picture: Image.Image, scale: Scale) -> Image.Image:
    """16-bit and floating grey to 8 bits; Pillow's own convert would clip them."""
    values = np.asarray(picture)
    if picture.mode == "F":
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        white = scale.floats or (1 if high <= 1 + OVERSHOOT else 255)
        least = -OVERSHOOT if white == 1 else 0
        if not (np.isfinite(values).all() and low >= least and high <= 255):
            raise Unreadable(
                f"floating pixels from {low:g} to {high:g}; expected 0 to 1 or 0 to 255"
            )
        return Image.fromarray(to_bytes(values, white))
    if values.min() < 0 or values.max() > 65535:
        raise Unreadable(f"pixels from {values.min()} to {values.max()}; expected 8 or 16 bits")
    return Image.fromarray(to_bytes(values, scale.white or find_white(int(values.max()))))


def _finish(
    picture: Image.Image, size: tuple[int, int] | None, channels: int | None, fit: Fit, scale: Scale
) -> np.ndarray:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _eight_bits(picture, scale)
    if is_transparent(picture):
        over = picture.convert("RGBA")
        ground = choose_ground(over, scale.ground)
        behind = Image.new("RGBA", over.size, (ground, ground, ground, 255))
        picture = Image.alpha_composite(behind, over).convert(
            "L" if picture.mode in ("LA", "La") else "RGB"
        )
    if channels is None:
        channels = 1 if _is_grey(picture) else 3
    mode = "L" if channels == 1 else "RGB"
    # grey becomes colour when it is small, to the same values
    if picture.mode != mode and picture.mode != "L":
        picture = picture.convert(mode)
    if size is not None and picture.size != (size[1], size[0]):
        wide = (size[1], size[0])
        if fit == "crop":
            picture = ImageOps.fit(picture, wide, Image.Resampling.BILINEAR)
        elif fit == "pad":
            picture = ImageOps.pad(picture, wide, Image.Resampling.BILINEAR)
        else:
            picture = picture.resize(wide, Image.Resampling.BILINEAR)
    pixels = np.asarray(picture if picture.mode == mode else picture.convert(mode))
    return pixels[:, :, np.newaxis] if channels == 1 else pixels
