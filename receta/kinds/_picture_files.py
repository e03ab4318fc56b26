"""Which pictures are meant by files and folders that somebody names?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.data import files
from receta.data.dataset import Quarantined


def find_files(
    inputs: Sequence[str | Path], unreadable: list[Quarantined], tell: Callable[[str], None]
) -> Iterator[Path]:
    """Files that are named, and pictures below folders that are.

    What is passed over there is told.
    """
    for given in map(Path, inputs):
        if given.is_dir():
            found = files.walk(str(given))
            if not found.pictures and not found.unread:
                others = counted(found.others.total(), "other files")
                held = f" but {others}" if found.others else ""
                raise InputError(
                    f"{given} holds no pictures{held}; expected pictures or a folder of them. "
                    "Name another."
                )
            for note in found.notes():
                tell(f"{given}: {note}")
            unreadable += [
                Quarantined(str(given / one.path), one.reason)
                for one in sorted(found.unread, key=lambda one: one.path)
            ]
            yield from sorted(given / path for path in found.pictures)
        elif given.exists():
            yield given
        else:
            raise InputError(
                f"{given} does not exist; expected a picture or a folder of pictures. Check the "
                "path."
            )
