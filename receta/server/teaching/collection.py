"""How do pictures from the page become class folders on the user's disk, and go again?"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from receta.core import disk, outside
from receta.core.errors import RecetaError
from receta.data import image, image_formats
from receta.data.image import Unreadable
from receta.data.image_formats import SUFFIXES
from receta.server.teaching.class_names import LONGEST, Unfit, check_class_name

# pictures of a class: fewer cannot be divided into train, validation and test in a way that tells
# anything
ENOUGH = 8
ENOUGH_TAKES = 5  # of a class, so that whole takes can stand in each part
# what `receta run --group` finds in the ids: one take, or one file of another name
TAKES = r"/take-\d+(?=-)|[^/]+$"
_PAUSE_S = 3.0  # without a picture of the class: then the next one belongs to another take
_OWN = re.compile(r"take-(\d+)-(\d+)\.")  # how names of files begin that a page had written
SHOWN = 12  # of the newest pictures of a class, as the page lists them
_THUMBNAIL = (96, 96)
_MOST_NAMED = 1_000  # classes without a picture
_SUFFIX = {kind: suffix for kind, suffix in image_formats.SUFFIX_OF.items() if suffix in SUFFIXES}


class Collection:
    """Class folders below one folder. Only what a page had written is ever taken back.

    Pictures that are taken in one go (a button that is held) are nearly equal, so each is
    named after its take, and a run keeps every take in one part: else a network would be
    tested on pictures that it all but knows.
    """

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise RecetaError(
                f"--teach {folder} is a file; expected a folder for pictures, or a new one. Name "
                "another."
            )
        self.folder = folder
        self._lock = threading.Lock()
        self._named: list[str] = []  # classes that have no picture yet
        self._added: list[tuple[str, Path]] = []
        # class, time and number of the newest take
        self._last: tuple[str, float, int] = ("", 0.0, 0)

    def classes(self) -> dict[str, list[str]]:
        """Names of the pictures by class."""
        found: dict[str, list[str]] = {}
        if self.folder.is_dir():
            for inside in sorted(
                path
                for path in self.folder.iterdir()
                if _is_own(path, stat.S_ISDIR) and not path.name.startswith(".")
            ):
                found[inside.name] = [
                    path.name for path in inside.iterdir() if path.suffix.lower() in SUFFIXES
                ]
        return {**found, **{name: [] for name in self._named if name not in found}}

    def name_class(self, name: str) -> None:
        """Make a class known before it has a picture.

        Raises InputError for a name that is no folder's.
        """
        name = check_class_name(name)
        with self._lock:
            if name in self.classes():
                return
            if len(self._named) >= _MOST_NAMED:
                said = (
                    f"{_MOST_NAMED} classes have no picture yet; expected pictures before "
                    "further classes. Add some."
                )
                raise Unfit(said, "empty_classes")
            self._named.append(name)

    def drop_class(self, name: str) -> None:
        """Forget a class that has no picture; raises InputError for any other."""
        with self._lock:
            pictures = self.classes().get(name)
            if pictures is None or pictures:
                held = (
                    "is none here"
                    if pictures is None
                    else f"holds {len(pictures)} picture{'s' if len(pictures) > 1 else ''}"
                )
                said = (
                    f"the class {name[:LONGEST]!r} {held}; expected one without pictures. "
                    "Take them out of the folder."
                )
                raise Unfit(said, "class_not_empty")
            self._named = [one for one in self._named if one != name]
            if name == check_class_name(name) and (self.folder / name).is_dir():
                with contextlib.suppress(OSError):  # other files may lie in it
                    (self.folder / name).rmdir()

    def rename_class(self, name: str, new: str) -> None:
        """Call a class otherwise, and its folder too.

        Raises InputError where that name is taken.
        """
        new = check_class_name(new)
        with self._lock:
            known = self.classes()
            if name not in known:
                raise Unfit(
                    f"the class {name[:LONGEST]!r} is none here; expected one of the page's. "
                    "Load it again.",
                    "no_such_class",
                )
            if name == new:
                return
            if new in known or (self.folder / new).exists():
                raise Unfit(
                    f"there is a class {new!r} already; expected a new name. Choose another.",
                    "class_exists",
                )
            if (self.folder / name).is_dir():
                (self.folder / name).rename(self.folder / new)
            self._named = [new if one == name else one for one in self._named]
            self._added = [
                (new, self.folder / new / path.name) if one == name else (one, path)
                for one, path in self._added
            ]

    def newest(self, pictures: list[str]) -> list[dict[str, Any]]:
        """The last pictures of a class by name, each with whether a page had written it."""
        return [
            {"name": one, "own": bool(_OWN.match(one))}
            for one in sorted(pictures, reverse=True)[:SHOWN]
        ]

    def thumbnail(self, name: str, picture: str) -> bytes:
        """A small JPEG of the middle of a picture.

        Raises Unfit for none that is listed, Unreadable.
        """
        try:
            content = outside.read_file(self._find_file(name, picture), image.MOST_BYTES)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from error
        shown = image.decode(content, _THUMBNAIL, 3, fit="crop")
        small = io.BytesIO()
        Image.fromarray(shown).save(small, "jpeg", quality=80)
        return small.getvalue()

    def remove(self, name: str, picture: str) -> None:
        """Take one picture away that a page had written; raises Unfit for any other."""
        with self._lock:
            path = self._find_file(name, picture)
            if not _OWN.match(picture):
                said = (
                    f"{picture[:LONGEST]!r} was not taken here; expected a picture of the "
                    "page's. Move it by hand."
                )
                raise Unfit(said, "not_taken_here")
            path.unlink(missing_ok=True)
            self._added = [one for one in self._added if one[1] != path]

    def _find_file(self, name: str, picture: str) -> Path:
        """The file of a picture; only what stands in the lists has one, so no path leads out of
        the folder.
        """
        if picture not in self.classes().get(name, ()):
            raise Unfit(
                f"{picture[:LONGEST]!r} is no picture of {name[:LONGEST]!r}; expected one of "
                "the page's. Load it again.",
                "gone",
            )
        return self.folder / name / picture

    def add(
        self, name: str, content: bytes, *, live: bool = False, most_pixels: int = image.MOST_PIXELS
    ) -> Path:
        """Keep a picture of a class as it came.

        live: a frame of a camera, which may belong to a take.

        Raises Unreadable, InputError, DiskFull.
        """
        name = check_class_name(name)
        height, width, _ = image.probe(content)
        if height * width > most_pixels:
            raise Unreadable(
                f"{width} x {height} pixels: more than the {most_pixels} that this server takes",
                "too_many_pixels",
            )
        image.decode(content)  # whole, so that a damaged one is refused now and not by the training
        suffix = _SUFFIX.get(image_formats.format_of(content))
        if suffix is None:
            raise Unreadable("of a format that receta does not read")
        with self._lock:
            known = self.classes()
            if name not in known and os.path.lexists(self.folder / name):
                said = (
                    f"{name!r} is a link or a file in the folder of pictures; expected a "
                    "folder. Take it away, or choose another name."
                )
                raise Unfit(said, "class_name")
            take = self._take(name if live else "", known)
            before = f"take-{take:04}-"
            number = 1 + max(
                (
                    int(found[1])
                    for one in known.get(name, ())
                    if (found := re.match(rf"{before}(\d+)\.", one))
                ),
                default=0,
            )
            path = self.folder / name / f"{before}{number:03}{suffix}"
            disk.write_bytes(path, content)
            self._added.append((name, path))
            self._last = (name if live else "", time.monotonic(), take)
        return path

    def _take(self, name: str, known: dict[str, list[str]]) -> int:
        last, at, number = self._last
        if name and name == last and time.monotonic() - at < _PAUSE_S:
            return number
        taken = [
            int(found[1])
            for pictures in known.values()
            for one in pictures
            if (found := re.match(r"take-(\d+)-", one))
        ]
        return max([number, *taken], default=0) + 1

    @property
    def can_undo(self) -> bool:
        """Whether there is a picture that this server wrote."""
        return bool(self._added)

    def undo(self) -> str:
        """Take the newest picture back; gives its class. Raises InputError where there is none."""
        with self._lock:
            if not self._added:
                said = (
                    "there is nothing to take back; expected a picture that was added since "
                    "this server started."
                )
                raise Unfit(said, "nothing_to_undo")
            name, path = self._added.pop()
            path.unlink(missing_ok=True)
            return name

    def enough(self) -> bool:
        """Whether a training can begin: two classes of some pictures each, and none of fewer."""
        counts = [len(pictures) for pictures in self.classes().values() if pictures]
        return len(counts) > 1 and min(counts) >= ENOUGH

    def is_varied(self) -> bool:
        """Whether every class was taken so often that whole takes can be set aside for the test."""
        takes = [
            len({re.sub(r"^(take-\d+)-.*$", r"\1", one) for one in pictures})
            for pictures in self.classes().values()
            if pictures
        ]
        return bool(takes) and min(takes) >= ENOUGH_TAKES


def _is_own(path: Path, of_kind: Callable[[int], bool]) -> bool:
    """Whether a path is itself of a kind: a link would lead a page out of the folder."""
    try:
        return of_kind(path.lstat().st_mode)
    except OSError:
        return False
