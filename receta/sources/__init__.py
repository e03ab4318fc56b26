"""Where do examples come from? The shelf of sources, and its door `load`."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from receta.core import outside
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.core.progress import Progress, Unasked
from receta.core.registry import Shelf
from receta.core.scale import USUAL
from receta.data.dataset import Dataset, Images, Quarantined, Task
from receta.data.joined import join
from receta.data.origin import Origin
from receta.sources._contract import Source
from receta.sources._no_source import why_nothing_reads
from receta.sources.blocks import pixel_ranges

__all__ = ["Options", "cleaned", "load", "read", "shelf", "usable"]

shelf = Shelf("receta.sources", "source", contract=Source)
_MOST_NOTES = 8


@dataclass(frozen=True)
class Options:
    """What a user may say about the data besides where they are.

    label: column or key of the labels. shape: (height, width) or (height, width,
    channels) of pixels in a row. group: a column, or a regular expression on ids.
    target: the column of a table to predict. task: whether it holds classes or values;
    whether pictures have one class each or labels (several, or none). series: the column to
    forecast, from `window` steps the next `horizon`.
    content: the key of addresses or pictures in JSON. allow_private: download from
    addresses of this network too.
    """

    label: str | None = None
    shape: tuple[int, ...] | None = None
    group: str | None = None
    bad_rows: Literal["error", "quarantine"] = "error"
    target: str | None = None
    task: Task | None = None
    series: str | None = None
    window: int | None = None
    horizon: int | None = None
    content: str | None = None
    allow_private: bool = False
    white: int | None = None  # of arrays, where other data decide it; nobody says it by hand

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", None if self.label is None else str(self.label))
        object.__setattr__(self, "shape", _checked_shape(self.shape))
        if self.bad_rows not in ("error", "quarantine"):
            raise InputError(
                f"bad_rows={self.bad_rows!r} is unknown; expected error or quarantine. Choose "
                "one of the two."
            )

    def words(self) -> dict[str, object]:
        """What was said, by option, without what was left as it is."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default and field.name != "white"
        }


def load(
    data: str | Path,
    *,
    test: str | Path | None = None,
    label: str | None = None,
    shape: tuple[int, ...] | None = None,
    group: str | None = None,
    bad_rows: Literal["error", "quarantine"] = "error",
    target: str | None = None,
    task: Task | None = None,
    series: str | None = None,
    window: int | None = None,
    horizon: int | None = None,
    content: str | None = None,
    allow_private: bool = False,
    progress: Progress = Unasked(),
) -> Dataset:
    """Load labelled examples from whatever holds them.

    data: a path, `digits`, or a name such as `keras:mnist`. test: more of the same kind,
    kept for the test part. The others: see `Options`. What could not be used stands in
    `left_out` of the result, with the reason; what was taken for what in its
    `notes`, which are told.
    Raises InputError in one line when the data cannot be used.

    >>> len(load("digits"))
    1797
    """
    options = Options(
        label, shape, group, bad_rows, target, task, series, window, horizon, content, allow_private
    )
    found = read(data, test, options, progress)
    for note in found.notes[:_MOST_NOTES]:
        progress.say(note)
    if len(found.notes) > _MOST_NOTES:
        progress.say(
            f"and {len(found.notes) - _MOST_NOTES} more lines of this kind: receta look DATA "
            "--json shows all"
        )
    return found


def usable(data: str | Path, words: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some options that mean something to whatever reads these data."""
    options = Options(**words)
    reader = next((one for one in shelf if one.accepts(os.fspath(data), options)), None)
    return {name: value for name, value in words.items() if reader and name in reader.USES}


def read(
    data: str | Path, test: str | Path | None, options: Options, progress: Progress
) -> Dataset:
    """What `load` gives, without a word: whoever reads data for another source lets that one
    tell.
    """
    main = _opened(os.fspath(data), options, progress)
    if main.task == "labels" and len(main.class_names) < 2:
        raise InputError(
            f"{os.fspath(data)} has "
            f"{'one label only' if main.class_names else 'no label at all'} in "
            f"{counted(len(main), 'examples')}; expected at least two, of which each picture "
            f"has some. Add labels, or sort the pictures into two classes."
        )
    if main.task == "classes" and len(main.class_names) < 2:
        raise InputError(
            f"{os.fspath(data)} has one class only ({main.class_names[0]!r}, "
            f"{counted(len(main), 'examples')}); expected at "
            f"least two to tell apart. Add examples of another class."
        )
    left_out: tuple[Quarantined, ...] = tuple(getattr(main, "strays", ()))
    origin = Origin(os.fspath(data), None if test is None else os.fspath(test), options.words())
    if test is None:
        pixel_ranges.settle([main], progress)
        notes = tuple(getattr(main, "notes", ()))
        return dataclasses.replace(Dataset.of(main), left_out=left_out, notes=notes, origin=origin)
    if _same_place(os.fspath(data), os.fspath(test)):
        raise InputError(
            f"--test {os.fspath(test)} is the training data themselves; expected examples that "
            "training never "
            f"sees. Name other data, or leave --test out and a part is set aside."
        )
    second = _opened(os.fspath(test), options, progress)
    whites = [getattr(one, "scale", USUAL).arrays for one in (main, second)]
    if min(whites) and len(set(whites)) > 1:  # both are read by the wider range
        wide = dataclasses.replace(options, white=max(whites))
        main, second = (
            _opened(os.fspath(data), wide, progress),
            _opened(os.fspath(test), wide, progress),
        )
    pixel_ranges.settle([main, second], progress)
    notes = tuple(getattr(main, "notes", ()))
    left_out += tuple(
        Quarantined(f"test:{gone.id}", gone.reason) for gone in getattr(second, "strays", ())
    )
    notes += tuple(f"test: {note}" for note in getattr(second, "notes", ()))
    return dataclasses.replace(
        Dataset.of(join(main, second)), left_out=left_out, notes=notes, origin=origin
    )


def _opened(place: str, options: Options, progress: Progress) -> Images:
    """The source that reads a place, with its groups."""
    for module in shelf:
        with outside.reading(
            place, f"{module.READS}, whole and sound", "Save or copy it again, or name other data."
        ):
            if module.accepts(place, options):
                return _read_by(module, place, options, progress)
    raise InputError(why_nothing_reads(place))


def _read_by(module: Any, place: str, options: Options, progress: Progress) -> Images:
    name = module.__name__.rpartition(".")[2]
    _only_what_it_reads(name, module, options)
    try:
        source: Images = shelf.function(name)(place, options, progress)
    except PermissionError as error:
        raise InputError(
            f"{error.filename or place} may not be read (permission denied); expected data that "
            "you may "
            f"read. Change its permissions (chmod -R u+rX), or name other data."
        ) from error
    except OSError as error:
        raise InputError(
            f"{error.filename or place} cannot be read ({error.strerror or error}); expected "
            "data on a sound "
            f"disk. Copy them anew, or name other data."
        ) from error
    if options.group is not None and source.groups is None:
        source.groups = _grouped(source, options.group)
    return source


def _only_what_it_reads(name: str, module: Any, options: Options) -> None:
    for option, value in options.words().items():
        if option not in ("group", "bad_rows", *module.USES):
            raise InputError(
                f"--{option.replace('_', '-')} {value} means nothing to {name}; expected it only "
                "with sources "
                f"that have one. Leave it out."
            )


def _checked_shape(shape: tuple[int, ...] | None) -> tuple[int, ...] | None:
    if shape is None:
        return None
    sides = tuple(shape)
    whole = all(isinstance(side, int) and side >= 1 for side in sides)
    if not whole or len(sides) not in (2, 3) or (len(sides) == 3 and sides[2] not in (1, 3, 4)):
        raise InputError(
            f"shape={','.join(map(str, sides))} is no shape of a picture; expected height,width or "
            f"height,width,channels with 1, 3 or 4 channels. Set it like 28,28."
        )
    return sides


def _same_place(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return one == other


def _grouped(source: Images, pattern: str) -> list[str]:
    """The group of every id: what the regular expression finds in it."""
    from receta.sources.parts import id_groups

    try:
        found = id_groups.find_groups(pattern, source.ids)
    except re.error as error:
        raise InputError(
            f"--group {pattern[:80]!r} is no regular expression ({error}); expected one that "
            "finds in every id whose "
            f"example it is, such as 'hand[0-9]+'. Mend it."
        ) from error
    groups = [part for part in found if part is not None]
    missed = [name for name, part in zip(source.ids, found, strict=True) if part is None]
    if missed:
        columns: list[str] = list(getattr(source, "columns", ()))
        near = difflib.get_close_matches(pattern, columns, n=1)
        hint = f" Did you mean the column {near[0]!r}?" if near else " Mend it."
        raise InputError(
            f"--group {pattern!r} finds nothing in {len(missed)} of {len(source)} ids (the "
            f"first: {missed[0]!r}); "
            f"expected {'a column, or ' if columns else ''}a regular expression that matches "
            f"every id.{hint}"
        )
    return groups
