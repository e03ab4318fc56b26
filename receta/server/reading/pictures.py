"""How are pictures read? From JSON as base64 or pixels; decoded by the decoder of training."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable, Sequence

import numpy as np

from receta.core.predictor import Predictor
from receta.core.scale import USUAL, Scale
from receta.data import image
from receta.data.decoding_cost import cheap_pixels
from receta.data.nouns import NOUNS
from receta.server.limits import Limits
from receta.server.reading.reader import SMALL, Given, Tensor
from receta.server.refusals import Refused

_LARGE = 4  # pictures of the largest size in one request; beyond as many pixels it is refused


class PictureReader:
    """Pictures as files or as pixels, brought to the size that the network takes."""

    noun = NOUNS["images"]
    takes_files = True
    expected = (
        'expected {"image": "..."} or {"images": ["...", ...]} with pictures in base64 or as data: '
        'URIs, or {"instances": [...]} with pixels from 0 to 255.'
    )
    expected_tensors = (
        'expected {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": '
        '["base64"]}]}.'
    )

    def __init__(self, predictor: Predictor, limits: Limits) -> None:
        self.most, self._pixels = limits.pictures, limits.pixels
        self._shape = tuple(predictor.input_shape)
        self._height, self._width, self._channels = predictor.input_shape
        self._fit: image.Fit = getattr(predictor, "fit", "stretch")
        self._scale: Scale = getattr(predictor, "scale", USUAL)

    def take(self, value: object, where: str) -> Given:
        """One picture of a list: {"b64": "..."}, the same under any one name, or pixels."""
        return instance(value, where, self._shape)

    def take_named(self, value: object, where: str) -> Given:
        """One picture in base64 or as a data: URI."""
        return read_base64(value, where)

    def arrange(self, value: object) -> object:
        """The pictures themselves, whatever name they stand under."""
        while isinstance(value, dict) and len(value) == 1 and "b64" not in value:
            (value,) = value.values()
        return value

    def take_tensors(self, tensors: Sequence[Tensor]) -> list[Given]:
        """Pictures as BYTES, each encoded, or their pixels as UINT8."""
        if len(tensors) != 1 or tensors[0].datatype not in ("BYTES", "UINT8"):
            named = ", ".join(f"{one.name}: {one.datatype}" for one in tensors)[:100]
            raise Refused(
                400,
                f"the inputs {named} cannot be used; expected one, of encoded pictures as BYTES or "
                "of pixels as UINT8.",
            )
        (one,) = tensors
        if one.datatype == "UINT8":
            values = np.asarray(one.values)
            return [pixels(row, f"data[{i}]", self._shape) for i, row in enumerate(values)]
        return [
            text if isinstance(text, bytes) else read_base64(text, f"data[{i}]")
            for i, text in enumerate(one.values)
        ]

    def weigh(self, given: Sequence[Given]) -> int:
        """Pixels of pictures that are each decoded and resized in a millisecond or two; else 0."""
        total = 0
        for picture in given:
            if isinstance(picture, bytes):
                n = cheap_pixels(picture)
            else:
                n = picture.shape[0] * picture.shape[1]
            if not 0 < n <= SMALL:
                return 0
            total += n
        return total

    def count_pixels(self, given: Sequence[Given]) -> int:
        """Pixels of the pictures, by their heads; none of what cannot be read."""
        return sum(map(_count_pixels, given))

    def read(
        self, names: Sequence[str], given: Sequence[Given], has_gone: Callable[[], bool]
    ) -> list[np.ndarray]:
        """The pictures decoded.

        A few kB may decode to gigabytes, so they are counted together.
        """
        rows, left = [], _LARGE * self._pixels
        for name, picture in zip(names, given, strict=True):
            if left < 0 or has_gone():
                raise image.Unreadable(
                    f"{name}: the pictures before it have more pixels than "
                    f"{_LARGE * self._pixels}; send fewer at once"
                )
            row, (height, width) = self._decode(name, picture)
            rows.append(row)
            left -= height * width
        return rows

    def _decode(self, name: str, picture: Given) -> tuple[np.ndarray, tuple[int, int]]:
        """Pixels as the network takes them, by the decoder of training, and the size before."""
        size = self._height, self._width
        try:
            if isinstance(picture, np.ndarray):
                return image.resize(picture, size, self._channels, fit=self._fit), (
                    picture.shape[0],
                    picture.shape[1],
                )
            if self._pixels < image.MOST_PIXELS:
                own = image.probe(picture)
                if own[0] * own[1] > self._pixels:
                    said = (
                        f"{own[1]} x {own[0]} pixels: more than the {self._pixels} that this "
                        "server takes"
                    )
                    raise image.Unreadable(said, "too_many_pixels")
            return image.decode_with_size(
                picture, size, self._channels, fit=self._fit, scale=self._scale
            )
        except image.Unreadable as error:
            raise image.Unreadable(f"{name}: {error}", error.code) from error


def _count_pixels(picture: Given) -> int:
    if isinstance(picture, np.ndarray):
        return picture.shape[0] * picture.shape[1]
    pixels = cheap_pixels(picture)
    if not pixels:
        with contextlib.suppress(Exception):  # `read` says so
            pixels = image.count_pixels(picture)
    return pixels


def instance(value: object, where: str, shape: tuple[int, ...] | None = None) -> Given:
    """One picture of a list: {"b64": "..."}, the same under any one name, or pixels."""
    while isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        if name == "b64":
            return read_base64(inner, where, uri=False)
        value = inner
    if isinstance(value, dict):
        raise Refused(
            400, f'{where} has {len(value)} inputs; expected one: {{"b64": "..."}} or pixels.'
        )
    if isinstance(value, str):
        return read_base64(value, where)
    return pixels(value, where, shape)


def read_base64(text: object, where: str, *, uri: bool = True) -> bytes:
    """A picture's bytes of base64 or a data: URI; raises Refused."""
    expected = (
        'expected a picture in base64 or as a data: URI, such as {"image": '
        '"data:image/png;base64,iVBOR..."}.'
    )
    if not isinstance(text, str):
        raise Refused(400, f"{where} is no text; {expected}")
    if uri and text[:5].lower() == "data:":
        head, _, text = text.partition(",")
        if not head.lower().endswith(";base64"):
            raise Refused(400, f"{where}: the data: URI is not in base64; {expected}")
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass
    try:  # with line breaks
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise Refused(400, f"{where} is not in base64; {expected}") from None


def pixels(value: object, where: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Pixels (height, width, channels) uint8 of nested lists or an array.

    Also (height, width), and a flat row where the shape is that of the network. Raises
    Refused for anything but whole numbers from 0 to 255.
    """
    expected = (
        "expected whole numbers from 0 to 255 as [height][width] or [height][width][1, 3 or 4]."
    )
    array = numbers(value, where, expected)
    if array.dtype != np.uint8:
        if array.dtype.kind not in "iuf" or not array.size:
            raise Refused(400, f"{where} holds no numbers; {expected}")
        low, high = array.min(), array.max()
        if not (low >= 0 and high <= 255) or (
            array.dtype.kind == "f" and (array != np.floor(array)).any()
        ):
            raise Refused(
                400,
                f"{where} holds numbers from {low:.4g} to {high:.4g}, or fractions; {expected} "
                "Do not scale them.",
            )
        array = array.astype(np.uint8)
    if array.ndim == 1 and shape is not None and array.size == np.prod(shape):
        array = array.reshape(shape)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise Refused(400, f"{where} has the shape {list(array.shape)}; {expected}")
    if array.shape[0] * array.shape[1] > image.MOST_PIXELS:
        raise Refused(
            413, f"{where} has {array.shape[0]} x {array.shape[1]} pixels; expected fewer."
        )
    return array


def numbers(value: object, where: str, expected: str) -> np.ndarray:
    """Nested lists of numbers as an array of any shape.

    Raises Refused for what holds anything else.

    Looked through first: NumPy gives every text of a list the room of the longest, so that two
    megabytes of JSON could ask for terabytes.
    """
    line = value if isinstance(value, list) else []
    while line:
        kinds = set(map(type, line))
        if not kinds <= {int, float, list}:
            raise Refused(400, f"{where} holds no numbers; {expected}")
        line = (
            [inner for one in line if type(one) is list for inner in one] if list in kinds else []
        )
    try:
        return np.asarray(value)
    except ValueError:
        raise Refused(400, f"{where} has rows of different lengths; {expected}") from None
