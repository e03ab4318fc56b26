"""How do the bytes of a picture become uint8 pixels, the same everywhere?

Training, prediction and serving all call `decode`, so they cannot disagree.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from receta.core import pnm
from receta.core.decoding_cost import MOST_PIXELS as MOST_PIXELS
from receta.core.decoding_cost import MOST_SIDE, find_excess
from receta.core.errors import InputError
from receta.core.scale import OVERSHOOT, USUAL, Scale, find_white, to_bytes

SUFFIXES = frozenset([".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff", ".avif",
                      ".ppm", ".pgm", ".pbm", ".pnm"])  # fmt: skip
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "DIB")  # what Pillow opens; PPM is read by core/pnm.py
HEIC = "HEIC cannot be read here: pip install 'receta[heic]', or convert to JPEG"
# What a file of each kind is called.
SUFFIX_OF = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "BMP": ".bmp", "WEBP": ".webp", "TIFF": ".tif", "AVIF": ".avif", "PPM": ".ppm",
             "HEIC": ".heic"}  # fmt: skip
# Bytes of a file's beginning that `format_of` needs: AVIF and HEIC name their brands late.
MAGIC_BYTES = 64
_MAGIC = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF8", "GIF"),
          (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"II+\x00", "TIFF"), (b"MM\x00+", "TIFF"))  # fmt: skip
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # sizes that a BMP's second header has had
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_SEEN = 16  # of 255 between the darkest and the brightest pixel: less is a blank sheet to the eye
_LARGE = 16_000_000  # pixels; one larger picture takes up to 2 GB while it is decoded, so threads take turns
DECODER_VERSION = 2  # part of the key of every pixel cache: raise it when pixels change
MOST_BYTES = 256 * 2**20  # of a picture's file: its pixels, hardly packed; reading stops there

Fit = Literal["stretch", "crop", "pad"]
_turn = threading.Lock()


class Unreadable(InputError):
    """One picture cannot be decoded; the text is the reason, in one line.

    code: a word for programs that stays the same whatever the text says: empty, not_a_picture,
    truncated, damaged, too_many_pixels, heic, or unreadable for all else.
    """

    def __init__(self, reason: str, code: str = "unreadable") -> None:
        super().__init__(reason)
        self.code = code


def decode(content: bytes, size: tuple[int, int] | None = None, channels: int | None = None,
           *, fit: Fit = "stretch", scale: Scale = USUAL) -> np.ndarray:
    """Decode one picture: (height, width, channels) uint8.

    size is (height, width), None for the picture's own; channels 1 (luma of BT.601)
    or 3 (RGB), None for its own. Rotation noted by the camera (EXIF) is applied,
    transparency is laid over white (or what the scale says; over the other where nothing of the
    picture would be seen), of animations the first picture counts. More than 8 bits become 8
    as the scale of the data set says, else by the bits that the picture itself uses.
    Raises Unreadable with the reason.
    """
    return decode_with_size(content, size, channels, fit=fit, scale=scale)[0]


def decode_with_size(content: bytes, size: tuple[int, int] | None = None, channels: int | None = None,
                     *, fit: Fit = "stretch", scale: Scale = USUAL) -> tuple[np.ndarray, tuple[int, int]]:
    """Like `decode`, and the (height, width) that the picture had itself."""
    _refuse_excess(content)
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
    _refuse_excess(content)
    with _opened(content) as picture, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        width, height = picture.size
        try:
            turned = _lies_on_side(picture)
        except Exception:  # of a PNG this reads the pixels too, and they may be damaged: `decode` will tell
            turned = False
        return *((width, height) if turned else (height, width)), 1 if _is_grey(picture) else 3


def format_of(content: bytes) -> str:
    """How a picture is encoded, by its first MAGIC_BYTES: one of FORMATS, PPM, HEIC, or ''.

    >>> format_of(b"GIF89a"), format_of(b"P5 28 28 255 ..."), format_of(b"BMW and Audi")
    ('GIF', 'PPM', '')
    """
    if content[:4] == b"RIFF":
        return "WEBP" if content[8:12] == b"WEBP" else ""
    if content[4:8] == b"ftyp":  # ISO/IEC 14496-12: the major brand, a version, then brands that fit too
        brands = [content[at : at + 4] for at in (8, *range(16, min(content[3], MAGIC_BYTES), 4))]
        heic = any(brand in _HEIC_BRANDS for brand in brands)
        return "HEIC" if heic else "AVIF" if b"avif" in brands or b"avis" in brands else ""
    if content[:2] == b"BM":  # two letters alone may begin a text
        return "BMP" if int.from_bytes(content[14:18], "little") in _BMP_HEADERS else ""
    if pnm.begins(content):
        return "PPM"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), "")


def is_readable(kind: str) -> bool:
    """Whether pictures of a kind that `format_of` gives are read here; HEIC takes an extra."""
    return importlib.util.find_spec("pillow_heif") is not None if kind == "HEIC" else kind != ""


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
    small = resize(stored, (16, 16), 3) if isinstance(stored, np.ndarray) else decode(stored, (16, 16), 3, scale=scale)
    return int((small.max(axis=2) - small.min(axis=2)).max())


def resize(pixels: np.ndarray, size: tuple[int, int], channels: int | None = None,
           *, fit: Fit = "stretch") -> np.ndarray:
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
    _refuse_excess(content)
    with _opened(content) as picture:
        return picture.mode in ("I", "F") or picture.mode.startswith("I;16") or bool(_sixteen_bit_mode(picture)), _is_transparent(picture)


def value_range(content: bytes) -> tuple[str, float, float] | None:
    """'whole' or 'floats', and the lowest and highest value of a picture of more than 8 bits.

    None for all others. Raises Unreadable.
    """
    if content[:3] == b"\xff\xd8\xff" or (format_of(content) == "PNG" and content[24:25] != b"\x10"):
        return None
    _refuse_excess(content)
    with _opened(content) as picture, _told(picture, content), _in_turn(picture.width * picture.height):
        if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
            values = np.asarray(picture)
        elif _sixteen_bit_mode(picture):
            colours = _sixteen_bits(picture, content)
            if colours is None:
                return "whole", 0, 65535
            values = colours[:, :, :3]
        else:
            return None
        return "floats" if values.dtype.kind == "f" else "whole", float(np.nanmin(values)), float(np.nanmax(values))


def ground_of(content: bytes) -> int | None:
    """What must lie behind a transparent picture so that it is seen: 255 or 0; None where nothing is transparent."""
    if content[:3] == b"\xff\xd8\xff" or content[:2] == b"BM":
        return None
    _refuse_excess(content)
    with _opened(content) as picture, _told(picture, content), _in_turn(picture.width * picture.height):
        if not _is_transparent(picture):
            return None
        picture.load()
        over = picture.convert("RGBA")
        return None if over.getchannel("A").getextrema()[0] == 255 else _ground(over, 255)


def _turbo(
    content: bytes, size: tuple[int, int], channels: int | None, fit: Fit
) -> tuple[np.ndarray, tuple[int, int]] | None:
    """JPEG by libjpeg-turbo, shrunk while decoding; None where Pillow must judge."""
    import simplejpeg

    # A rotated or CMYK picture, or a damaged one: rare, and Pillow knows all about them.
    if fit != "stretch" or b"tiff:Orientation" in content or _orientation(content) != 1:
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if colours not in ("YCbCr", "Gray") or height * width > MOST_PIXELS:
            return None
        grey = channels == 1 or (channels is None and colours == "Gray")
        # min_* keeps the shrunk picture at least as large as asked for.
        with _in_turn(height * width):
            pixels = simplejpeg.decode_jpeg(
                content, "GRAY" if grey else "RGB", min_height=size[0], min_width=size[1], strict=True
            )
    except ValueError:
        return None
    return resize(pixels, size), (height, width)


def _refuse_excess(content: bytes) -> None:
    if not content:
        raise Unreadable("empty file: 0 bytes", "empty")
    excess = find_excess(content)
    if excess:
        if "bomb" in excess:
            raise Unreadable(excess, "too_many_pixels")
        raise Unreadable(f"costs more to decode than a picture of its size: {excess}", "damaged")


@contextlib.contextmanager
def _in_turn(pixels: int) -> Iterator[None]:
    """Alone in this process, where a picture is large."""
    if pixels <= _LARGE:
        yield
    else:
        with _turn:
            yield


def _orientation(content: bytes) -> int:
    """EXIF orientation of a JPEG, 1 where there is none, 0 where Pillow must judge.

    Source: CIPA DC-008 (Exif 2.32), 4.5 and 4.6: TIFF in the APP1 segment, tag 0x0112.
    """
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF and content[position + 1] not in (0xDA, 0xD9, 0xFF):
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        if content[position + 1] == 0xE1 and content[position + 4 : position + 10] == b"Exif\x00\x00":
            return _tiff_orientation(content[position + 10 : end])
        position = end
    return 1 if b"Exif\x00\x00" not in content[:65_536] else 0


def _tiff_orientation(tiff: bytes) -> int:
    orders: dict[bytes, Literal["little", "big"]] = {b"II": "little", b"MM": "big"}
    order = orders.get(tiff[:2])
    if order is None:
        return 0
    first = int.from_bytes(tiff[4:8], order)
    for entry in range(int.from_bytes(tiff[first : first + 2], order)):
        field = tiff[first + 2 + 12 * entry :][:12]
        if len(field) < 12:
            return 0
        if int.from_bytes(field[:2], order) == 0x0112:
            return int.from_bytes(field[8:10], order) if int.from_bytes(field[2:4], order) == 3 else 0
    return 1


def _pillow(
    content: bytes, size: tuple[int, int] | None, channels: int | None, fit: Fit, scale: Scale = USUAL
) -> tuple[np.ndarray, tuple[int, int]]:
    with _opened(content) as picture, _told(picture, content):
        width, height = picture.size
        with _in_turn(width * height):
            deep = _sixteen_bits(picture, content)  # before anything reads the pixels: it looks at how they lie
            turned = _lies_on_side(picture)
            if size is not None and picture.format == "JPEG" and picture.mode in ("L", "RGB") and fit == "stretch":
                # Shrink while decoding, as _turbo does.
                picture.draft(None, (size[0], size[1]) if turned else (size[1], size[0]))
            picture.load()
            shown = picture if deep is None else _of_sixteen_bits(picture, deep, scale)
            upright = ImageOps.exif_transpose(shown)
            return _finish(upright or shown, size, channels, fit, scale), (width, height) if turned else (height, width)


@contextlib.contextmanager
def _told(picture: Image.Image, content: bytes) -> Iterator[None]:
    """Turn what Pillow raises into a reason; what it only warns of is no concern of a user's."""
    width, height = picture.size
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # a decoder may raise anything on damaged bytes
        text = _one_line(error)
        cut = picture.format == "JPEG" and b"\xff\xd9" not in content[-64:]  # no end mark: cut inside its tables
        if cut or "truncated" in text or isinstance(error, EOFError):
            raise Unreadable(
                f"truncated: the picture of {width} x {height} ends early, after {_kilobytes(content)}", "truncated"
            ) from error
        raise Unreadable(f"damaged {picture.format}: {text}", "damaged") from error


def _sixteen_bits(picture: Image.Image, content: bytes) -> np.ndarray | None:
    """(height, width, 3 | 4) uint16 of colours of 16 bits that use less than the upper two; else None.

    Pillow gives the upper 8 bits of each. It gives the lower ones to who says that the bytes lie
    the other way round.
    """
    rawmode = _sixteen_bit_mode(picture)
    if not rawmode:
        return None
    picture.load()
    upper = np.asarray(picture)
    if upper[:, :, :3].max() >= 64:
        return None
    with _opened(content) as other:
        swapped = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
        name = rawmode[:-1] + swapped[rawmode[-1]]
        tiles = getattr(other, "tile", ())
        other.tile = [tile._replace(args=name if isinstance(tile.args, str) else (name, *tile.args[1:]))  # type: ignore[attr-defined]
                      for tile in tiles]  # fmt: skip
        try:
            other.load()
            lower = np.asarray(other)
        except ValueError:  # grey with transparency: Pillow knows one way alone
            lower = np.zeros_like(upper)
    return upper.astype(np.uint16) << 8 | lower


def _sixteen_bit_mode(picture: Image.Image) -> str:
    """How colours of 16 bits lie in a file that is not read yet, in Pillow's words; '' for all else."""
    every = [tile.args if isinstance(tile.args, str) else tile.args[0] for tile in getattr(picture, "tile", ()) if tile.args]
    if picture.mode not in ("RGB", "RGBA") or len(set(every)) != 1:
        return ""
    return every[0] if re.search(";16[BLN]$", str(every[0])) else ""


def _of_sixteen_bits(picture: Image.Image, values: np.ndarray, scale: Scale) -> Image.Image:
    """A picture of 8 bits a colour, with the notes of the one that it was."""
    colours = to_bytes(values[:, :, :3], scale.white or find_white(int(values[:, :, :3].max())))
    if values.shape[2] == 4:
        clear = values[:, :, 3]
        colours = np.dstack([colours, to_bytes(clear, find_white(int(clear.max())))])
    found = Image.fromarray(colours)
    found.info, found.format = picture.info, picture.format
    return found


def _lies_on_side(picture: Image.Image) -> bool:
    """Whether the camera noted (EXIF) that the picture is to be turned by a quarter.

    Of a TIFF Pillow gives the size when turned already.
    """
    return picture.format != "TIFF" and picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)


def _opened(content: bytes) -> Image.Image:
    if not content:
        raise Unreadable("empty file: 0 bytes", "empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow only warns of a bomb that we refuse below
            picture = _of_other_readers(content) or Image.open(io.BytesIO(content), formats=FORMATS)
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        raise Unreadable(f"more than {MOST_PIXELS // 1_000_000} megapixels: a decompression bomb", "too_many_pixels") from error
    except Exception as error:  # a decoder may raise anything on bytes of another kind
        said = int.from_bytes(content[4:8], "little") + 8 if format_of(content) == "WEBP" else 0
        if said > len(content):
            raise Unreadable(f"truncated: a WebP of {said} bytes is cut off after {_kilobytes(content)}", "truncated") from error
        # What begins as a picture does is one that came to harm.
        code = "damaged" if content[:3] == b"\xff\xd8\xff" or format_of(content) else "not_a_picture"
        raise Unreadable(f"not a picture: {what_is(content)}", code) from error
    width, height = picture.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        what = f"{MOST_PIXELS // 1_000_000} megapixels" if width * height > MOST_PIXELS else f"{MOST_SIDE} in a row"
        raise Unreadable(f"{width} x {height} pixels: more than {what}, a decompression bomb", "too_many_pixels")
    return picture


def _of_other_readers(content: bytes) -> Image.Image | None:
    """The picture where not Pillow itself reads it; raises Unreadable for HEIC without its extra."""
    kind = format_of(content)
    if kind == "PPM":
        try:
            return pnm.open_pnm(content, MOST_PIXELS)
        except ValueError as error:
            raise Unreadable(str(error)) from error
    if kind == "HEIC":
        if not is_readable(kind):
            raise Unreadable(HEIC, "heic")
        import pillow_heif

        picture: Image.Image = pillow_heif.HeifImageFile(io.BytesIO(content))
        return picture
    return None


def what_is(content: bytes) -> str:
    """What the bytes look like, in a few words."""
    if content[:3] == b"\xff\xd8\xff":
        return f"a JPEG of {_kilobytes(content)} cut off before its header ends"
    kind = format_of(content)
    if kind:
        return f"a {'WebP' if kind == 'WEBP' else kind} of {_kilobytes(content)}, damaged or cut off"
    head = content[:512]
    if content[:4] == b"%PDF":
        return "a PDF document"
    if content[:2] == b"PK":
        return "a ZIP archive"
    if content[4:8] == b"ftyp":
        return "a video"
    if not head.strip(b"\x00"):
        return f"{_kilobytes(content)} of zeros"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        return f"{_kilobytes(content)} of an unknown format"
    return "an HTML page" if "<html" in text.lower() or "<!doctype" in text.lower() else "text"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _kilobytes(content: bytes) -> str:
    n = len(content)
    return f"{n} bytes" if n < 10_000 else f"{n // 1000} kB"


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
            raise Unreadable(f"floating pixels from {low:g} to {high:g}; expected 0 to 1 or 0 to 255")
        return Image.fromarray(to_bytes(values, white))
    if values.min() < 0 or values.max() > 65535:
        raise Unreadable(f"pixels from {values.min()} to {values.max()}; expected 8 or 16 bits")
    return Image.fromarray(to_bytes(values, scale.white or find_white(int(values.max()))))


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info


def _ground(over: Image.Image, wanted: int) -> int:
    """What lies behind a picture: what is wanted, unless nothing would be seen on it but on the other."""

    def contrast(ground: int) -> int:
        behind = Image.new("RGBA", over.size, (ground, ground, ground, 255))
        bands = Image.alpha_composite(behind, over).convert("RGB").getextrema()
        return max(high - low for low, high in bands)  # type: ignore[misc]

    if over.getchannel("A").getextrema()[0] == 255 or contrast(wanted) >= _SEEN:
        return wanted
    return 255 - wanted if contrast(255 - wanted) >= _SEEN else wanted


def _finish(picture: Image.Image, size: tuple[int, int] | None, channels: int | None, fit: Fit, scale: Scale) -> np.ndarray:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _eight_bits(picture, scale)
    if _is_transparent(picture):
        over = picture.convert("RGBA")
        ground = _ground(over, scale.ground)
        behind = Image.new("RGBA", over.size, (ground, ground, ground, 255))
        picture = Image.alpha_composite(behind, over).convert("L" if picture.mode in ("LA", "La") else "RGB")
    if channels is None:
        channels = 1 if _is_grey(picture) else 3
    mode = "L" if channels == 1 else "RGB"
    if picture.mode != mode and picture.mode != "L":  # grey becomes colour when it is small, to the same values
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
