"""Which arrays stand in an HDF5 file, and may it be read? Told with h5py alone, before any is read.

A file of weights may point at other files (external links and storage, virtual arrays), loop
(a link to a group above), declare terabytes with nothing in them, or hold types that are no
numbers. Keras looks for some of that; here all of it is refused, in one line.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from receta.core.errors import InputError, MissingExtra
from receta.core.outside import FREE_GROWTH, MOST_GROWTH, reading

MOST_OBJECTS = 100_000  # arrays and groups: the largest of keras.applications has 4,000
DEEPEST = 60  # groups within groups: Keras writes two a nested network
EXPECTED = "a whole file of weights in HDF5"
_ADVICE = "Save or fetch it again."
# deflate, shuffle, checksum, szip, nbit, scale-offset, lzf: what h5py brings.
_FILTERS = frozenset((1, 2, 3, 4, 5, 6, 32000))
_NUMBERS = "fiub"  # kinds of NumPy; "V" of 1 or 2 bytes is what h5py makes of bfloat16 and float8


class Array(NamedTuple):
    """One array: its name with that of its groups, its shape, how many numbers it holds."""

    name: str
    shape: tuple[int, ...]
    size: int


def arrays(source: Path | BinaryIO, place: Path, *, touch: bool = False) -> list[Array]:
    """All arrays of a file, in the order of their names; InputError for one that may not be read.

    source: the file, or its bytes. place: what to call it. touch: whether a number of each is
    read: a file that was cut short has names, but no numbers.
    """
    with _opened(source, place) as file:
        size = source.stat().st_size if isinstance(source, Path) else source.seek(0, 2)
        found = list(_walk(file, place))
        declared = sum(one.nbytes for _, one in found)
        if declared > max(FREE_GROWTH, MOST_GROWTH * size):
            raise InputError(
                f"{place} declares arrays of {declared / 1e6:,.0f} MB, and has {size / 1e6:.3g} "
                "MB; expected at most "
                f"{MOST_GROWTH} times as much. {_ADVICE}"
            )
        for _, one in found if touch else ():
            if one.size:
                one[(0,) * len(one.shape)]
        return [Array(name, tuple(one.shape), int(one.size)) for name, one in found]


def attribute(path: Path, *names: str) -> list[Any]:
    """Attributes of a file itself, as text where they are bytes; None for one that it lacks."""
    with _opened(path, path) as file:
        found = [file.attrs.get(name) for name in names]
    return [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in found]


def is_hdf5(path: Path) -> bool:
    """Whether a file says that it is HDF5, at its beginning."""
    return bool(_h5py(path).is_hdf5(path))


@contextlib.contextmanager
def _opened(source: Path | BinaryIO, place: Path) -> Iterator[Any]:
    h5py = _h5py(place)
    with reading(place, EXPECTED, _ADVICE):
        try:
            file = h5py.File(source, "r")
        except OSError as error:
            if "truncated" in str(error):
                raise InputError(f"{place} is cut short; expected {EXPECTED}. {_ADVICE}") from error
            raise
        with file:
            yield file


def _walk(file: Any, place: Path) -> Iterator[tuple[str, Any]]:
    """Every array with its name, each once; groups are followed by hard links alone."""
    h5py = _h5py(place)
    seen: set[int] = set()
    waiting = [("", file, 0)]
    while waiting:
        above, group, depth = waiting.pop()
        for name in sorted(group, reverse=True):
            whole = f"{above}/{name}".lstrip("/")
            kind = group.get(name, getclass=True, getlink=True)
            if kind is not h5py.HardLink:
                raise _refusal(
                    place, f"the link {whole[:100]!r} to another place ({kind.__name__})"
                )
            one = group[name]
            address = h5py.h5o.get_info(one.id).addr
            if address in seen:
                if isinstance(one, h5py.Group):
                    raise _refusal(place, f"the group {whole[:100]!r} a second time, as a loop")
                continue
            seen.add(address)
            if len(seen) > MOST_OBJECTS or depth > DEEPEST:
                raise _refusal(
                    place,
                    f"more than {MOST_OBJECTS:,} arrays and groups, or {DEEPEST} of them within "
                    "each other",
                )
            if isinstance(one, h5py.Group):
                waiting.append((whole, one, depth + 1))
            elif isinstance(one, h5py.Dataset):
                _refuse_array(one, whole[:100], place)
                yield whole, one
            else:
                raise _refusal(place, f"{whole[:100]!r}, which is a type of its own")


def _refuse_array(one: Any, name: str, place: Path) -> None:
    """InputError for an array of another file, of no numbers, or with little behind it."""
    if one.external or one.is_virtual:
        raise _refusal(place, f"the array {name!r}, whose numbers stand in another file")
    kind, width = one.dtype.kind, one.dtype.itemsize
    if (
        not (kind in _NUMBERS or (kind == "V" and one.dtype.names is None and width <= 2))
        or one.dtype.metadata
    ):
        raise _refusal(
            place, f"the array {name!r} of {one.dtype.name or kind}, which are no numbers"
        )
    if one.shape is None:
        raise _refusal(place, f"the array {name!r} without a shape")
    plan = one.id.get_create_plist()
    foreign = [
        number
        for number in (plan.get_filter(place)[0] for place in range(plan.get_nfilters()))
        if number not in _FILTERS
    ]
    if foreign:
        raise _refusal(
            place,
            f"the array {name!r}, packed by filter {foreign[0]}, which h5py does not bring along",
        )
    stored = one.id.get_storage_size()
    chunk = math.prod(one.chunks) * width if one.chunks else 0
    if max(one.nbytes, chunk) > max(FREE_GROWTH, MOST_GROWTH * stored):
        raise InputError(
            f"{place} declares the array {name!r} of {max(one.nbytes, chunk) / 1e6:,.0f} MB, of "
            f"which {stored / 1e6:.3g} MB stand in it; "
            f"expected at most {MOST_GROWTH} times as much. {_ADVICE}"
        )


def _refusal(place: Path, what: str) -> InputError:
    return InputError(
        f"{place} holds {what}; expected arrays of numbers alone, as Keras saves them. Save the "
        "network again."
    )


def _h5py(path: Path) -> Any:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtra(
            f"reading weights from {path} needs h5py, which is not installed; expected it with a "
            "backend. "
            f"Run: pip install 'receta[tensorflow]'"
        ) from error
    return h5py
