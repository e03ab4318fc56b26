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
    with _open(source, place) as file:
        size = source.stat().st_size if isinstance(source, Path) else source.seek(0, 2)
        found, declared = [], 0
        for name, array in _walk(file, place):
            shape = _refuse_array(array, name[:100], place)
            declared += math.prod(shape) * array.dtype.itemsize
            found.append(Array(name, shape, math.prod(shape)))
        if declared > max(FREE_GROWTH, MOST_GROWTH * size):
            raise InputError(
                f"{place} declares arrays of {declared / 1e6:,.0f} MB, and has {size / 1e6:.3g} "
                f"MB; expected at most {MOST_GROWTH} times as much. {_ADVICE}"
            )
        for one in found if touch else ():
            if one.size:
                file[one.name][(0,) * len(one.shape)]
        return found


def attribute(path: Path, *names: str) -> list[Any]:
    """Attributes of a file itself, as text where they are bytes; None for one that it lacks."""
    with _open(path, path) as file:
        found = [file.attrs.get(name) for name in names]
    return [one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in found]


def is_hdf5(path: Path) -> bool:
    """Whether a file says that it is HDF5, at its beginning."""
    return bool(_h5py(path).is_hdf5(path))


@contextlib.contextmanager
def _open(source: Path | BinaryIO, place: Path) -> Iterator[Any]:
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
    """Every array with its name, each once; groups are followed by hard links alone.

    By h5py's low level, four times as fast: a large network has thousands.
    """
    from h5py import h5d, h5g, h5l, h5o

    seen: set[int] = set()
    waiting = [("", file.id, 0)]
    while waiting:
        above, group, depth = waiting.pop()
        links: list[tuple[bytes, Any]] = []
        group.links.iterate(
            lambda name, info, links=links: links.append((name, info.type)), info=True
        )
        for plain, kind in sorted(links, reverse=True):
            name = f"{above}/{plain.decode('utf-8', 'replace')}".lstrip("/")
            if kind != h5l.TYPE_HARD:
                raise _refusal(place, f"the link {name[:100]!r} to another place")
            one = h5o.open(group, plain)
            address = h5o.get_info(one).addr
            if address in seen:
                if isinstance(one, h5g.GroupID):
                    raise _refusal(place, f"the group {name[:100]!r} a second time, as a loop")
                continue
            seen.add(address)
            if len(seen) > MOST_OBJECTS or depth > DEEPEST:
                raise _refusal(
                    place,
                    f"more than {MOST_OBJECTS:,} arrays and groups, or {DEEPEST} within each other",
                )
            if isinstance(one, h5g.GroupID):
                waiting.append((name, one, depth + 1))
            elif isinstance(one, h5d.DatasetID):
                yield name, one
            else:
                raise _refusal(place, f"{name[:100]!r}, which is a type of its own")


def _refuse_array(one: Any, name: str, place: Path) -> tuple[int, ...]:
    """An array's shape; InputError where it is of another file, no numbers, or mostly empty."""
    from h5py import h5d

    plan, kind, shape = one.get_create_plist(), one.dtype, one.shape
    if plan.get_layout() == h5d.VIRTUAL or plan.get_external_count():
        raise _refusal(place, f"the array {name!r}, whose numbers stand in another file")
    opaque = kind.kind == "V" and kind.names is None and kind.itemsize <= 2
    if not (kind.kind in _NUMBERS or opaque) or kind.metadata:
        raise _refusal(place, f"the array {name!r} of {kind.name}, which are no numbers")
    if shape is None:
        raise _refusal(place, f"the array {name!r} without a shape")
    filters = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
    if foreign := [number for number in filters if number not in _FILTERS]:
        raise _refusal(
            place, f"the array {name!r}, packed by filter {foreign[0]}, which h5py does not bring"
        )
    chunk = plan.get_chunk() if plan.get_layout() == h5d.CHUNKED else ()
    width = max(math.prod(shape), math.prod(chunk) if chunk else 0) * kind.itemsize
    if width > FREE_GROWTH and width > MOST_GROWTH * (stored := one.get_storage_size()):
        raise InputError(
            f"{place} declares the array {name!r} of {width / 1e6:,.0f} MB, of which "
            f"{stored / 1e6:.3g} MB stand in it; "
            f"expected at most {MOST_GROWTH} times as much. {_ADVICE}"
        )
    return tuple(map(int, shape))


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
            "backend. Run: pip install 'receta[tensorflow]'"
        ) from error
    return h5py
