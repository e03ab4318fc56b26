"""Where do examples come from? The shelf of sources, and its door `load`."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from receta.core import outside
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.core.progress import Progress, Unasked
from receta.core.registry import Shelf
from receta.core.scale import USUAL
from receta.data.dataset import Dataset, Images, Quarantined
from receta.data.joined import join
from receta.data.options import Options, spell_options
from receta.data.origin import Origin
from receta.sources._contract import Source
from receta.sources._no_source import why_nothing_reads
from receta.sources.blocks import pixel_ranges

__all__ = ["Options", "cleaned", "load", "read", "shelf", "usable"]

shelf = Shelf("receta.sources", "source", contract=Source)
_MOST_NOTES = 8


@spell_options
def load(
    data: str | Path,
    *,
    test: str | Path | None = None,
    progress: Progress = Unasked(),
    **options: Any,
) -> Dataset:
    """Load labelled examples from whatever holds them.

    data: a path, `digits`, or a name such as `keras:mnist`. test: more of the same kind,
    kept for the test part. options: those of `Options`, by name. What could not be used stands in
    `left_out` of the result, with the reason; what was taken for what in its
    `notes`, which are told.
    Raises InputError in one line when the data cannot be used.

    >>> len(load("digits"))
    1797
    """
    found = read(data, test, Options(**options), progress)
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
    main = _open_source(os.fspath(data), options, progress)
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
    follows = dataclasses.replace(options, follows=getattr(main, "layout", ""))
    second = _open_source(os.fspath(test), follows, progress)
    whites = [getattr(one, "scale", USUAL).arrays for one in (main, second)]
    if min(whites) and len(set(whites)) > 1:  # both are read by the wider range
        wide = dataclasses.replace(options, white=max(whites))
        main, second = (
            _open_source(os.fspath(data), wide, progress),
            _open_source(os.fspath(test), wide, progress),
        )
    pixel_ranges.settle([main, second], progress)
    notes = tuple(getattr(main, "notes", ()))
    left_out += tuple(
        Quarantined(f"test:{gone.id}", gone.reason) for gone in getattr(second, "strays", ())
    )
    notes += tuple(f"test: {note}" for note in getattr(second, "notes", ()))
    both: Any = join(main, second)
    if main.kind == "series":  # its windows are laid anew on both
        left_out, notes = tuple(both.strays), tuple(both.notes)
    return dataclasses.replace(Dataset.of(both), left_out=left_out, notes=notes, origin=origin)


def _open_source(place: str, options: Options, progress: Progress) -> Images:
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
        source.groups = _find_groups(source, options.group)
    return source


def _only_what_it_reads(name: str, module: Any, options: Options) -> None:
    for option, value in options.words().items():
        if option not in ("group", "bad_rows", *module.USES):
            raise InputError(
                f"--{option.replace('_', '-')} {value} means nothing to {name}; expected it only "
                "with sources "
                f"that have one. Leave it out."
            )


def _same_place(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return one == other


def _find_groups(source: Images, pattern: str) -> list[str]:
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
