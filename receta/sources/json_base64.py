"""How are pictures read that stand in JSON as base64?"""

from __future__ import annotations

import base64
import io
import json
import os
import weakref
from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np

from receta.codecs import base64_text, json_files, json_pieces
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data import image, image_formats
from receta.data.dataset import Images, Quarantined
from receta.data.image import Unreadable
from receta.sources import Options
from receta.sources.columns import label_sets
from receta.sources.documents import arrangement, json_examples
from receta.sources.documents.shapes import Example, is_address
from receta.sources.trees import picture_tree

AFTER = "json_urls"  # after json_urls: it also says what is wrong with JSON of neither kind
READS = "a .json or .jsonl of pictures in base64 and their labels"
FORM = "`.json`, `.jsonl` with base64"
FACTS = "label -> picture, lists of objects, lines, `data:` URIs, missing padding"
USES = ("label", "content", "task")
VERSION = 1  # of this reader
# Four characters for three bytes, and as much again for escapes.
MOST_TEXT = 2 * picture_tree.MOST_BYTES


class Encoded(Images):
    """Pictures as base64 in a file; what is kept of each is where it stands.

    strays: what is no picture. columns: the keys of a record.
    """

    def __init__(self, place: str, options: Options, progress: Progress) -> None:
        plain = json_files.plain_file(place)
        spans = array("q")
        kept: list[Example] = []
        lost: list[Example] = []
        names: list[tuple[str, bool]] = []
        with json_files.open_document(place, plain) as document:
            reader = json_examples.Reader(place, document, options, "picture")
            for example in reader.examples():
                reason = example.reason
                if example.content is not None:
                    reason = _wrong(document, example.content)
                names.append((example.where or "line-1", not reason))
                if reason:
                    lost.append(replace(example, reason=reason))
                else:
                    spans.extend(example.content or ())
                    kept.append(replace(example, content=None))
        _refuse_without_pictures(place, options, kept, lost)
        ids = naming.unique([name for name, _ in names])
        self.ids = [name for name, (_, good) in zip(ids, names, strict=True) if good]
        stray_ids = [name for name, (_, good) in zip(ids, names, strict=True) if not good]
        self.strays = tuple(
            Quarantined(name, bad.reason) for name, bad in zip(stray_ids, lost, strict=True)
        )
        found = arrangement.arrange(place, kept, options.task, reader)
        self.task, self.targets, self.class_names = found.task, found.targets, found.class_names
        self.parts, self.groups, self.notes = found.parts, found.groups, found.notes
        label_sets.tell_task(progress, found.task, found.targets, options.task)
        self.columns = [naming.printable(key) for key in reader.columns]
        self.place = place
        self._path, self._plain = os.path.abspath(place), plain
        self._spans = np.frombuffer(spans, np.int64).reshape(-1, 2).copy()
        self._words = (VERSION, options)
        self._file: int | None = None

    def raw(self, row: int) -> bytes:
        """The bytes of the picture; raises Unreadable with the reason."""
        start, end = (int(place) for place in self._spans[row])
        try:
            if self._file is None:
                self._open()
            stored = os.pread(self._file or 0, end - start, start)
        except OSError as error:
            raise Unreadable(
                f"the file cannot be read: {(error.strerror or 'system error').lower()}"
            ) from error
        if len(stored) < end - start:
            raise Unreadable(
                f"the file has changed: {len(stored)} of {end - start} characters are there"
            )
        return base64_text.decode(stored)

    def _open(self) -> None:
        descriptor = os.open(self._plain, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, descriptor)
        self._file = descriptor

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_file": None}

    def stamp(self) -> str:
        """Changes with name, size and time of the file."""
        return naming.file_stamp([self._path], "json_base64", *self._words)

    def __repr__(self) -> str:
        return f"json_base64({self.place!r}, {len(self)} pictures, {len(self.class_names)} classes)"


def accepts(place: str, options: Options) -> bool:
    """Any .json, .jsonl or .ndjson (.gz) whose first contents are no addresses."""
    return json_files.is_json(place) and json_examples.sniff(place, options) != "address"


def json_base64(place: str, options: Options, progress: Progress) -> Encoded:
    """Pictures in JSON; raises InputError with the line that is wrong.

    Every text is decoded once to see whether it is base64 of a picture, and none is kept.
    """
    return Encoded(place, options, progress)


def sample(folder: Path) -> str:
    """Write two classes of four small pictures and return the DATA argument."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "pictures.jsonl"
    lines = []
    for row in range(8):
        out = io.BytesIO()
        Image.new("RGB", (6, 5), (25 * row, 100, 50)).save(out, "PNG")
        lines.append(
            json.dumps(
                {
                    "image": base64.b64encode(out.getvalue()).decode(),
                    "label": ("cat", "dog")[row % 2],
                }
            )
        )
    place.write_text("\n".join(lines) + "\n")
    return str(place)


def _wrong(document: json_pieces.Document, content: json_pieces.Text) -> str:
    """Why a text is no picture in base64, or ''."""
    if content.end - content.start > MOST_TEXT:
        return f"text of {(content.end - content.start) // 10**6} MB: more than a picture has"
    stored = document.stored(content)
    try:
        decoded = base64_text.decode(stored)
        if not image_formats.format_of(decoded[: image_formats.MAGIC_BYTES]):
            image.probe(decoded)  # knows a few more, and says what it is instead
    except Unreadable as error:
        seen = "an address, not base64" if is_address(stored) else ""
        return seen or str(error)
    return ""


def _refuse_without_pictures(
    place: str, options: Options, kept: list[Example], lost: list[Example]
) -> None:
    if kept:
        return
    if not lost:
        raise InputError(
            f"{place} holds no examples (an empty list or object); expected pictures and labels. "
            "Name another file."
        )
    first = lost[0]
    raise InputError(
        f"{place} holds neither addresses nor pictures in base64: the first of {len(lost):,} "
        f"contents, in line {first.line}, is "
        f"unusable ({naming.printable(first.reason)}); expected http(s) addresses or base64, and "
        "labels. "
        f"Name {'another key than ' + repr(options.content) if options.content else 'their key'} "
        "with --content, or another file."
    )
