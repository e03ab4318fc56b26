"""Where do the pictures of an array lie, and how do its values become 0 to 255?"""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from receta.codecs import unpacked
from receta.core.errors import InputError
from receta.core.scale import find_array_white, read_as, to_bytes
from receta.sources import Options
from receta.sources.blocks.npz_members import Member, show_shape
from receta.sources.blocks.stack import Block, flat_shape

VERSION = 2  # of this reader: raise it when what it keeps changes


def block_of(
    place: str, archive: zipfile.ZipFile, member: Member, wide: list[Member], options: Options
) -> tuple[Block, dict[str, Any]]:
    """Where the images of an array can be read one by one, and what was found out of its values.

    wide: the arrays of images of more than 8 bits, which have one range together.
    """
    facts: dict[str, Any] = {}
    shape, channels_first = _image_shape(place, member, options)
    if member.dtype == np.uint8 and member.offset is not None:
        file, offset = os.path.abspath(place), member.offset
    else:

        def build(folder: Path) -> dict[str, Any]:
            convert, found = _conversion(place, archive, member, wide, options.white)
            with unpacked.pixel_file(
                folder / "pixels.npy", member.shape[1:], fortran=member.fortran
            ) as out:
                out.reserve(math.prod(member.shape))
                for chunk in member.chunks(archive):
                    out.append(convert(chunk))
                out.close(member.shape[0])
                return {"offset": out.offset, **found}

        folder, kept = unpacked.unpack_once(
            "arrays", place, (VERSION, member.name, options.white), build
        )
        file, offset = str(folder / "pixels.npy"), kept["offset"]
        facts = kept if "white" in kept else {}
    return Block(file, offset, member.shape, shape, channels_first, member.fortran), facts


def _image_shape(place: str, member: Member, options: Options) -> tuple[tuple[int, int, int], bool]:
    """(height, width, channels), and whether the channels lie first."""
    sides = member.shape[1:]
    first = False
    if 0 in sides or member.dtype.kind not in "buif":
        sides = ()
    if len(sides) == 1:
        return flat_shape(sides[0], options.shape, f"{place}: array {member.key!r}"), False
    if len(sides) == 2:
        shape = (sides[0], sides[1], 1)
    elif len(sides) == 3 and sides[2] in (1, 3, 4):
        shape = (sides[0], sides[1], sides[2])
    elif len(sides) == 3 and sides[0] in (1, 3):
        shape, first = (sides[1], sides[2], sides[0]), True
    else:
        raise InputError(
            f"{place}: array {member.key!r} of shape {show_shape(member.shape)} and type "
            f"{member.dtype} holds no images; "
            "expected (n,height,width), with 1, 3 or 4 channels last or 1 or 3 first, or "
            "(n,pixels). Save it so."
        )
    if options.shape is not None and (*options.shape, 1)[:3] != shape:
        raise InputError(
            f"{place}: array {member.key!r} has images of {show_shape(shape)}, but --shape says "
            f"{','.join(map(str, options.shape))}; expected the same. Leave --shape out."
        )
    return shape, first


def _conversion(
    place: str, archive: zipfile.ZipFile, member: Member, wide: list[Member], white: int | None
) -> tuple[Callable[[np.ndarray], np.ndarray], dict[str, Any]]:
    """How values become 0 to 255, and what is kept of that.

    Takes one pass to see the range of all images.
    """
    if member.dtype == np.uint8:
        return lambda values: values, {}
    if member.dtype.kind == "b":
        return lambda values: values.astype(np.uint8) * np.uint8(255), {}
    low, high, whole = math.inf, -math.inf, True
    for one in wide:
        for chunk in one.chunks(archive):
            least, most = float(chunk.min()), float(chunk.max())
            if not (math.isfinite(least) and math.isfinite(most)):
                _refuse(place, one, "values that are no numbers (NaN or infinite)")
            low, high = min(low, least), max(high, most)
            whole = whole and (chunk.dtype.kind != "f" or bool((chunk == np.floor(chunk)).all()))
    own = find_array_white(low, high, whole and not (high <= 1 and member.dtype.kind == "f"))
    if own is None:
        _refuse(place, member, f"values from {low:g} to {high:g}")
    top = max(own, white or 0)
    unit, floats = top == 1 and not whole, member.dtype.kind == "f"
    shown = f"values from {low:.8g} to {high:.8g}: read as {'0 to 1' if unit else read_as(top)}"
    beyond = ", what lies beyond is cut off" if low < 0 or high > top else ""
    # whole numbers are 64 bits by habit
    usual = (floats and top in (1, 255)) or (top == 255 and member.dtype.itemsize != 2)
    told = (
        []
        if usual and not beyond
        else [f"array {member.key!r} of type {member.dtype} has {shown}{beyond}"]
    )
    return lambda values: to_bytes(values, top), {"white": 0 if usual else top, "notes": told}


def _refuse(place: str, member: Member, what: str) -> NoReturn:
    raise InputError(
        f"{place}: array {member.key!r} of type {member.dtype} holds {what}; expected 0 to 255, "
        "0 to 1 as "
        f"floats, or 16 bits without sign. Scale it so before saving."
    )
