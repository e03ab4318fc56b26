"""Which shapes may labelled examples have in JSON, and what is each value of theirs?"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from receta.codecs.json_pieces import Document, Number, Pairs, Text, Value
from receta.sources.parts import part_columns
from receta.sources.parts.part_names import part_of

# Names met in data sets on GitHub, Kaggle, Hugging Face and in Dataturks' and Labelbox' exports, in
# the order they are tried.
CONTENT = (
    *(
        "content",
        "image",
        "imageurl",
        "img",
        "imgurl",
        "picture",
        "pictureurl",
        "photo",
        "photourl",
        "url",
        "uri",
        "src",
        "source",
    ),
    *(
        "link",
        "href",
        "address",
        "rawdata",
        "data",
        "imagedata",
        "imagebase64",
        "base64",
        "b64",
        "bytes",
        "imagen",
        "foto",
        "contenido",
    ),
    *("images", "urls", "imageurls", "pictures", "photos", "contents", "imagenes", "fotos"),
)
LABEL = (
    *(
        "label",
        "labels",
        "class",
        "classname",
        "category",
        "categoryname",
        "annotation",
        "annotations",
        "target",
        "targets",
        "tag",
    ),
    *(
        "classes",
        "categories",
        "tags",
        "etiqueta",
        "clase",
        "categoria",
        "etiquetas",
        "clases",
        "y",
    ),
)
MOST_LABEL = 1000  # characters; a longer one is no name of a class
_ADDRESS = re.compile(rb"\s*[A-Za-z][A-Za-z0-9+.-]*:(?:\\?/){2}")


@dataclass(frozen=True)
class Example:
    """One example: where it stands, its label, and where its picture or address does.

    labels: several or none, where the label is a list. reason: why it cannot be used, if it
    cannot. fault: whether the file is to blame, not what it holds.
    """

    where: str
    line: int
    label: str = ""
    labels: tuple[str, ...] | None = None
    content: Text | None = None
    group: str | None = None
    part: str = ""
    said: tuple[str, ...] = ()  # under the keys that may say a part
    reason: str = ""
    fault: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Its labels: one as a rule."""
        return (self.label,) if self.labels is None else self.labels


def is_address(text: bytes) -> bool:
    """Whether a text as it stands in JSON begins like http://.

    >>> is_address(b"https:\\\\/\\\\/host/a.jpg"), is_address(b"a.jpg")
    (True, False)
    """
    return _ADDRESS.match(text) is not None


def find_records(value: Value) -> list[Pairs]:
    """The records that a value is, or that stand in it by part or below one key."""
    if not isinstance(value, Pairs):
        return []
    if any(plain_key(key) in CONTENT and isinstance(inner, Text) for key, inner in value):
        return [value]
    if len(value) == 1 or all(part_of(key) for key, _ in value):
        lists = [inner for _, inner in value if is_list(inner)]
        return [
            one
            for inner in lists
            for item in inner
            if not is_list(item)
            for one in find_records(item)
        ]
    return []


def shorten(document: Document, value: Value) -> str:
    """A plain value as text; '' for what is long or none."""
    if isinstance(value, Text):
        return document.text(value).strip() if value.end - value.start <= 2 * MOST_LABEL else ""
    return "" if value is None or isinstance(value, (Pairs, list)) else str(value)


def make_leaf(value: Value, at: Example) -> Example:
    """The example with its text, or with the reason why it has none."""
    if isinstance(value, Text) and value.end > value.start:
        return replace(at, content=value)
    return replace(at, reason=f"no picture: it is {kind_of(value)}")


def make_fault(at: Example, what: str) -> Example:
    """The example with a reason that is a fault of the file."""
    return replace(at, reason=what, fault=True)


def look_up(pairs: Pairs, said: str | None, guesses: Sequence[str]) -> tuple[str, Value]:
    """Key and value of what was said (a key, or keys with dots between), or of the first name
    that is guessed.
    """
    if said is not None:
        for key, value in pairs:
            if key == said:
                return key, value
        first, dot, rest = said.partition(".")
        inner = next((value for key, value in pairs if key == first), None)
        key, value = look_up(inner, rest, ()) if dot and isinstance(inner, Pairs) else ("", None)
        return (said, value) if key else ("", None)
    found = sorted(
        (
            (value is None, guesses.index(plain_key(key)), number)
            for number, (key, value) in enumerate(pairs)
            if plain_key(key) in guesses
        )
    )
    return pairs[found[0][2]] if found else ("", None)


def is_all_known(pairs: Pairs) -> bool:
    """Whether all keys are called like pictures or parts."""
    keys = pairs.keys()
    return all(plain_key(key) in CONTENT or part_columns.may_say_parts(key) for key in keys)


def holds_objects(value: Value) -> bool:
    """Whether a value is an object, or a list that begins with one."""
    return isinstance(value, Pairs) or (
        is_list(value) and bool(value) and isinstance(value[0], Pairs)
    )


def is_list(value: Value) -> TypeGuard[list[Any]]:
    """Whether a value is a list of JSON, not an object."""
    return isinstance(value, list) and not isinstance(value, Pairs)


@functools.lru_cache(1024)  # the keys of a million records are the same few
def plain_key(key: str) -> str:
    """A key in small letters, without accents, spaces and marks."""
    return re.sub(r"[\W_]", "", key.casefold()).replace("í", "i")


def join_keys(where: str, step: str) -> str:
    """The path of a key below another one."""
    return f"{where}/{step}" if where else step


def kind_of(value: Value) -> str:
    """What a value is, in words of a message."""
    if isinstance(value, Text):
        return "a text" if value.end > value.start else "empty"
    if isinstance(value, (Number, bool)):
        return f"the {'word' if isinstance(value, bool) else 'number'} {str(value).lower()[:20]}"
    return "nothing (null)" if value is None else "an object or a list"
