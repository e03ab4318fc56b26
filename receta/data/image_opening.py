"""How is a picture opened within bounds, and how is it told why one cannot be?"""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator

from PIL import Image

from receta.core.errors import InputError
from receta.data import pnm
from receta.data.decoding_cost import MOST_PIXELS as MOST_PIXELS
from receta.data.decoding_cost import MOST_SIDE, find_excess
from receta.data.image_formats import FORMATS, HEIC, format_of, is_readable, kilobytes, what_is

# pixels; one larger picture takes up to 2 GB while it is decoded, so threads take turns
_LARGE = 16_000_000
_turn = threading.Lock()


class Unreadable(InputError):
    """One picture cannot be decoded; the text is the reason, in one line.

    code: a word for programs that stays the same whatever the text says: empty, not_a_picture,
    truncated, damaged, too_many_pixels, heic, or unreadable for all else.
    """

    def __init__(self, reason: str, code: str = "unreadable") -> None:
        super().__init__(reason)
        self.code = code


def refuse_excess(content: bytes) -> None:
    """Raise Unreadable for an empty file and one that costs more to decode than it should."""
    if not content:
        raise Unreadable("empty file: 0 bytes", "empty")
    excess = find_excess(content)
    if excess:
        if "bomb" in excess:
            raise Unreadable(excess, "too_many_pixels")
        raise Unreadable(f"costs more to decode than a picture of its size: {excess}", "damaged")


@contextlib.contextmanager
def in_turn(pixels: int) -> Iterator[None]:
    """Alone in this process, where a picture is large."""
    if pixels <= _LARGE:
        yield
    else:
        with _turn:
            yield


@contextlib.contextmanager
def telling(picture: Image.Image, content: bytes) -> Iterator[None]:
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
        # no end mark: cut inside its tables
        cut = picture.format == "JPEG" and b"\xff\xd9" not in content[-64:]
        if cut or "truncated" in text or isinstance(error, EOFError):
            raise Unreadable(
                f"truncated: the picture of {width} x {height} ends early, after "
                f"{kilobytes(content)}",
                "truncated",
            ) from error
        raise Unreadable(f"damaged {picture.format}: {text}", "damaged") from error


def open_picture(content: bytes) -> Image.Image:
    """The picture, opened but not yet decoded; raises Unreadable with the reason."""
    if not content:
        raise Unreadable("empty file: 0 bytes", "empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow only warns of a bomb that we refuse below
            picture = _of_other_readers(content) or Image.open(io.BytesIO(content), formats=FORMATS)
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        raise Unreadable(
            f"more than {MOST_PIXELS // 1_000_000} megapixels: a decompression bomb",
            "too_many_pixels",
        ) from error
    except Exception as error:  # a decoder may raise anything on bytes of another kind
        said = int.from_bytes(content[4:8], "little") + 8 if format_of(content) == "WEBP" else 0
        if said > len(content):
            raise Unreadable(
                f"truncated: a WebP of {said} bytes is cut off after {kilobytes(content)}",
                "truncated",
            ) from error
        # What begins as a picture does is one that came to harm.
        code = "damaged" if format_of(content) else "not_a_picture"
        raise Unreadable(f"not a picture: {what_is(content)}", code) from error
    width, height = picture.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        what = (
            f"{MOST_PIXELS // 1_000_000} megapixels"
            if width * height > MOST_PIXELS
            else f"{MOST_SIDE} in a row"
        )
        raise Unreadable(
            f"{width} x {height} pixels: more than {what}, a decompression bomb", "too_many_pixels"
        )
    return picture


def _of_other_readers(content: bytes) -> Image.Image | None:
    """The picture where not Pillow itself reads it.

    Raises Unreadable for HEIC without its extra.
    """
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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
