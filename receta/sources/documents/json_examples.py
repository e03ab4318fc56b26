"""Which labelled examples does JSON hold, whatever its shape?

{"content": ..., "label": "b"}            a record; alone, in a list, or one a line; keys are
guessed or said {"content": ..., "annotation": {"labels": ["b"]}}        as Dataturks wrote them;
several labels, or none, in one list {"b": picture} or {"b": [pictures]}       a label and what
belongs to it {"labels": [...], "images": [...]}        columns {"train": [records], "test":
[records]}   any of these by part, or below one key ({"data": [...]})
"""

from __future__ import annotations

import contextlib
import difflib
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from receta.codecs import json_files
from receta.codecs.json_pieces import Document, NotJson, Pairs, Text, Value
from receta.core import naming
from receta.core.errors import InputError
from receta.sources import Options
from receta.sources.documents.label_key import choose_label_key
from receta.sources.documents.shapes import (
    LABEL,
    MOST_LABEL,
    Example,
    holds_objects,
    is_all_known,
    is_list,
    join_keys,
    kind_of,
    look_up,
    make_fault,
    make_leaf,
    plain_key,
)
from receta.sources.documents.values import Values
from receta.sources.parts import part_columns
from receta.sources.parts.part_names import part_of

_MOST_PARTS = 8
SNIFFED = 50  # examples that are looked at to see which kind of file it is


class Reader:
    """The examples of a document; wants: address, picture or "" for either."""

    def __init__(self, place: str, document: Document, options: Options, wants: str = "") -> None:
        self.place, self.document, self.options, self.wants = place, document, options, wants
        self.values = Values(document, options, wants)
        self.columns: list[str] = []  # keys of the first record
        self.part_keys: tuple[str, ...] = ()  # those of them that may say a part
        self._has_group = False
        self._label_key = options.label or (choose_label_key(place, options) if wants else None)
        self._used: Counter[tuple[str, str]] = Counter()  # keys of picture and label

    def notes(self) -> tuple[str, ...]:
        """Which keys were taken for what, one line each; () where labels are keys themselves."""
        if not self._used:
            return ()
        (content, label), _ = self._used.most_common(1)[0]
        what = "addresses" if self.wants == "address" else "pictures"
        used = {
            content,
            label,
            self.options.group,
            *self.part_keys,
            *(key.partition(".")[0] for key in (content, label)),
        }
        aside = [key for key in self.columns if key not in used]
        found = [
            f"key {content[:40]!r} holds the {what}",
            *([f"key {label[:40]!r} holds the label"] if label else []),
        ]
        return (
            *map(naming.printable, found),
            *(note.replace("column", "key", 1) for note in naming.tell_aside(aside)),
        )

    def examples(self) -> Iterator[Example]:
        """All of them in order; InputError for the first fault, unless faults are kept."""
        keeps = self.options.bad_rows == "quarantine"
        for entry in self.document.entries(leave_out=keeps):
            steps = [f"line-{entry.line}"] if entry.lines else []
            where = "/".join([*steps, f"item-{entry.item}"] if entry.item else steps)
            start = Example(where, entry.line)
            if entry.broken:
                yield replace(
                    start, reason=f"no JSON: the line {naming.printable(entry.broken)}", fault=True
                )
                continue
            try:
                for example in self._walk(entry.value, start):
                    if example.fault and not keeps:
                        raise InputError(self._complaint(example))
                    yield example
            except NotJson as error:
                if not keeps:
                    raise
                yield replace(start, reason=error.what, fault=True)

    def _walk(self, value: Value, at: Example) -> Iterator[Example]:
        if isinstance(value, Pairs):
            yield from self._object(value, at)
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                yield from self._walk(item, replace(at, where=join_keys(at.where, str(number))))
        elif not at.label:
            yield make_fault(at, f"is {kind_of(value)} without a label")
        else:
            yield make_leaf(value, at)

    def _object(self, pairs: Pairs, at: Example) -> Iterator[Example]:
        label_key, label = look_up(pairs, self._label_key, LABEL)
        content_key, content = self.values.find_content(pairs)
        said = self.options.label is not None or self.options.content is not None
        if (
            content_key
            and (label_key or at.label)
            and not (holds_objects(content) and not label_key)
        ):
            self._used[content_key, label_key] += 1
            yield from self._record(pairs, content, label, replace(at))
        elif (
            not said
            and not (content_key and not holds_objects(content) and is_all_known(pairs))
            and self._is_mapping(pairs, at)
        ):
            yield from self._mapping(pairs, at)
        else:
            missing = [
                f"{what} {f'(a key {option!r})' if option else ''}".strip()
                for what, option, key in (
                    ("label", self.options.label, label_key),
                    ("picture", self.options.content, content_key),
                )
                if not key
            ]
            keys = (
                f"its keys are {naming.first_few(map(naming.printable, pairs.keys()))}"
                if pairs
                else "it is empty"
            )
            asked = [option for option in (self.options.label, self.options.content) if option]
            near = next(
                (
                    close
                    for option in asked
                    for close in difflib.get_close_matches(option, pairs.keys(), n=1)
                ),
                None,
            )
            yield make_fault(
                at,
                f"has no {' and no '.join(missing)}; "
                f"{keys}{f'. Did you mean {near!r}' if near else ''}",
            )

    def _record(self, pairs: Pairs, content: Value, label: Value, at: Example) -> Iterator[Example]:
        if not self.columns:
            self.columns = list(dict.fromkeys(pairs.keys()))
            self._has_group = self.options.group in self.columns
            self.part_keys = tuple(
                key
                for key in self.columns
                if part_columns.may_say_parts(key) and key != self._label_key
            )[:_MOST_PARTS]
        group = look_up(pairs, self.options.group, ())[1] if self._has_group else None
        parts = [look_up(pairs, key, ())[1] for key in self.part_keys]
        if not is_list(content):
            yield from self._one(content, label, group, parts, at)
            return
        n = len(content)
        columns: list[list[Any]] = [
            value if is_list(value) and len(value) != 1 else [value] * n
            for value in (label, group, *parts)
        ]
        if any(len(column) != n for column in columns):
            yield make_fault(at, f"has {n:,} pictures but {len(columns[0]):,} labels")
            return
        for number, (item, one_label, one_group, *one_parts) in enumerate(
            zip(content, *columns, strict=True), 1
        ):
            yield from self._one(
                item,
                one_label,
                one_group,
                one_parts,
                replace(at, where=join_keys(at.where, str(number))),
            )

    def _one(
        self, content: Value, label: Value, group: Value, parts: Sequence[Value], at: Example
    ) -> Iterator[Example]:
        found, complaint = self.values.read_labels(label)
        found = found or ((at.label,) if at.label else found)
        if complaint or found is None:
            yield make_fault(at, complaint or "has no label: it is empty")
            return
        if self._has_group:
            of, complaint = self.values.read_label(group)
            if not of:
                yield make_fault(at, complaint or f"has no group (a key {self.options.group!r})")
                return
            at = replace(at, group=of)
        said = tuple(self.values.read_label(part)[0] for part in parts)
        if isinstance(content, Pairs):
            content = self.values.guess_content(content)[1]
        yield make_leaf(
            content,
            replace(
                at, label=", ".join(found), labels=found if len(found) != 1 else None, said=said
            ),
        )

    def _mapping(self, pairs: Pairs, at: Example) -> Iterator[Example]:
        by_part = all(part_of(key) and holds_objects(value) for key, value in pairs)
        has_records = any(is_list(value) and holds_objects(value) for _, value in pairs)
        for key, value in pairs:
            if (
                has_records
                and not isinstance(value, list)
                and not self.values.may_be_content(value)
            ):
                continue  # words about the data, beside the data
            name = key.strip()
            inside = replace(at, where=join_keys(at.where, name[:100]))
            if by_part:
                yield from self._walk(value, replace(inside, part=part_of(key)))
            elif not name or len(name) > MOST_LABEL:
                yield make_fault(inside, f"has a label of {len(name):,} characters")
            else:
                yield from self._walk(value, replace(inside, label=name))

    def _is_mapping(self, pairs: Pairs, at: Example) -> bool:
        if len(pairs) == 1 and isinstance(pairs[0][1], Text):
            return plain_key(pairs[0][0]) not in LABEL or self.values.may_be_content(pairs[0][1])
        seen = [self.values.may_be_content(value) for _, value in pairs[:1000]]
        return bool(seen) and (
            all(seen)
            or (at.where == "" and any(seen))
            or any(holds_objects(value) for _, value in pairs)
        )

    def _complaint(self, example: Example) -> str:
        keeps_more = example.where != ""
        at = f"line {example.line}" + (
            f" ({naming.printable(example.where)})"
            if "/" in example.where or "item" in example.where
            else ""
        )
        return (
            f"{self.place}: {at} {naming.printable(example.reason)}; expected an address or a "
            "picture in base64, and its label. "
            f"Mend it, or name the keys with --content and --label"
            f"{', or leave such out with --bad-rows quarantine' if keeps_more else ''}."
        )


def sniff(place: str, options: Options) -> str:
    """address or picture, by the first contents of a file; "" where neither is seen."""
    lenient = replace(options, bad_rows="quarantine")
    with contextlib.suppress(NotJson, OSError, EOFError, zlib.error):
        reader = Reader(place, json_files.read_head(place), lenient)
        for _, example in zip(range(SNIFFED), reader.examples(), strict=False):
            if example.content is not None and (looks := reader.values.tell_kind(example.content)):
                return looks
    return ""
